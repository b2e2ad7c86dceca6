import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { networksOf } from '../../src/accounts/accounts.ts';
import { createDeliverer, type Deliverer } from '../../src/delivery/deliver.ts';
import { DEFAULT_RULES, targetsOf, whyRefused } from '../../src/delivery/guard.ts';

/* What an operator lets one account reach, or keeps one from: it holds for that one, and a connection that was made for it serves nobody else. */

const WEBHOOK = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const own = {
  'u-inside': networksOf({ userId: 'u-inside', webhookSecret: WEBHOOK, allowedNetworks: ['127.0.0.0/8'] }),
  'u-kept': networksOf({ userId: 'u-kept', webhookSecret: WEBHOOK, deniedNetworks: ['127.0.0.0/8'] }),
};

let server: Server;
let connections: number;
let requests: number;
let url: (host: string) => string;
beforeAll(async () => {
  server = createServer((_request, response) => {
    requests += 1;
    response.end();
  });
  server.keepAliveTimeout = 60_000;
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  url = (host) => `http://${host}:${port}/`;
});
beforeEach(() => {
  [connections, requests] = [0, 0];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function delivererFor(allowed: string[]): Deliverer {
  const names = { addressesOf: () => Promise.resolve(['127.0.0.1']) };
  return createDeliverer(allowed, { names, networksOf: (userId) => new Map(Object.entries(own)).get(userId) });
}

async function deliver(deliverer: Deliverer, account: string, host = 'inner.example'): Promise<string | undefined> {
  const target = { callbackUrl: url(host), callbackHttpMethod: 'POST', callbackTimeout: 5_000 } as const;
  const [attempt] = await deliverer.deliver({ event: { eventType: 'dtmf' } }, target, { account });
  return attempt?.result;
}

test.each(['inner.example', '127.0.0.1'])(
  'one that may reach an inner network does, and no other: %s',
  async (host) => {
    const deliverer = delivererFor([]);
    expect(await deliver(deliverer, 'u-inside', host)).toBe('200');
    // Also where a connection has just been there.
    expect(await deliver(deliverer, 'u-other', host)).toBe('no public address');
    expect(await deliver(deliverer, 'u-inside', host)).toBe('200');
    expect([requests, connections]).toEqual([2, 2]);
    await deliverer.close();
  },
);

test.each(['inner.example', '127.0.0.1'])(
  'one that is kept from a network does not reach it, and others do: %s',
  async (host) => {
    const deliverer = delivererFor(['127.0.0.0/8']);
    expect(await deliver(deliverer, 'u-other', host)).toBe('200');
    // Also by a connection that others have kept.
    expect(await deliver(deliverer, 'u-kept', host)).toBe('no public address');
    expect(requests).toBe(1);
    await deliverer.close();
  },
);

test('a create is refused by the same', () => {
  const wanted = (userId: keyof typeof own | 'u-other', address: string, allowed: string[] = []) =>
    whyRefused(new URL(address), ...targetsOf(allowed, DEFAULT_RULES, new Map(Object.entries(own)).get(userId)));
  expect(wanted('u-inside', 'http://127.0.0.1:8080/')).toBeUndefined();
  expect(wanted('u-other', 'http://127.0.0.1:8080/')).toBe('a host on the public internet');
  expect(wanted('u-kept', 'http://127.0.0.1:8080/', ['127.0.0.0/8'])).toBe('a host on the public internet');
  expect(wanted('u-other', 'http://127.0.0.1:8080/', ['127.0.0.0/8'])).toBeUndefined();
});

test('what is denied to all stays so for one that may reach it', () => {
  const rules = { ...DEFAULT_RULES, denied: ['127.0.0.0/8'] };
  const [allowed, all] = targetsOf([], rules, own['u-inside']);
  expect(whyRefused(new URL('http://127.0.0.1:8080/'), allowed, all)).toBe('a host on the public internet');
});
