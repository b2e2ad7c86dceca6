import fc from 'fast-check';
import type {
  AddMemberRequest,
  AudioRequest,
  CallRequest,
  CreateConferenceRequest,
  UpdateConferenceRequest,
  UpdateMemberRequest,
} from '../../../src/catapult/requests.ts';
import type {
  BackfillRequest,
  CreateScheduleRequest,
  NoteRequest,
  SkipRequest,
  UpdateScheduleRequest,
} from '../../../src/catapult/schedule-requests.ts';

/*
 * What is wrong for each field of the wire, whatever else stands in the body. Never null: that means absent.
 */

/** Text that somebody sends who means no good, or does not know better. */
export const hostile: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...['\u0000', '\u0007\u001b[31m', '\r\nx-injected: 1', '\ud800', '\udfff\ud800', '\u202e', '\ufeff', '\ufffe'],
    ...["' OR 1=1;--", '"; DROP TABLE conferences;--', '<script>alert(1)</script>', '<!--', ']]>', '${7*7}', '{{7*7}}'],
    ...['../../../etc/passwd', '..\\..\\x', '%00', '%2e%2e%2f', '%n%s%x', '$(reboot)', '`reboot`', '|ls', '&&ls'],
    ...[
      '__proto__',
      'constructor',
      'toString',
      'null',
      'undefined',
      'NaN',
      'true',
      '[object Object]',
      '0',
      '-0',
      '1e3',
    ],
    ...['🦊', 'e\u0301', 'ﷺ', '٣', '１２', 'İ', 'ß', '\u0000'.repeat(50), 'x'.repeat(5_000), '🦊'.repeat(1_200)],
  ),
  fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc.uint16Array({ maxLength: 6 }).map((units) => String.fromCharCode(...units)),
);

export const hugeText = fc.integer({ min: 5_000, max: 20_000 }).map((length) => 'x'.repeat(length));

/** In seconds. */
const DAY = 86_400;

const oddNumber = fc.constantFrom(
  ...[0, -0, -1, 1.5, 0.1, 1e9, 1e21, 1e308, 5e-324, 2 ** 31, 2 ** 53, 2 ** 64, -(2 ** 63)],
);
const structure: fc.Arbitrary<unknown> = fc.constantFrom(
  ...[[], {}, [[]], [null], ['x'], [{}], { a: 1 }, { length: 3 }, { toString: 'x' }, { valueOf: {} }, [1, 2, 3]],
);
const noText: fc.Arbitrary<unknown> = fc.oneof(oddNumber, fc.boolean(), structure);

function textUnless(isRight: RegExp, ...more: string[]): fc.Arbitrary<unknown> {
  const wrong = hostile.filter((text) => !isRight.test(text));
  return fc.oneof(noText, wrong, hugeText, ...(more.length > 0 ? [fc.constantFrom(...more)] : []));
}

const phone = textUnless(
  /^\+[1-9]\d{1,14}$/,
  ...['', '+', '+0123', '+1', '+1234567890123456', '19195551234', '+1 919 555 1234', '+1919555١٢٣٤', '+19195551234\n'],
);
const url = textUnless(
  /^http/i,
  ...[
    '',
    'http://',
    'https:///x',
    'http:x',
    'http://[::1',
    'http://a b/',
    'http://?',
    'http://#',
    'http:\\\\x',
    '//x/',
  ],
  ...['ftp://x/', 'file:///etc/passwd', 'javascript:alert(1)', 'data:text/plain,x', `http://x/${'y'.repeat(2_048)}`],
);
// "" stops what plays.
const audioUrl = url.filter((value) => value !== '');
const wholeNumber = (largest: number) =>
  fc.oneof(
    fc.constantFrom<unknown>(...[0, -1, 1.5, largest + 1, 1e21, 1e308, 2 ** 53, true, false, [], [5], {}]),
    fc.constantFrom(
      '',
      ' 5',
      '5 ',
      '+5',
      '-5',
      '5.0',
      '0x10',
      '1e3',
      'NaN',
      'Infinity',
      '0',
      '٣',
      `${largest + 1}`,
      '9'.repeat(400),
    ),
    hostile.filter((text) => !/^\d+$/.test(text)),
  );
const word = (...words: string[]) =>
  textUnless(new RegExp(`^(${words.join('|')})$`, 'i'), ...words.map((w) => ` ${w}`), '');
const flag = fc.oneof(
  fc.constantFrom<unknown>(
    ...[0, 1, -1, 'yes', 'no', '', '0', '1', ' true', 'true\n', 'false,', [], [true], {}, 1e308],
  ),
  hostile.filter((text) => !/^(true|false)$/i.test(text)),
);
const id = textUnless(/^[\x21-\x7e]{1,100}$/, '', 'a b', ' ', 'é', 'x'.repeat(101));
const tag = fc.oneof(noText, hugeText);
const completed = textUnless(/^completed$/, 'active', 'created', 'Completed', 'completed ', '');
const sipHeaders = fc.oneof(
  fc.constantFrom<unknown>(
    ...[1, 'X-A: 1', true, [], ['X-A'], { 'X-A': 1 }, { 'X-A': {} }, { Via: 'x' }, { 'x a': '1' }],
  ),
  fc.constantFrom(
    { 'X-A': 'a\r\nX-B: b' },
    { 'X-A\r\n': 'a' },
    { 'X-A': 'é' },
    { 'X-': 'a' },
    { '': 'a' },
    { 'X-A': 'y'.repeat(1_025) },
  ),
  fc.constant(Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => [`X-${letter}`, letter]))),
);

const callbacks = {
  ...{
    callbackUrl: url,
    fallbackUrl: url,
    callbackHttpMethod: word('get', 'post'),
    callbackTimeout: wholeNumber(10_000),
  },
  tag,
};
const memberSettings = { joinTone: flag, leavingTone: flag, mute: flag, hold: flag };

const time = textUnless(
  /^\d{4}-\d\d-\d\dT/,
  ...['', 'now', '1769860800', '2026-01-31', '2026-01-31T12', '2026-02-30T12:00:00Z', '2026-01-31T25:00:00Z'],
  ...['9999-01-01T00:00:00Z', '2026-01-31T12:00:00 Europe/Berlin'],
);
const timeZone = textUnless(
  /^[a-z][\w+/-]*$/i,
  ...['', 'Europe/Nowhere', '+01:00', 'Europe/Berlin ', '../Europe/Berlin', 'Europe//Berlin', 'Local', 'null'],
);
const noList = fc.oneof(fc.constantFrom<unknown>(...[0, 1, true, {}, { 0: 1 }, { length: 1 }]), hostile);
const reminders = fc.oneof(
  noList,
  // The last two lack a startAt, or are too many.
  fc.constantFrom<unknown>([1], ['x'], [[]], [{}], [{ before: 0 }], [{ before: 1.5 }], [{ before: 60 }]),
  fc.constant(Array(11).fill({ before: 60 })),
);
const somebody = { to: '+19195550000' };
const participants = fc.oneof(
  noList,
  fc.constantFrom<unknown>([1], ['+19195550000'], [[]], [{}], [{ to: 'x' }], [somebody, { ...somebody, mute: 2 }]),
  fc.constantFrom<unknown>(
    [{ ...somebody, maxAttempts: 21 }],
    [{ ...somebody, callTimeout: 301 }],
    Array(21).fill(somebody),
  ),
);

const dialIn = fc.oneof(
  // An empty object asks for no PIN.
  noList.filter((value) => JSON.stringify(value) !== '{}'),
  fc.constantFrom<unknown>([], { pin: 1234 }, { pin: '123' }, { pin: '1234567890123' }, { pin: '12 34' }, { pin: '' }),
  fc.constantFrom<unknown>({ Pin: '1234' }, { pin: '1234', name: 'x' }, { pin: '12#4' }, { pin: '١٢٣٤' }, { pin: {} }),
);

const instant = textUnless(
  /^\d{4}-\d\d-\d\dT/,
  ...['2026-02-30T12:00:00Z', '2026-01-31T12:00', '0000-01-01T00:00:00Z'],
);
const date = textUnless(
  /^\d{4}-\d\d-\d\d$/,
  ...['0000-01-01', '2026-02-30', '2026-13-01', '2026-1-1', '2026-12-07T09:00'],
);
const at = ['09:00'];
const calendar = fc.oneof(
  noList,
  fc.constantFrom<unknown>(
    [],
    { at: [] },
    { at: '09:00' },
    { at: ['24:00'] },
    { at: ['9:00'] },
    { at: Array(6).fill('09:00') },
  ),
  fc.constantFrom<unknown>(
    { at, weekdays: ['Monday'] },
    { at, week: 'first' },
    { at, everyWeeks: 2 },
    { weekdays: ['monday'] },
  ),
  fc.constantFrom<unknown>(
    { at, daysOfMonth: [0] },
    { at, daysOfMonth: ['first'] },
    { at, months: [13] },
    { at: [{}] },
  ),
);
const recurring = fc.oneof(
  noList,
  fc.constantFrom<unknown>([], { from: '1' }, { tag: 'x' }, { from: '+19195551234', startAt: '2026-12-01T09:00:00Z' }),
  fc.constantFrom<unknown>({ from: '+19195551234', timeZone: 'UTC' }, { from: '+19195551234', maxDuration: -1 }),
);
const skippedDates = fc.oneof(
  noList,
  fc.constantFrom<unknown>([1], ['x'], [[]], [{}], ['2026-02-30'], ['0000-01-01'], Array(101).fill('2026-12-07')),
);
const schedule = {
  ...{
    cron: textUnless(
      /^(@[a-z]+|[\dA-Za-z*,/-]+( +[\dA-Za-z*,/-]+){4,6})$/,
      '',
      '* * * *',
      'TZ=UTC 0 9 * * *',
      '@often',
    ),
    calendar,
  },
  ...{ timeZone, startAt: time, endAt: time, maxRuns: wholeNumber(1_000_000), conference: recurring },
  overlap: textUnless(
    /^(allow-all|skip|buffer-one|buffer-all|cancel-other)$/,
    '',
    'Skip',
    'skip ',
    'ALLOW_ALL',
    'terminate-other',
  ),
  ...{ catchupWindow: wholeNumber(366 * DAY), jitter: wholeNumber(DAY), note: tag },
};

/** Every field of a request: one that its schema has and is missing here does not compile. */
type WrongFields<Request> = Record<keyof Request, fc.Arbitrary<unknown>>;

/** By what is asked for: its fields, each with values that it cannot take. */
export const wrongFields = {
  create: {
    ...{ from: phone, profile: word('interpret_digits', 'passthru_digits'), ...callbacks },
    ...{ startAt: time, timeZone, reminders, participants, dialIn, creationTimeout: wholeNumber(DAY) },
    ...{ noShowTimeout: wholeNumber(DAY), aloneTimeout: wholeNumber(DAY) },
    ...{ maxDuration: wholeNumber(366 * DAY), maxDurationWarning: wholeNumber(DAY) },
  },
  change: { state: completed, hold: flag, mute: flag, ...callbacks, startAt: time, timeZone },
  join: { callId: id, ...memberSettings },
  changeMember: { state: completed, ...memberSettings },
  play: {
    ...{ fileUrl: audioUrl, sentence: fc.oneof(noText, hugeText), loopEnabled: flag, tag },
    gender: word('female', 'male'),
    locale: word('en_US', 'en_UK', 'es', 'es_MX', 'fr', 'fr_FR', 'de', 'de_DE', 'it', 'it_IT'),
    voice: textUnless(/^[a-z]+$/i, 'Nobody', 'Susan ', 'Ѕusan', ''),
  },
  dial: {
    ...{ from: phone, to: textUnless(/^(\+[1-9]|sip:)/i, '', 'sip:', 'tel:+1919', '+0', `sip:${'x'.repeat(300)}`) },
    ...{
      conferenceId: id,
      bridgeId: fc.oneof(noText, hostile),
      sipHeaders,
      callTimeout: wholeNumber(300),
      ...callbacks,
    },
    ...{ recordingEnabled: flag, transcriptionEnabled: flag, recordingMaxDuration: wholeNumber(86_400) },
    recordingFileFormat: word('wav', 'mp3'),
  },
  createSchedule: schedule,
  changeSchedule: { ...schedule, skippedDates },
  pause: { note: tag },
  skip: { date },
  backfill: { from: instant, to: instant },
} satisfies {
  create: WrongFields<CreateConferenceRequest>;
  change: WrongFields<UpdateConferenceRequest>;
  join: WrongFields<AddMemberRequest>;
  changeMember: WrongFields<UpdateMemberRequest>;
  play: WrongFields<AudioRequest>;
  dial: WrongFields<CallRequest>;
  createSchedule: WrongFields<CreateScheduleRequest>;
  changeSchedule: WrongFields<UpdateScheduleRequest>;
  pause: WrongFields<NoteRequest>;
  skip: WrongFields<SkipRequest>;
  backfill: WrongFields<BackfillRequest>;
};

export type Asked = keyof typeof wrongFields;

/** Fields that nobody knows; they do no harm by themselves. */
export const unknownFields = fc.dictionary(
  fc.oneof(hostile, fc.constantFrom('hasOwnProperty', 'length', 'then', 'id', '$ref', '$where', 'conferenceName')),
  fc.oneof(noText, hostile, fc.constant(null)),
  { maxKeys: 3, noNullPrototype: true },
);
