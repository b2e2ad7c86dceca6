import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { joined, post, whole, withHeader, type Draft, type Order } from './draft.ts';
import { unknownFields, wrongFields, type Asked } from './values.ts';

/* Bodies that a request must be refused for. */

type Dress = (draft: Draft) => Draft;

/** One field at least has a value that it cannot take. */
export function wrongField({ asked, path, body }: Order): fc.Arbitrary<Draft> {
  const fields: Record<string, fc.Arbitrary<unknown>> = wrongFields[asked];
  const wrong = fc.oneof(...Object.entries(fields).map(([field, values]) => fc.tuple(fc.constant(field), values)));
  return fc.tuple(wrong, unknownFields, fc.boolean(), dresses).map(([[field, value], others, isTwice, dress]) => {
    const { [field]: right = 'completed', ...rest }: Record<string, unknown> = { ...others, ...body };
    // Of a field that is there twice the last one counts.
    const kept = { _: 1, ...rest, ...(isTwice ? { [field]: right } : {}) };
    return dress(post(path, joined(kept, `${JSON.stringify(field)}:${JSON.stringify(value)}`)));
  });
}

/** What a request may come in that makes it neither better nor worse. */
const dresses: fc.Arbitrary<Dress> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Dress>((draft) => draft) },
  fc.constantFrom('application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json; charset=utf-16').map(
    (type): Dress =>
      (draft) =>
        withHeader(draft, 'content-type', type),
  ),
  fc.constant<Dress>((draft) => ({ ...withHeader(draft, 'transfer-encoding', 'chunked'), body: chunked(draft.body) })),
  fc.constant<Dress>((draft) => ({ ...draft, body: Buffer.concat([Buffer.from('\ufeff'), draft.body]) })),
  fc
    .constantFrom('?', '?a=%ff', '?__proto__[a]=1', `?${'a=1&'.repeat(500)}`, '?\u00e9', '/', '//')
    .map((end): Dress => (draft) => ({ ...draft, path: draft.path + end })),
  fc
    .constantFrom('//', '///')
    .map((slashes): Dress => (draft) => ({ ...draft, path: draft.path.replaceAll('/', slashes) })),
  fc
    .constantFrom<[string, string][]>(
      ['upgrade', 'h2c'],
      ['connection', 'upgrade'],
      ['expect', '100-continue'],
      ['x-forwarded-host', 'evil"'],
      ['x-http-method-override', 'DELETE'],
      ['accept', 'text/plain'],
      ['cookie', '\u00e9;;='],
    )
    .map(
      ([name, value]): Dress =>
        (draft) =>
          withHeader(draft, name, value),
    ),
);

function chunked(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]);
}

const withoutWhatIsRequired: Record<Asked, object[]> = {
  create: [{}, { from: null }, { tag: 'x' }],
  change: [{ state: 'completed', mute: 'x' }],
  join: [{}, { callId: null }, { mute: true }],
  changeMember: [{ state: 'completed', hold: 2 }],
  play: [{}, { fileUrl: null }, { voice: 'Susan' }, { fileUrl: 'http://x/a.wav', sentence: 'and this' }],
  dial: [{}, { from: '+19195551234', to: '+19195550000' }, { to: '+19195550000', conferenceId: 'x' }],
  createSchedule: [
    {},
    { cron: '0 9 * * 1', timeZone: 'UTC' },
    { cron: '0 9 * * 1', conference: { from: '+19195551234' } },
  ],
  changeSchedule: [{ cron: '0 9 * * 1', calendar: { at: ['09:00'] } }, { endAt: '2026-12-01T09:00' }],
  pause: [{ note: 5 }],
  skip: [{}, { date: null }],
  backfill: [{}, { from: '2026-11-01T00:00:00Z' }, { from: '2026-11-02T00:00:00Z', to: '2026-11-01T00:00:00Z' }],
};

export function missingField({ asked, path }: Order): fc.Arbitrary<Draft> {
  return fc.constantFrom(...withoutWhatIsRequired[asked]).map((body) => post(path, JSON.stringify(body)));
}

export function noObject({ asked, path }: Order): fc.Arbitrary<Draft> {
  // Nothing, and null, are an update that changes nothing.
  const nothing = ['change', 'changeMember', 'changeSchedule', 'pause'].includes(asked) ? [] : ['', 'null'];
  const others = ['[]', '[{}]', '"x"', '0', '-1', '1e999', 'true', 'false', '[[[]]]', '""', '"completed"'];
  return fc.constantFrom(...others, ...nothing).map((body) => post(path, body));
}

/** Spoils JSON in a way that no parser may forgive. */
export const spoiled: fc.Arbitrary<(text: string) => string> = fc.oneof(
  fc
    .double({ min: 0, max: 0.99, noNaN: true })
    .map((share) => (text: string) => text.slice(0, Math.max(1, Math.floor(text.length * share)))),
  fc
    .constantFrom(
      ...['NaN', 'Infinity', '-Infinity', '0x10', '01', '1.', '.5', '+1', '1e', '--1', 'undefined', 'nul'],
      ...["'x'", '"\u0001"', '"\n"', '"\\x"', '"\\u12"', '[1,]', '{a:1}'],
    )
    .map((value) => (text: string) => `${text.slice(0, -1)},"x":${value}}`),
  fc
    .constantFrom(',', '}', '{}', ']', 'x', '\u0000', '//', '/* */', '"', ';')
    .map((end) => (text: string) => text + end),
  fc.constantFrom('x', '[', '{', ',', '\u0000', ")]}',\n", '//\n', '&').map((start) => (text: string) => start + text),
  fc.constant((text: string) => text.replaceAll('"', "'")),
  fc.constant((text: string) => text.replace('{"', '{')),
  fc.constant((text: string) => text.replace(/\}$/, ',}')),
);

export function noJson({ path, body }: Order): fc.Arbitrary<Draft> {
  return spoiled.map((spoil) => post(path, spoil(JSON.stringify(body))));
}

/** JSON, but not as UTF-8, or packed in something. */
export function oddlyEncoded(order: Order): fc.Arbitrary<Draft> {
  return encodings.map((encode) => encode(whole(order)));
}

const encodings: fc.Arbitrary<Dress> = fc.oneof(
  fc
    .constantFrom<((body: Buffer) => Buffer)[]>(
      (body) => Buffer.from(body.toString(), 'utf16le'),
      (body) => Buffer.from(`\ufeff${body.toString()}`, 'utf16le'),
      (body) => Buffer.from(`\ufeff${body.toString()}`, 'utf16le').swap16(),
      (body) => Buffer.from([...body].flatMap((byte) => [0, 0, 0, byte])),
      (body) => Buffer.from(body.toString('base64')),
      (body) => Buffer.from(encodeURIComponent(body.toString())),
    )
    .map((encode): Dress => (draft) => ({ ...draft, body: encode(draft.body) })),
  fc.constant<Dress>((draft) => withHeader({ ...draft, body: gzipSync(draft.body) }, 'content-encoding', 'gzip')),
  fc.constant<Dress>((draft) => withHeader({ ...draft, body: deflateSync(draft.body) }, 'content-encoding', 'deflate')),
  fc
    .tuple(
      fc.constantFrom([0xff], [0xfe, 0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80], [0x80], [0xe2, 0x82]),
      fc.constantFrom(0, 1, Infinity),
    )
    .map(([bytes, at]): Dress => {
      const inserted = Buffer.from(bytes);
      return (draft) => {
        const [before, behind] = [draft.body.subarray(0, at), draft.body.subarray(Math.min(at, draft.body.length))];
        return { ...draft, body: Buffer.concat([before, inserted, behind]) };
      };
    }),
);

/** Keys that reach for the prototype of what they are read into. */
export const poison = fc.constantFrom(
  ...['"__proto__":{"state":"completed"}', '"__proto__":null', '"\\u005f_proto__":{}', '"a":{"__proto__":{"x":1}}'],
  ...['"constructor":{"prototype":{"x":1}}', '"a":[{"constructor":{"prototype":{}}}]'],
);

/** Left out as all that is unknown; beside a field that is wrong for whatever is asked they change nothing. */
export function poisoned({ path }: Order): fc.Arbitrary<Draft> {
  const wrong = { from: 5, callId: 5, state: 'x', fileUrl: 5, note: 5 };
  return poison.map((text) => post(path, joined(wrong, text)));
}

export const deep = fc
  .tuple(
    fc.integer({ min: 21, max: 5_000 }),
    fc.constantFrom<[string, string][]>(['[', ']'], ['{"a":', '}'], ['[{"a":', '}]']),
  )
  .map(([levels, [open, close]]) => `${open.repeat(levels)}1${close.repeat(levels)}`);

export function nested({ path, body }: Order): fc.Arbitrary<Draft> {
  return fc
    .oneof(
      deep,
      deep.map((text) => joined(body, `"deep":${text}`)),
    )
    .map((text) => post(path, text));
}

export function tooLarge({ path, body }: Order): fc.Arbitrary<Draft> {
  const sizes = fc.integer({ min: 65_537, max: 90_000 });
  return sizes.map((size) => post(path, joined(body, `"x":"${'x'.repeat(size)}"`)));
}
