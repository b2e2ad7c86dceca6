import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createPlatformClient, type PlatformClient } from '../../src/platform/client.ts';

/* The platform's clock is not ours: when X-RateLimit-Reset is over shows beside the Date of the same answer. */

let answered: () => Record<string, string>;
const server = createServer((request, response) => {
  request.resume();
  response.sendDate = false;
  response.writeHead(429, answered()).end(JSON.stringify({ category: 'payment', code: 'rate-limit-reached' }));
});
let client: PlatformClient;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = createPlatformClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterAll(async () => {
  await client.close();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  answered = () => ({});
});

const ACCOUNT = { userId: 'u-1', token: 't', secret: 's' };

/** How long the platform says to wait, from when it was asked, as we understand it (ms). */
async function pauseMs(): Promise<number> {
  const askedAt = Date.now();
  const outcome = await client.completeConference(ACCOUNT, 'conf-1');
  if (outcome.outcome !== 'rate-limited') throw new Error(`the outcome is ${outcome.outcome}`);
  return outcome.retryAt - askedAt;
}

test.each([
  ['10 minutes ahead', 600_000],
  ['10 minutes behind', -600_000],
  ['a day ahead', 86_400_000],
  ['right', 0],
])('the clock of the platform is %s: a reset in 5 s is 5 s away', async (_what, byMs) => {
  answered = () => ({
    date: new Date(Date.now() + byMs).toUTCString(),
    'x-ratelimit-reset': String(Date.now() + byMs + 5_000),
  });
  const pause = await pauseMs();
  // A Date is in whole seconds, cut.
  expect(pause).toBeGreaterThanOrEqual(5_000);
  expect(pause).toBeLessThan(7_000);
});

test.each([
  ['no Date', {}],
  ['a Date that is none', { date: 'yesterday' }],
])('%s: our clock is taken for theirs', async (_what, more) => {
  const reset = Date.now() + 5_000;
  answered = () => ({ ...more, 'x-ratelimit-reset': String(reset) });
  const askedAt = Date.now();
  expect(askedAt + (await pauseMs())).toBeLessThan(reset + 500);
});

test('no reset is no time', async () => {
  const outcome = await client.completeConference(ACCOUNT, 'conf-1');
  expect(outcome).toMatchObject({ outcome: 'rate-limited', retryAt: 0 });
});
