import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { Accounts, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { CallbackTokens } from '../../src/accounts/callback-tokens.ts';
import { createActivities, type Activities } from '../../src/activities/index.ts';
import { createDeliverer } from '../../src/delivery/deliver.ts';
import { createPlatformClient } from '../../src/platform/client.ts';

/* A worker that is stopped for a while goes on with the tasks that it had in hand, though they have long been given up. */

let server: Server;
let requests = 0;
let activities: Activities;
beforeAll(async () => {
  server = createServer((request, response) => {
    requests += 1;
    request.resume().on('end', () => response.writeHead(201, { location: '/v1/users/u/calls/made' }).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  activities = createActivities({
    platform: createPlatformClient(url),
    platformAccount: { userId: 'u', token: 't', secret: 's' },
    accounts: new Accounts([LOCAL_ACCOUNT]),
    callbackTokens: new CallbackTokens(['test:0123456789abcdef0123456789abcdef']),
    deliverer: createDeliverer(['127.0.0.0/8']),
    bridge: { primaryUrl: url, fallbackUrl: url },
    publicUrl: url,
  });
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  requests = 0;
});

const callbacks = { callbackHttpMethod: 'POST', callbackTimeout: 10_000 } as const;
const call = { from: '+19195551234', to: '+19195550000', callTimeout: 60, ...callbacks };
const ids = { workflowId: 'conference/u-local/conf-abcdefghijklmnopqrstuvwxyz', runId: 'run' };
const order = (beginBy: number) => ({ platformId: 'p', beginBy });
const changes: [string, (beginBy: number) => Promise<unknown>][] = [
  ['dial', (beginBy) => activities.dial({ ...order(beginBy), dialId: 'n-dial.1', call })],
  ['add', (beginBy) => activities.addMember({ ...order(beginBy), member: { callId: 'c' } })],
  ['play', (beginBy) => activities.playAudio({ ...order(beginBy), audio: { sentence: 'Hello.' } })],
  ['mute', (beginBy) => activities.updateMember({ ...order(beginBy), memberId: 'm', fields: { mute: true } })],
  ['hold', (beginBy) => activities.updateConference({ ...order(beginBy), fields: { hold: true } })],
];

test.each(changes)('%s: sent in time, and not at all after it, which is certain', async (_name, change) => {
  // It warns of each failure, and one is what is wanted.
  const logger = new DefaultLogger('ERROR');
  const send = (beginBy: number) =>
    new MockActivityEnvironment({ workflowExecution: ids }, { logger }).run(() => change(beginBy));
  await send(Date.now() + 5_000).catch(() => undefined);
  expect(requests).toBe(1);
  const late = send(Date.now() - 1);
  await expect(late).rejects.toMatchObject({ details: [{ error: { status: 503 }, isUndone: true }] });
  expect(requests).toBe(1);
});
