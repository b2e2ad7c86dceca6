import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { fastify, type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { Accounts, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { CallbackTokens } from '../../src/accounts/callback-tokens.ts';
import { createActivities } from '../../src/activities/index.ts';
import { answerErrorsOnTheWire, wireServerOptions } from '../../src/catapult/server/answers.ts';
import { createDeliverer, type Deliverer } from '../../src/delivery/deliver.ts';
import { serveRecalls } from '../../src/gateway/bridge.ts';
import { Forwarder } from '../../src/gateway/forwarder.ts';
import { Journal } from '../../src/gateway/journal.ts';
import { Leases } from '../../src/gateway/leases.ts';
import { createPlatformClient, type PlatformClient } from '../../src/platform/client.ts';
import { dataDirectory } from '../support/processes.ts';

/* A worker's recall and a gateway's answer, over HTTP: each knows what the other means. */

const KEY = 'test:0123456789abcdef0123456789abcdef';
const OTHER_KEY = 'other:fedcba9876543210fedcba9876543210';
const workflowExecution = { workflowId: 'conference/u-local/conf-abcdefghijklmnopqrstuvwxyz', runId: 'run' };

let data: ReturnType<typeof dataDirectory>;
let journal: Journal;
let leases: Leases;
let gateway: FastifyInstance;
let url: string;
let platform: PlatformClient;
let deliverer: Deliverer;
beforeEach(async () => {
  data = dataDirectory();
  const logger = pino({ level: 'silent' });
  journal = await Journal.open(join(data.path, 'journal'), logger);
  const forwarder = new Forwarder(journal, () => Promise.resolve(), logger);
  deliverer = createDeliverer([]);
  const conferences = { askForLease: () => Promise.reject(new Error('nothing is asked for here')) };
  const accounts = new Accounts([LOCAL_ACCOUNT]);
  leases = new Leases({
    ...{ conferences, journal, forwarder, deliverer, accounts, logger },
    url: () => url,
    bridgeUrl: () => url,
  });
  gateway = fastify(wireServerOptions);
  answerErrorsOnTheWire(gateway);
  void gateway.register(async (bridge) => serveRecalls(bridge, new CallbackTokens([KEY]), leases));
  url = await gateway.listen({ host: '127.0.0.1', port: 0 });
  platform = createPlatformClient(url);
});
afterEach(async () => {
  await gateway.close();
  await leases.stop();
  await journal.close();
  await Promise.all([platform.close(), deliverer.close()]);
  data.remove();
});

/** Asks the gateway as a worker does. */
function recall(opening: string, key = KEY, bridgeUrl = url): Promise<boolean> {
  const activities = createActivities({
    ...{ platform, deliverer, accounts: new Accounts([LOCAL_ACCOUNT]), callbackTokens: new CallbackTokens([key]) },
    ...{ platformAccount: { userId: 'u', token: 't', secret: 's' }, publicUrl: url },
    bridge: { primaryUrl: bridgeUrl, fallbackUrl: bridgeUrl },
  });
  // It warns of each failure, and one is what is wanted.
  const environment = new MockActivityEnvironment({ workflowExecution }, { logger: new DefaultLogger('ERROR') });
  return environment.run(() => activities.recallLease({ epoch: 1, opening, url }));
}

test('its holder gives it back', async () => {
  expect(await recall(journal.opening)).toBe(true);
});

test('a gateway that never had it says so, and is not asked again', async () => {
  expect(await recall('another opening')).toBe(false);
});

test('a gateway that does not know the key of the worker is not asked again', async () => {
  expect(await recall(journal.opening, OTHER_KEY)).toBe(false);
});

test('one that does not answer is asked again', async () => {
  const { opening } = journal;
  await gateway.close();
  await expect(recall(opening)).rejects.toThrow();
});

// It would get a token of ours, and whoever starts or signals a workflow may name any address.
test('an address that is none of a gateway is not asked', async () => {
  const asked: string[] = [];
  gateway.server.on('request', ({ url: path }) => asked.push(path ?? ''));
  await expect(recall(journal.opening, KEY, 'https://gateway.example')).rejects.toMatchObject({
    nonRetryable: true,
    message: expect.stringContaining('is neither PUBLIC_URL nor BRIDGE_FALLBACK_URL') as unknown,
  });
  expect(asked).toEqual([]);
});
