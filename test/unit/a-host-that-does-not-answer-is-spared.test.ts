import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Breaker } from '../../src/delivery/breaker.ts';
import { createDeliverer, retryAfterOf, type Deliverer, type Target } from '../../src/delivery/deliver.ts';

const SECOND = 1_000;

describe('the breaker', () => {
  let now: number;
  let breaker: Breaker;
  beforeEach(() => {
    now = 0;
    breaker = new Breaker(() => now);
  });

  /** Requests go out until the host is spared; gives how many. */
  function untilSpared(): number {
    for (let sent = 0; sent < 100; sent += 1) {
      if (breaker.spare('host') > 0) return sent;
      breaker.heard('host', false);
    }
    return Infinity;
  }

  test('spares a host after five requests without an answer', () => {
    expect(untilSpared()).toBe(5);
    expect(breaker.spare('host')).toBe(10 * SECOND);
    expect(breaker.spare('another host')).toBe(0);
  });

  test('any answer at all shows that it lives', () => {
    for (let request = 0; request < 20; request += 1) breaker.heard('host', request % 4 === 0);
    expect(breaker.spare('host')).toBe(0);
  });

  test('lets one request look whether it is back, and spares it longer each time it is not', () => {
    untilSpared();
    const spared = [];
    for (let probe = 0; probe < 8; probe += 1) {
      const left = breaker.spare('host');
      spared.push(left / SECOND);
      now += left;
      expect(breaker.spare('host')).toBe(0);
      // The others wait for what it finds.
      expect(breaker.spare('host')).toBeGreaterThan(0);
      breaker.heard('host', false);
    }
    expect(spared).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
  });

  test('is over with the first answer', () => {
    untilSpared();
    now += breaker.spare('host');
    breaker.spare('host');
    breaker.heard('host', true);
    expect(breaker.spare('host')).toBe(0);
    expect(untilSpared()).toBe(5);
  });
});

test('who gives a host no time to answer does not have it spared for others', async () => {
  const deliverer = createDeliverer(['127.0.0.0/8']);
  const slow = createServer((_request, response) => void setTimeout(() => response.writeHead(200).end(), 200));
  await new Promise<void>((done) => slow.listen(0, '127.0.0.1', done));
  const callbackUrl = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/`;
  const deliver = (callbackTimeout: number) =>
    deliverer.deliver({ event: { eventType: 'dtmf' } }, { callbackUrl, callbackHttpMethod: 'POST', callbackTimeout });
  for (let attempt = 0; attempt < 10; attempt += 1) await deliver(1);
  const answered = await deliver(10_000);
  await deliverer.close();
  slow.closeAllConnections();
  await new Promise((done) => slow.close(done));
  expect(answered).toMatchObject([{ ok: true }]);
});

describe('a sender', () => {
  let deliverer: Deliverer;
  let silent: Server;
  let lively: Server;
  beforeEach(async () => {
    deliverer = createDeliverer(['127.0.0.0/8']);
    silent = createServer((request) => request.socket.destroy());
    lively = createServer((_request, response) => response.writeHead(200).end());
    for (const server of [silent, lively]) await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });
  afterEach(async () => {
    await deliverer.close();
    for (const server of [silent, lively]) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  });

  const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const deliver = (urls: Pick<Target, 'callbackUrl' | 'fallbackUrl'>) =>
    deliverer.deliver(
      { event: { eventType: 'dtmf' } },
      { ...urls, callbackHttpMethod: 'POST', callbackTimeout: 1_000 },
    );

  test('sends nothing to it for a while, which is no failed attempt', async () => {
    for (let attempt = 0; attempt < 5; attempt += 1)
      expect(await deliver({ callbackUrl: urlOf(silent) })).toMatchObject([{ ok: false, url: 'callbackUrl' }]);
    const [spared, ...more] = await deliver({ callbackUrl: urlOf(silent) });
    expect([spared?.spared, more]).toEqual([expect.any(Number), []]);
  });

  test('goes to fallbackUrl at once meanwhile', async () => {
    const urls = { callbackUrl: urlOf(silent), fallbackUrl: urlOf(lively) };
    for (let attempt = 0; attempt < 5; attempt += 1)
      expect((await deliver(urls)).map(({ url, ok }) => [url, ok])).toEqual([
        ['callbackUrl', false],
        ['fallbackUrl', true],
      ]);
    expect(await deliver(urls)).toMatchObject([{ url: 'fallbackUrl', ok: true }]);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  test.each([
    ['seconds', '120', 120 * SECOND],
    ['a date', 'Thu, 01 Jan 2026 00:05:00 GMT', 300 * SECOND],
    ['a date that has passed', 'Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['more than an hour', '86400', 3_600 * SECOND],
    ['nonsense', 'soon', 0],
    ['nothing', undefined, 0],
  ])('in %s', (_name, header, wait) => {
    expect(retryAfterOf(header, now)).toBe(wait);
  });
});
