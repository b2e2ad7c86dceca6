import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDeliverer, type Deliverer } from '../../src/delivery/deliver.ts';

/* What a customer's server says of a failure: the beginning of it, as text, and only where it is for the account. */

const LOOPBACK = ['127.0.0.0/8'];
const answers: Record<string, RequestListener> = {
  '/short': (_, response) => response.writeHead(503).end('{"message":"out of order"}'),
  '/long': (_, response) => response.writeHead(500).end('ü'.repeat(10_000)),
  '/steering': (_, response) => response.writeHead(400).end('one\n\u001b[2Jtwo\u0000\u202e'),
  '/endless': (_, response) => void response.writeHead(500).write('so far'),
  '/silent': (_, response) => response.writeHead(500).flushHeaders(),
  '/image': (_, response) => response.writeHead(500).end(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe])),
  '/empty': (_, response) => response.writeHead(404).end(),
  '/repeating': (request, response) => response.writeHead(400).end(String(request.headers.authorization)),
  '/well': (_, response) => response.writeHead(200).end('a page for this machine alone'),
  '/elsewhere': (_, response) => response.writeHead(302, { location: '/well' }).end('go on'),
  '/many': (_, response) => {
    response.writeHead(500);
    for (let count = 0; count < 64; count += 1) response.write('x'.repeat(64 * 1024));
    response.end();
  },
};

let server: Server;
let deliverer: Deliverer;
beforeAll(async () => {
  server = createServer((request, response) => answers[request.url ?? '']?.(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  deliverer = createDeliverer(LOOPBACK, { readable: LOOPBACK });
});
afterAll(async () => {
  server.closeAllConnections();
  await deliverer.close();
  await new Promise((resolve) => server.close(resolve));
});

const urlOf = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
async function answered(path: string, by = deliverer) {
  const target = {
    callbackUrl: new URL(path, urlOf('/')).href,
    callbackHttpMethod: 'POST',
    callbackTimeout: 5_000,
  } as const;
  const [attempt] = await by.deliver({ event: { eventType: 'dtmf' } }, target, { account: 'u-1' });
  return { result: attempt?.result, answer: attempt?.answer };
}

describe('of a failed answer', () => {
  test.each([
    ['its text', '/short', '503', '{"message":"out of order"}'],
    ['its first 512 bytes', '/long', '500', 'ü'.repeat(256)],
    ['what steers, written out', '/steering', '400', 'one\n\\u001b[2Jtwo\\u0000\\u202e'],
    ['what has come of one without end', '/endless', '500', 'so far'],
    ['the beginning of one that is very long', '/many', '500', 'x'.repeat(512)],
  ])('%s is kept', async (_, path, result, answer) => {
    expect(await answered(path)).toEqual({ result, answer });
  });

  test.each([
    ['that says nothing', '/silent', '500'],
    ['that is empty', '/empty', '404'],
    ['that is no text', '/image', '500'],
  ])('%s nothing is kept', async (_, path, result) => {
    expect(await answered(path)).toEqual({ result, answer: undefined });
  });
});

test.each([
  ['is well', '/well', '200'],
  ['leads elsewhere', '/elsewhere', 'redirected (302)'],
])('of an answer that %s nothing is kept', async (_, path, result) => {
  expect(await answered(path)).toEqual({ result, answer: undefined });
});

test('credentials in a URL are not shown by what a server says that repeats them', async () => {
  const withCredentials = urlOf('/repeating').replace('http://', 'http://user:secret@');
  expect(await answered(withCredentials)).toEqual({ result: '400', answer: undefined });
  expect(await answered('/repeating')).toEqual({ result: '400', answer: 'undefined' });
});

describe('an address that is inside', () => {
  test('may be sent to where the operator allows it, and is not read', async () => {
    const blind = createDeliverer(LOOPBACK);
    expect(await answered('/short', blind)).toEqual({ result: '503', answer: undefined });
    await blind.close();
  });

  test("is read where it is the account's own", async () => {
    const own = createDeliverer([], { networksOf: () => ({ allowed: LOOPBACK, denied: [] }) });
    expect(await answered('/short', own)).toEqual({ result: '503', answer: '{"message":"out of order"}' });
    await own.close();
  });

  test('that is not allowed answers nothing', async () => {
    const guarded = createDeliverer([], { readable: LOOPBACK });
    expect(await answered('/short', guarded)).toEqual({ result: 'no public address', answer: undefined });
    await guarded.close();
  });
});
