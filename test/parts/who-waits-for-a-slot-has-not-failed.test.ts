import { setMaxListeners } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createDeliverer, type DeliveryAttempt, type Deliverer, type Target } from '../../src/delivery/deliver.ts';
import { RawServer } from '../support/raw-server.ts';
import { until } from '../support/until.ts';

/* A slot stands for a connection, until that is free. Who has none waits, or comes back soon, and goes nowhere else meanwhile. */

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const HEAD_ONLY = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n';

let servers: RawServer[];
let deliverer: Deliverer;
beforeEach(() => {
  servers = [];
  deliverer = createDeliverer(['127.0.0.0/8']);
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await deliverer.close();
});

async function serve(...how: ConstructorParameters<typeof RawServer>): Promise<RawServer> {
  const server = await new RawServer(...how).open();
  servers.push(server);
  return server;
}

const urlOf = ({ port }: RawServer) => `http://127.0.0.1:${port}/`;

function deliver(urls: Pick<Target, 'callbackUrl' | 'fallbackUrl'>, signal?: AbortSignal): Promise<DeliveryAttempt[]> {
  return deliverer.deliver(
    { event: { eventType: 'dtmf' } },
    { ...urls, callbackHttpMethod: 'POST', callbackTimeout: 10_000 },
    { account: 'u-1', ...(signal === undefined ? {} : { signal }) },
  );
}

/** An origin that answers nobody, and for which as many wait as may; ends with the signal. */
async function fullOrigin(signal: AbortSignal): Promise<{ url: string; waiting: Promise<DeliveryAttempt[]>[] }> {
  setMaxListeners(0, signal);
  const url = urlOf(await serve(() => undefined));
  return { url, waiting: Array.from({ length: 700 }, () => deliver({ callbackUrl: url }, signal)) };
}

test('an answer whose body never ends counts at once, and holds one of 16 connections for a second', async () => {
  const server = await serve((socket) => void socket.write(HEAD_ONLY));
  const made: DeliveryAttempt[] = [];
  let most = 0;
  const send = async () => {
    made.push(...(await deliver({ callbackUrl: urlOf(server) })));
    most = Math.max(most, server.connected);
  };
  await Promise.all(Array.from({ length: 3 * 16 }, send));
  expect(most).toBeLessThanOrEqual(16);
  expect(made.map(({ ok }) => ok)).toEqual(Array(3 * 16).fill(true));
  await until('all connections are free', () => server.connected === 0, 3_000);
});

test('500 at once for an origin that takes 100 ms are delivered within 10 s: none is sent away', async () => {
  const server = await serve((socket) => void setTimeout(() => socket.write(OK), 100));
  const startedAt = performance.now();
  const made = await Promise.all(Array.from({ length: 500 }, () => deliver({ callbackUrl: urlOf(server) })));
  expect(made.flat().filter(({ ok }) => !ok)).toEqual([]);
  expect(server.requests).toHaveLength(500);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

test('who finds no place in the line comes back within seconds; fallbackUrl is not asked for it', async () => {
  const leave = new AbortController();
  const { url: callbackUrl, waiting } = await fullOrigin(leave.signal);
  const fallback = await serve((socket) => void socket.write(OK));
  const [first, ...more] = await deliver({ callbackUrl, fallbackUrl: urlOf(fallback) });
  expect([first, more]).toMatchObject([{ url: 'callbackUrl', ok: false, spared: expect.any(Number) }, []]);
  expect(first?.spared).toBeLessThan(60_000);
  expect(fallback.requests).toEqual([]);
  leave.abort();
  await Promise.all(servers.map((server) => server.close()));
  await Promise.all(waiting);
});

test('when callbackUrl has failed and fallbackUrl has no place, both are told, and the last is to be asked yet', async () => {
  const leave = new AbortController();
  const { url: fallbackUrl, waiting } = await fullOrigin(leave.signal);
  const broken = await serve((socket) => void socket.destroy());
  const made = await deliver({ callbackUrl: urlOf(broken), fallbackUrl });
  expect(made).toMatchObject([
    { url: 'callbackUrl', ok: false },
    { url: 'fallbackUrl', ok: false, spared: expect.any(Number) },
  ]);
  expect(made[0]?.spared).toBeUndefined();
  leave.abort();
  await Promise.all(servers.map((server) => server.close()));
  await Promise.all(waiting);
});

test.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'EADDRNOTAVAIL', 'EBUSY'])(
  'our own %s is no failure of the host, however often',
  async (code) => {
    const addressesOf = () => Promise.reject(Object.assign(new Error(code), { code }));
    const fallback = await serve((socket) => void socket.write(OK));
    const own = createDeliverer(['127.0.0.0/8'], { names: { addressesOf } });
    const [attempt, ...more] = await own.deliver(
      { event: { eventType: 'dtmf' } },
      {
        callbackUrl: 'http://customer.example/',
        fallbackUrl: urlOf(fallback),
        callbackHttpMethod: 'POST',
        callbackTimeout: 5_000,
      },
    );
    await own.close();
    expect([attempt, more]).toMatchObject([{ url: 'callbackUrl', ok: false, spared: expect.any(Number) }, []]);
    expect(attempt?.spared).toBeLessThan(5_000);
  },
);
