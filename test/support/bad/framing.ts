import fc from 'fast-check';
import { bytesOf, post, whole, type Order, type Targets } from './draft.ts';

/* Bytes that are not one whole HTTP request. */

type Spoil = (request: string, body: string) => string;

/** Lengths that are none, or not the body's. */
export function wrongLength(order: Order, targets: Targets): fc.Arbitrary<Buffer> {
  return lengths.map((spoil) => latin1(spoil(textOf(order, targets), JSON.stringify(order.body))));
}

function textOf(order: Order, targets: Targets): string {
  return bytesOf(whole(order), targets).toString('latin1');
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function withLength(length: number | string): Spoil {
  return (request) => request.replace(/content-length: \d+/, `content-length: ${length}`);
}

const lengths: fc.Arbitrary<Spoil> = fc.oneof(
  fc
    .constantFrom('-1', '1x', '0x10', '+5', '1,2', '5 5', '', ' ', '\u00b2', '1e3', '9'.repeat(26), '65537', '1000000')
    .map(withLength),
  fc.integer({ min: 1, max: 5_000 }).map(
    (more): Spoil =>
      (all, body) =>
        withLength(body.length + more)(all, body),
  ),
  fc.integer({ min: 1, max: 5 }).map(
    (fewer): Spoil =>
      (all, body) =>
        withLength(body.length - fewer)(all, body),
  ),
  fc
    .constantFrom('content-length: 1', 'content-length: 70000', 'transfer-encoding: chunked', 'transfer-encoding: gzip')
    .map(
      (line): Spoil =>
        (all) =>
          all.replace('\r\n\r\n', `\r\n${line}\r\n\r\n`),
    ),
);

/** Chunks that are none, or do not come to their end. */
export function brokenChunks({ path, body }: Order, targets: Targets): fc.Arbitrary<Buffer> {
  const text = JSON.stringify(body);
  const head = bytesOf(post(path), targets).toString('latin1');
  const chunkedHead = head.replace('\r\n\r\n', '\r\ntransfer-encoding: chunked\r\n\r\n');
  return chunks.map((write) => latin1(chunkedHead + write(text, text.length.toString(16))));
}

const END = '\r\n0\r\n\r\n';

const chunks = fc.constantFrom<((body: string, size: string) => string)[]>(
  (body) => `zz\r\n${body}${END}`,
  (body, size) => `-${size}\r\n${body}${END}`,
  (body, size) => `0x${size}\r\n${body}${END}`,
  (body) => `ffffffffffffffffff\r\n${body}${END}`,
  (body) => `fffffff\r\n${body}${END}`,
  (body) => `1\r\n${body}${END}`,
  (body, size) => `${size}\r\n${body}0\r\n\r\n`,
  (body, size) => `${size}\r\n${body}\r\n`,
  (body, size) => `${size}\r\n${body.slice(1)}`,
  (body, size) => `${size}\r\n${body}\r\n0`,
  (body, size) => `${size};${'x'.repeat(20_000)}\r\n${body}${END}`,
  (body, size) => `${size}\r\n${body}\r\n-1\r\n\r\n`,
  (body, size) => `\r\n${size}\r\n${body}${END}`,
  () => `10001\r\n${'x'.repeat(65_537)}`,
  (body) => body,
  () => '',
);

export function cutOff(order: Order, targets: Targets): fc.Arbitrary<Buffer> {
  const bytes = bytesOf(whole(order), targets);
  return fc.integer({ min: 1, max: bytes.length - 1 }).map((length) => bytes.subarray(0, length));
}

export const noHttp: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(
      ...[
        'GET /\r\n',
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        'GET / HTTP/9.9\r\n\r\n',
        'GET / HTTP/1.1',
        '\r\n\r\n\r\n',
        ' \r\n',
      ],
      ...[
        'GET\r\n\r\n',
        'SSH-2.0-x\r\n',
        'HTTP/1.1 200 OK\r\n\r\n',
        'EHLO x\r\n',
        '\u0016\u0003\u0001\u0000\u00c8\u0001',
      ],
    )
    .map(latin1),
);

/** Heads that no server may take. */
export function brokenHead(order: Order, targets: Targets): fc.Arbitrary<Buffer> {
  const text = textOf(order, targets);
  const withLine = (line: string) => text.replace('\r\n', `\r\n${line}\r\n`);
  return fc.constantFrom(
    ...[`x: ${'y'.repeat(20_000)}`, 'no colon', 'a b: c', 'x: a\u0000b', ': x', 'x: a\rb: c', 'expect: a-miracle'].map(
      (line) => latin1(withLine(line)),
    ),
    ...['HTTP/1.1 x', 'HTTP/2.7', 'HTTX/1.1'].map((version) => latin1(text.replace('HTTP/1.1', version))),
    latin1(text.replace(/host: .*?\r\n/, '')),
  );
}
