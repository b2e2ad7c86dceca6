import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { z } from 'zod';
import { CatapultError } from '../../src/catapult/errors.ts';
import { callbackEvent } from '../../src/catapult/events.ts';
import { parseRequest } from '../../src/catapult/parse.ts';
import {
  addMemberRequest,
  audioRequest,
  callRequest,
  createConferenceRequest,
  updateConferenceRequest,
  updateMemberRequest,
} from '../../src/catapult/requests.ts';

const FROM = '+19195551234';
const create = (fields: object = {}) => parseRequest(createConferenceRequest, { from: FROM, ...fields });
const update = (fields: object) => parseRequest(updateConferenceRequest, fields);

/** The error that a body is answered with. */
function errorOf(body: unknown, schema: z.ZodType = createConferenceRequest): CatapultError['wire'] {
  try {
    parseRequest(schema, body);
  } catch (error) {
    if (error instanceof CatapultError) return error.wire;
    throw error;
  }
  throw new Error(`was taken: ${JSON.stringify(body)}`);
}

/** What stands for true and false, and what does not. */
const switches: [unknown, boolean][] = [
  [true, true],
  [false, false],
  ['true', true],
  ['FALSE', false],
  ['True', true],
];
const noSwitches = ['yes', '', '1', ' true', 0, 1, [], {}];

describe('a create request', () => {
  test('with `from` alone has the wire’s defaults, and no field that was not given', () => {
    expect(create()).toStrictEqual({
      from: FROM,
      callbackHttpMethod: 'POST',
      callbackTimeout: 10_000,
      profile: 'interpret_digits',
    });
  });

  test('keeps all seven fields', () => {
    const all = {
      from: FROM,
      callbackUrl: 'https://user:password@customer.example/events?a=1#b',
      callbackHttpMethod: 'GET',
      callbackTimeout: 2_000,
      fallbackUrl: 'http://127.0.0.1:8080/fallback',
      profile: 'passthru_digits',
      tag: 'a tag',
    };
    expect(create(all)).toStrictEqual(all);
  });

  test('leaves out fields that the wire does not know', () => {
    expect(create({ conferenceName: 'mine', 'odd name': {} })).toStrictEqual(create());
  });

  test('takes null for absent, in every field', () => {
    const nulls = { callbackUrl: null, callbackHttpMethod: null, callbackTimeout: null, fallbackUrl: null };
    expect(create({ ...nulls, profile: null, tag: null, unknown: null })).toStrictEqual(create());
    expect(errorOf({ from: null }).message).toBe(errorOf({}).message);
  });

  test.each(['get', 'Get', 'GET', 'post', 'Post'])('takes the callbackHttpMethod in any letter case: %s', (method) => {
    expect(create({ callbackHttpMethod: method }).callbackHttpMethod).toBe(method.toUpperCase());
  });

  test.each([
    [1, 1],
    [10_000, 10_000],
    ['2000', 2_000],
    ['1', 1],
    ['10000', 10_000],
  ])('takes a callbackTimeout as a number and as a string: %j', (given, taken) => {
    expect(create({ callbackTimeout: given }).callbackTimeout).toBe(taken);
  });

  test('takes a URL of 2,048 characters and a tag of 1,024, and not one more', () => {
    const url = 'http://customer.example/'.padEnd(2_048, 'x');
    const tag = 't'.repeat(1_024);
    expect(create({ callbackUrl: url, fallbackUrl: url, tag })).toMatchObject({ callbackUrl: url, tag });
    expect(errorOf({ from: FROM, callbackUrl: `${url}x` }).code).toBe('callback-invalid-url');
    expect(errorOf({ from: FROM, fallbackUrl: `${url}x` }).code).toBe('callback-invalid-url');
    expect(errorOf({ from: FROM, tag: `${tag}t` }).code).toBe('validation-error');
  });

  test('takes an empty tag as a tag', () => {
    expect(create({ tag: '' }).tag).toBe('');
  });
});

describe('a wrong field is answered with its name, what it got and what it wants', () => {
  const wants = {
    from: 'an E.164 telephone number such as "+19195551234"',
    callbackUrl: 'an http:// or https:// URL of at most 2048 characters',
    fallbackUrl: 'an http:// or https:// URL of at most 2048 characters',
    callbackHttpMethod: '"GET" or "POST"',
    callbackTimeout: 'a whole number of milliseconds from 1 to 10000',
    profile: '"interpret_digits" or "passthru_digits"',
    tag: 'a string of at most 1024 characters',
  };
  const wrong: [keyof typeof wants, unknown[]][] = [
    [
      'from',
      ['', '19195551234', '+', '+0123', '+1', `+1${'2'.repeat(15)}`, '+1919555abcd', ' +19195551234', 19195551234],
    ],
    ['callbackUrl', ['', 'customer.example', 'ftp://customer.example', 'http://', 'http://a b/', '/path', 7, {}]],
    ['fallbackUrl', ['', 'mailto:me@customer.example', 'http://[::1', 'javascript:alert(1)', ['http://a/'], false]],
    ['callbackHttpMethod', ['', 'PUT', ' GET', 1, true]],
    ['callbackTimeout', [0, -1, 1.5, 10_001, '0', '', '2s', '1.5', '-1', '10001', ' 2000', true, '99999999999']],
    ['profile', ['', 'INTERPRET_DIGITS', 'other', 0]],
    ['tag', [1, {}, [], true]],
  ];

  test.each(wrong.flatMap(([field, values]) => values.map((value) => [field, value] as const)))(
    '%s: %j',
    (field, value) => {
      const { status, category, code, message, details } = errorOf({ from: FROM, [field]: value });
      expect({ status, category }).toEqual({ status: 400, category: 'bad-request' });
      expect(code).toBe(field.endsWith('Url') ? 'callback-invalid-url' : 'validation-error');
      expect(message).toBe(`${field}: got ${JSON.stringify(value)}, wants ${wants[field]}.`);
      expect(details).toEqual([{ name: field, value: JSON.stringify(value) }]);
    },
  );

  test('a missing `from` got nothing', () => {
    expect(errorOf({}).message).toBe(`from: got nothing, wants ${wants.from}.`);
  });

  test('all that is wrong is named at once', () => {
    const { message, details, code } = errorOf({ from: 'me', callbackTimeout: 0, callbackUrl: 'x' });
    expect(details?.map(({ name }) => name).sort()).toEqual(['callbackTimeout', 'callbackUrl', 'from']);
    expect(message).toContain('; ');
    expect(code).toBe('validation-error');
  });

  test('a URL is the code when it is the first thing wrong', () => {
    expect(errorOf({ from: FROM, callbackUrl: 'x', tag: 1 }).code).toBe('callback-invalid-url');
  });

  test('a long value is cut', () => {
    const { message } = errorOf({ from: 'x'.repeat(5_000) });
    expect(message.length).toBeLessThan(250);
    expect(message).toContain('…');
  });

  test.each([[undefined], [null], ['text'], [5], [[]], [[{ from: FROM }]], [true]])(
    'a body that is no object: %j',
    (body) => {
      const { status, code, message } = errorOf(body);
      expect({ status, code }).toEqual({ status: 400, code: 'validation-error' });
      expect(message).toMatch(/^The body: got .+, wants a JSON object\.$/);
    },
  );
});

describe('an update', () => {
  test('of nothing changes nothing: no default comes in', () => {
    expect(update({})).toStrictEqual({});
    expect(update({ callbackTimeout: null, state: null })).toStrictEqual({});
  });

  test('takes the state completed, the callback fields and the tag, by the rules of a create', () => {
    const given = {
      state: 'completed',
      callbackUrl: 'http://a/',
      callbackHttpMethod: 'get',
      callbackTimeout: '5',
      tag: 't',
    };
    expect(update(given)).toStrictEqual({ ...given, callbackHttpMethod: 'GET', callbackTimeout: 5 });
    expect(errorOf({ callbackTimeout: 0 }, updateConferenceRequest).code).toBe('validation-error');
    expect(errorOf({ fallbackUrl: 'x' }, updateConferenceRequest).code).toBe('callback-invalid-url');
  });

  test.each(['active', 'created', 'Completed', '', 1])('cannot set the state %j', (state) => {
    expect(errorOf({ state }, updateConferenceRequest).message).toBe(
      `state: got ${JSON.stringify(state)}, wants "completed", the only state a conference can be set to.`,
    );
  });

  test('cannot change who hosts the conference: `from` is left out', () => {
    expect(update({ from: '+15550000000' })).toStrictEqual({});
  });

  test.each(['hold', 'mute'])('takes %s as a switch, in both forms and any letter case', (field) => {
    for (const [given, taken] of switches) expect(update({ [field]: given })).toStrictEqual({ [field]: taken });
    for (const given of noSwitches) {
      expect(errorOf({ [field]: given }, updateConferenceRequest).message).toBe(
        `${field}: got ${JSON.stringify(given)}, wants true or false.`,
      );
    }
  });
});

describe('a member', () => {
  const add = (fields: object) => parseRequest(addMemberRequest, fields);
  const change = (fields: object) => parseRequest(updateMemberRequest, fields);
  const settings = ['joinTone', 'leavingTone', 'mute', 'hold'];

  test('needs a callId, and no field comes in that was not given', () => {
    expect(add({ callId: 'c-1' })).toStrictEqual({ callId: 'c-1' });
    expect(add({ callId: 'c-1', mute: null, state: 'completed', size: 1 })).toStrictEqual({ callId: 'c-1' });
    expect(errorOf({}, addMemberRequest).message).toMatch(/^callId: got nothing, wants an id/);
  });

  test.each(['', ' ', 'a b', 'é', 'a\n', 'x'.repeat(101), 1, {}, ['c-1'], true])(
    'has no callId that is %j',
    (callId) => {
      expect(errorOf({ callId }, addMemberRequest).code).toBe('validation-error');
    },
  );

  test('may have a callId of 100 characters, of any platform', () => {
    for (const callId of ['x'.repeat(100), 'c/1?#%:~', '__proto__']) expect(add({ callId })).toStrictEqual({ callId });
  });

  test.each(settings)('takes %s as a switch, when it is added and later', (field) => {
    for (const [given, taken] of switches) {
      expect(add({ callId: 'c', [field]: given })).toStrictEqual({ callId: 'c', [field]: taken });
      expect(change({ [field]: given })).toStrictEqual({ [field]: taken });
    }
    for (const given of noSwitches) {
      expect(errorOf({ callId: 'c', [field]: given }, addMemberRequest).details?.[0]?.name).toBe(field);
      expect(errorOf({ [field]: given }, updateMemberRequest).details?.[0]?.name).toBe(field);
    }
  });

  test('is removed by the state completed, and can be set to no other', () => {
    expect(change({ state: 'completed', callId: 'c-2' })).toStrictEqual({ state: 'completed' });
    expect(change({ state: null })).toStrictEqual({});
    expect(errorOf({ state: 'active' }, updateMemberRequest).message).toBe(
      'state: got "active", wants "completed", the only state a member can be set to.',
    );
  });
});

describe('audio', () => {
  const play = (fields: object) => parseRequest(audioRequest, fields);

  test.each([
    [{ fileUrl: 'http://a/b.wav' }],
    [{ fileUrl: '' }],
    [{ sentence: 'x'.repeat(1_000) }],
    [{ sentence: '' }],
    [{ fileUrl: '', sentence: 'x' }],
    [{ fileUrl: 'http://a/', sentence: '' }],
    [{ sentence: 'x', gender: 'male', locale: 'es_MX', voice: 'Luca', loopEnabled: true, tag: 't' }],
  ])('may be %j', (audio) => expect(play(audio)).toStrictEqual(audio));

  test('has the documented spelling, whatever letter case comes in', () => {
    const given = { sentence: 'x', gender: 'MALE', locale: 'EN_uk', voice: 'bERNARD', loopEnabled: 'FALSE' };
    const taken = { sentence: 'x', gender: 'male', locale: 'en_UK', voice: 'Bernard', loopEnabled: false };
    expect(play(given)).toStrictEqual(taken);
  });

  test.each([
    [{}, 'fileUrl: got nothing, wants the URL of a WAV or MP3 file, or a sentence instead.'],
    [{ voice: 'Susan' }, 'fileUrl: got nothing, wants the URL of a WAV or MP3 file, or a sentence instead.'],
    [
      { fileUrl: 'http://a/', sentence: 'x' },
      'sentence: got "x", wants nothing beside a fileUrl: one request plays one of them.',
    ],
  ])('is a file or a sentence: %j is neither', (audio, message) => {
    expect(errorOf(audio, audioRequest)).toMatchObject({ code: 'validation-error', message });
  });

  test.each([
    ['fileUrl', ['a.wav', 'ftp://a/', `http://a/${'x'.repeat(2_048)}`, 1]],
    ['sentence', ['x'.repeat(1_001), 1, {}]],
    ['gender', ['other', '', 1]],
    ['locale', ['en', 'en-US', 'pt_BR', '']],
    ['voice', ['Nobody', '', ['Kate']]],
    ['loopEnabled', noSwitches],
    ['tag', ['t'.repeat(1_025), 1]],
  ] as [string, unknown[]][])('has no such %s: %j', (field, values) => {
    const beside = field === 'sentence' ? { fileUrl: 'http://a/' } : { sentence: 'x' };
    for (const value of values) {
      expect(errorOf({ ...beside, [field]: value }, audioRequest).details).toContainEqual({
        name: field,
        value: expect.any(String) as unknown,
      });
    }
  });
});

describe('a call', () => {
  const CALL = { from: FROM, to: '+19195550000', conferenceId: 'conf-1' };
  const dial = (fields: object = {}) => parseRequest(callRequest, { ...CALL, ...fields });
  const wrong = (fields: object) => errorOf({ ...CALL, ...fields }, callRequest).message;
  const headers = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`X-${at}`, 'v']));

  test('has the wire’s defaults, and no field that was not given', () => {
    const defaults = { callTimeout: 60, callbackHttpMethod: 'POST', callbackTimeout: 10_000 };
    expect(dial({ bridgeId: null, sipHeaders: null, tag: null })).toStrictEqual({ ...CALL, ...defaults });
  });

  test('keeps all its fields, in the documented forms', () => {
    const given = {
      ...{ to: 'SIP:room@pbx.example', callTimeout: '300', callbackHttpMethod: 'get', callbackTimeout: '5', tag: 't' },
      ...{ callbackUrl: 'http://a/', fallbackUrl: 'http://b/', sipHeaders: headers(5), transcriptionEnabled: 'true' },
      ...{ recordingEnabled: 'False', recordingMaxDuration: '86400', recordingFileFormat: 'WAV' },
    };
    expect(dial(given)).toStrictEqual({
      ...{ ...CALL, ...given, callTimeout: 300, callbackHttpMethod: 'GET', callbackTimeout: 5 },
      ...{
        transcriptionEnabled: true,
        recordingEnabled: false,
        recordingMaxDuration: 86_400,
        recordingFileFormat: 'wav',
      },
    });
  });

  test('goes into a conference, and nowhere else', () => {
    expect(wrong({ conferenceId: null })).toBe(
      'conferenceId: got nothing, wants the id of a conference: calls are dialled into conferences only.',
    );
    expect(wrong({ bridgeId: 'b' })).toBe('bridgeId: got "b", wants nothing: calls are dialled into conferences only.');
  });

  test.each([
    ['from', [null, '9195551234', 'sip:me@x']],
    ['to', [null, '', 'tel:+1', 'sip:', 'sip:a b', `sip:${'x'.repeat(297)}`, 'https://x']],
    ['conferenceId', ['', 'a b', 5, 'x'.repeat(101)]],
    ['callTimeout', [0, 301, '301', 1.5, 'long']],
    ['callbackTimeout', [0, 10_001]],
    ['callbackUrl', ['x']],
    ['recordingMaxDuration', [0, 86_401, 'x']],
    ['recordingFileFormat', ['ogg', '']],
    ['recordingEnabled', ['maybe']],
    ['transcriptionEnabled', [1]],
    [
      'sipHeaders',
      [headers(6), [], 'X-A: 1', { Via: '1' }, { 'X-': '1' }, { 'X-A': 1 }, { 'X-A': 'a\r\nVia: b' }, { 'X-A\n': '' }],
    ],
  ] as [string, unknown[]][])('has no such %s: %j', (field, values) => {
    for (const value of values)
      expect(wrong({ [field]: value })).toMatch(new RegExp(`^${field}: got .+, wants .+\\.$`));
  });
});

describe('whatever JSON comes in', () => {
  const schemas = [
    ...[createConferenceRequest, updateConferenceRequest, addMemberRequest, updateMemberRequest, audioRequest],
    ...[callRequest, callbackEvent],
  ];
  const fields = fc.constantFrom(
    ...['from', 'callbackUrl', 'callbackHttpMethod', 'callbackTimeout', 'fallbackUrl', 'profile', 'tag', 'state'],
    ...['eventType', 'conferenceId', 'activeMembers', '__proto__', 'constructor', 'toString', 'callId', 'mute', 'hold'],
    ...['fileUrl', 'sentence', 'voice', 'loopEnabled', 'to', 'bridgeId', 'callTimeout', 'sipHeaders', 'joinTone'],
  );
  const body = fc.oneof(fc.jsonValue(), fc.dictionary(fields, fc.jsonValue()));

  test('is taken, or answered as a 400 of the wire', () => {
    fc.assert(
      fc.property(fc.constantFrom(...schemas), body, (schema, given) => {
        const json: unknown = JSON.parse(JSON.stringify(given));
        try {
          parseRequest(schema, json);
        } catch (error) {
          expect(error).toBeInstanceOf(CatapultError);
          expect(error).toHaveProperty('wire.status', 400);
          expect(error).toHaveProperty('wire.message', expect.stringMatching(/: got .*, wants .*\.$/s));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('what is taken is taken again, and is the same', () => {
    const request = fc.record(
      {
        from: fc.constant(FROM),
        callbackUrl: fc.webUrl(),
        callbackTimeout: fc.oneof(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 10_000 }).map(String)),
        callbackHttpMethod: fc.constantFrom('get', 'POST', 'pOsT'),
        tag: fc.string(),
      },
      { requiredKeys: ['from'] },
    );
    fc.assert(
      fc.property(request, (given) => {
        const taken = create(given);
        expect(create(taken)).toStrictEqual(taken);
      }),
    );
  });
});

describe('a callback event', () => {
  const read = (event: object) => parseRequest(callbackEvent, event);

  test('needs an eventType, and may be of a type that we do not know', () => {
    expect(read({ eventType: 'new-thing', anything: { at: ['all'] } })).toMatchObject({
      eventType: 'new-thing',
      anything: { at: ['all'] },
    });
    expect(errorOf({ status: 'created' }, callbackEvent).message).toMatch(/^eventType: got nothing, wants /);
    expect(errorOf({ eventType: '' }, callbackEvent).code).toBe('validation-error');
    expect(errorOf({ eventType: 'x'.repeat(101) }, callbackEvent).code).toBe('validation-error');
  });

  test('is kept whole, but a known field of an odd type counts as absent', () => {
    const odd = JSON.stringify(
      read({ eventType: 'conference', conferenceId: 5, status: {}, time: [], tag: 1, other: 1 }),
    );
    expect(JSON.parse(odd)).toEqual({ eventType: 'conference', other: 1 });
  });

  test('has activeMembers as a number, however it is written', () => {
    expect(read({ eventType: 'conference-member', activeMembers: '3' }).activeMembers).toBe(3);
    expect(read({ eventType: 'conference-member', activeMembers: 'many' }).activeMembers).toBeUndefined();
    expect(read({ eventType: 'conference-member' }).activeMembers).toBeUndefined();
  });
});
