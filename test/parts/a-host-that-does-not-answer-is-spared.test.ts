import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Breaker } from '../../src/delivery/breaker.ts';
import { createDeliverer, type Deliverer, type Target } from '../../src/delivery/deliver.ts';
import { retryAfterOf } from '../../src/delivery/send.ts';
import { timePasses } from '../support/until.ts';

const SECOND = 1_000;

describe('the breaker', () => {
  let now: number;
  let breaker: Breaker;
  beforeEach(() => {
    now = 0;
    breaker = new Breaker(() => now);
  });

  /** A request that takes so long, and comes to this. */
  function request(answered: boolean, takes = 2 * SECOND): void {
    const begun = breaker.begin('host');
    now += takes;
    breaker.heard(begun, answered);
  }

  /** Requests go out, one after the other, until the host is spared; gives how many. */
  function untilSpared(): number {
    for (let sent = 0; sent < 100; sent += 1) {
      if (breaker.spare('host') > 0) return sent;
      request(false);
    }
    return Infinity;
  }

  test('spares a host after five requests without an answer', () => {
    expect(untilSpared()).toBe(5);
    expect(breaker.spare('host')).toBe(10 * SECOND);
    expect(breaker.spare('another host')).toBe(0);
  });

  test('any answer at all shows that it lives', () => {
    for (let count = 0; count < 20; count += 1) request(count % 4 === 0);
    expect(breaker.spare('host')).toBe(0);
  });

  test('requests that are under way together and fail together are one failure', () => {
    for (let round = 1; round <= 5; round += 1) {
      expect(breaker.spare('host')).toBe(0);
      const together = Array.from({ length: 10 }, () => breaker.begin('host'));
      now += 10 * SECOND;
      for (const begun of together) breaker.heard(begun, false);
    }
    expect(breaker.spare('host')).toBe(10 * SECOND);
  });

  test('a host that refuses for a second of restart is not spared, however many ask it', () => {
    for (; now < SECOND; now += 1) breaker.heard(breaker.begin('host'), false);
    expect(breaker.spare('host')).toBe(0);
  });

  test('what was begun before it was found dead says no more than that', () => {
    const early = Array.from({ length: 10 }, () => breaker.begin('host'));
    untilSpared();
    const spared = breaker.spare('host');
    for (const begun of early) breaker.heard(begun, false);
    expect(breaker.spare('host')).toBe(spared);
  });

  test('lets one request look whether it is back, and spares it longer each time it is not', () => {
    untilSpared();
    const spared = [];
    for (let probe = 0; probe < 8; probe += 1) {
      const left = breaker.spare('host');
      spared.push(left / SECOND);
      now += left;
      expect(breaker.spare('host')).toBe(0);
      const begun = breaker.begin('host');
      // The others wait for what it finds.
      expect(breaker.spare('host')).toBeGreaterThan(0);
      breaker.heard(begun, false);
    }
    expect(spared).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
  });

  test('shows it until it is back, also while one may look, and forgets it where nobody looks', () => {
    const shown = () => breaker.spared().map(({ host, leftMs, silentRounds }) => [host, leftMs / SECOND, silentRounds]);
    untilSpared();
    expect(shown()).toEqual([['host', 10, 5]]);
    now += 12 * SECOND;
    expect(shown()).toEqual([['host', -2, 5]]);
    now += 300 * SECOND;
    expect(shown()).toEqual([]);
    request(true);
    expect(shown()).toEqual([]);
    untilSpared();
    request(true);
    expect(shown()).toEqual([]);
  });

  test.each([
    ['fails', false],
    ['says nothing of it', undefined],
  ])('lets another one look after one that %s, whenever the clock ticks', (_name, answered) => {
    breaker = new Breaker(() => (now += 1));
    untilSpared();
    now += breaker.spare('host');
    breaker.heard(breaker.begin('host'), answered);
    now += 20 * SECOND;
    expect(breaker.spare('host')).toBe(0);
  });

  test('lets another one look after one that never ends', () => {
    untilSpared();
    now += breaker.spare('host');
    breaker.begin('host');
    now += 30 * SECOND;
    expect(breaker.spare('host')).toBe(0);
  });

  test('is over with the first answer', () => {
    untilSpared();
    now += breaker.spare('host');
    request(true);
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
  const deliver = (urls: Pick<Target, 'callbackUrl' | 'fallbackUrl'>, account = 'u-1') =>
    deliverer.deliver(
      { event: { eventType: 'dtmf' } },
      { ...urls, callbackHttpMethod: 'POST', callbackTimeout: 1_000 },
      { account },
    );
  /** Five rounds in which it breaks each connection. */
  async function untilSpared(urls: Pick<Target, 'callbackUrl' | 'fallbackUrl'>): Promise<void> {
    for (let round = 0; round < 5; round += 1) {
      if (round > 0) await timePasses('failures count that are a second apart', 1_050);
      expect(await deliver(urls)).toMatchObject([{ ok: false, url: 'callbackUrl' }]);
    }
  }

  test('sends nothing to it for a while, which is no failed attempt; for another account it asks it all the same', async () => {
    const urls = { callbackUrl: urlOf(silent) };
    await untilSpared(urls);
    const [spared, ...more] = await deliver(urls);
    expect([spared?.spared, more]).toEqual([expect.any(Number), []]);
    expect(spared?.spared).toBeGreaterThan(8_000);
    const [another] = await deliver(urls, 'u-2');
    expect([another?.ok, another?.spared]).toEqual([false, undefined]);
    // And goes to fallbackUrl at once.
    expect(await deliver({ ...urls, fallbackUrl: urlOf(lively) })).toMatchObject([{ url: 'fallbackUrl', ok: true }]);
  });

  test('does not spare it for ten requests that fail together', async () => {
    const urls = { callbackUrl: urlOf(silent) };
    const failed = await Promise.all(Array.from({ length: 10 }, () => deliver(urls)));
    expect(failed.map(([attempt]) => attempt?.spared)).toEqual(Array(10).fill(undefined));
    expect((await deliver(urls))[0]?.spared).toBeUndefined();
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
