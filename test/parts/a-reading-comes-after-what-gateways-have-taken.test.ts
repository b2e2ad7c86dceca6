import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { fastify } from 'fastify';
import { pino } from 'pino';
import { Accounts, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { CallbackTokens } from '../../src/accounts/callback-tokens.ts';
import { createActivities } from '../../src/activities/index.ts';
import { answerErrorsOnTheWire, wireServerOptions } from '../../src/catapult/server/answers.ts';
import { createDeliverer } from '../../src/delivery/deliver.ts';
import { serveRecalls } from '../../src/gateway/bridge.ts';
import { flushSoon } from '../../src/gateway/flush.ts';
import { Forwarder } from '../../src/gateway/forwarder.ts';
import { Journal } from '../../src/gateway/journal.ts';
import { createPlatformClient } from '../../src/platform/client.ts';
import { freePort } from '../../src/dev/ports.ts';
import { dataDirectory } from '../support/processes.ts';
import { timePasses } from '../support/until.ts';

/*
 * The platform shows what has happened, in whole seconds: the order is in the callbacks. So a reading must not be taken before those that a
 * gateway has acknowledged.
 */

const KEY = 'test:0123456789abcdef0123456789abcdef';
const IDS = { userId: 'u-local', conferenceId: 'conf-abcdefghijklmnopqrstuvwxyz' };
const workflowExecution = { workflowId: `conference/${IDS.userId}/${IDS.conferenceId}`, runId: 'run' };
const logger = pino({ level: 'silent' });

/** Reads the platform, whose bridge is at this URL, as a worker does. */
async function read(url: string, onRead: () => void): Promise<void> {
  const callbackTokens = new CallbackTokens([KEY]);
  const platform = createPlatformClient(url);
  const deliverer = createDeliverer([]);
  const activities = createActivities({
    platform: {
      ...platform,
      readConference: async () => {
        onRead();
        return { outcome: 'read', asOf: { from: 1, to: 2 }, conference: { state: 'active' }, members: [] };
      },
    },
    ...{ deliverer, callbackTokens, accounts: new Accounts([LOCAL_ACCOUNT]), publicUrl: url },
    platformAccount: { userId: 'u', token: 't', secret: 's' },
    bridge: { primaryUrl: url, fallbackUrl: url },
  });
  await new MockActivityEnvironment({ workflowExecution }).run(() =>
    activities.readConference({ platformId: 'platform-1' }),
  );
  await Promise.all([platform.close(), deliverer.close()]);
}

test('a callback that was acknowledged before the platform was read is the conference’s before the reading is', async () => {
  const data = dataDirectory();
  const journal = await Journal.open(join(data.path, 'journal'), logger);
  const happened: string[] = [];
  let go: () => void = () => undefined;
  const hasBeenRead = new Promise<void>((resolve) => (go = resolve));
  const forward = async () => {
    await hasBeenRead;
    await timePasses('the reading is on its way back', 200);
    happened.push('the conference has the callback');
  };
  const forwarder = new Forwarder(journal, forward, logger);
  const gateway = fastify(wireServerOptions);
  answerErrorsOnTheWire(gateway);
  const recallable = { recall: () => Promise.resolve(false), flush: () => flushSoon(forwarder, IDS) };
  void gateway.register(async (bridge) => serveRecalls(bridge, new CallbackTokens([KEY]), recallable));
  const url = await gateway.listen({ host: '127.0.0.1', port: 0 });

  const event = { eventType: 'dtmf', dtmfDigit: '1' };
  const about = { channel: 'primary', attemptId: 'a.0', arrivedAt: Date.now(), digest: 'd', event } as const;
  forwarder.add(await journal.append({ ...IDS, ...about }));
  await read(url, go);
  happened.push('the reading is here');
  expect(happened).toEqual(['the conference has the callback', 'the reading is here']);

  await gateway.close();
  await forwarder.stop();
  await journal.close();
  data.remove();
});

test('a gateway that is away is not waited for', async () => {
  let isRead = false;
  await read(`http://127.0.0.1:${await freePort()}`, () => (isRead = true));
  expect(isRead).toBe(true);
});
