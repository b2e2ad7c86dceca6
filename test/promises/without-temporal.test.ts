import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startGateway } from '../../src/gateway.ts';
import { readConfig } from '../../src/config.ts';
import type { RunningPart } from '../../src/part.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { conferencesPath } from '../../src/catapult/paths.ts';
import { dataDirectory } from '../support/processes.ts';
import { CallbackTokens } from '../../src/accounts/callback-tokens.ts';

const KEY = 'test:0123456789abcdef0123456789abcdef';
const CREATE = conferencesPath(LOCAL_ACCOUNT.userId);

const data = dataDirectory();
let gateway: RunningPart;
beforeAll(async () => {
  // Nothing listens on port 9 (discard): Temporal is unreachable for good.
  const settings = { PORT: '0', TEMPORAL_ADDRESS: '127.0.0.1:9', CALLBACK_KEYS: KEY, CONVOKE_DATA_DIR: data.path };
  const config = readConfig(settings);
  gateway = await startGateway(config, createLogger('gateway', 'error'));
});
afterAll(async () => {
  await gateway.stop();
  data.remove();
});

const call = (path: string, init: RequestInit = {}) =>
  fetch(`${gateway.address}${path}`, {
    ...init,
    headers: { authorization: basicAuth(LOCAL_ACCOUNT), 'content-type': 'application/json' },
  });

test('the gateway starts, is alive, and says that it is not ready', async () => {
  expect((await call('/healthz')).status).toBe(200);
  const ready = await call('/readyz');
  const body = { temporal: 'unreachable', namespace: 'unknown', workers: 'away' };
  expect([ready.status, await ready.json()]).toMatchObject([503, body]);
});

test('a create is answered 503 unavailable, with the Location it has if it started all the same', async () => {
  const answer = await call(CREATE, { method: 'POST', body: JSON.stringify({ from: '+19195551234' }) });
  expect(answer.status).toBe(503);
  expect(answer.headers.get('location')).toMatch(new RegExp(`^${gateway.address}${CREATE}/conf-`));
  const message = expect.stringMatching(/^Temporal does not answer/) as unknown;
  expect(await answer.json()).toMatchObject({ category: 'unavailable', code: 'gateway-unavailable', message });
});

test('a read is answered 503, which says why', async () => {
  const answer = await call(`${CREATE}/conf-aaaaaaaaaaaaaaaaaaaaaaaaaa`);
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({
    message: 'The conference could not be read now. Temporal does not answer; try again in a moment.',
  });
});

test("a platform's callback is answered 200, and waits in the journal", async () => {
  const path = new CallbackTokens([KEY]).path({
    userId: LOCAL_ACCOUNT.userId,
    conferenceId: 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa',
    channel: 'primary',
    attemptId: 'run.1',
  });
  const body = JSON.stringify({ eventType: 'conference', status: 'created' });
  expect((await call(path, { method: 'POST', body })).status).toBe(200);
  const ready = (await (await call('/readyz')).json()) as { journal: unknown };
  expect(ready.journal).toMatchObject({ state: 'ok', waiting: 1, oldest: expect.any(String) as unknown });
});
