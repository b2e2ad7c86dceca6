import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { ClassicLevel } from 'classic-level';
import { pino } from 'pino';
import { BODIES_IN_FLIGHT_BYTES, MAX_BODY_BYTES } from '../../src/catapult/server/budget.ts';
import { Accounts, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { CallbackTokens } from '../../src/accounts/callback-tokens.ts';
import type { ConferenceClient, Conferences } from '../../src/client/index.ts';
import { Journal } from '../../src/gateway/journal.ts';
import { createGateway } from '../../src/gateway/server.ts';
import { FreshReceipts } from '../../src/gateway/fresh-receipts.ts';
import { Store } from '../../src/gateway/store.ts';
import { dataDirectory } from '../support/processes.ts';
import { stranger } from '../support/strangers.ts';
import { until } from '../support/until.ts';

/* After an outage of a gateway's bridge the conferences concerned are told to ask the platform; Temporal is played here. */

const logger = pino({ level: 'silent' });
const tokens = new CallbackTokens(['test:a secret of the tests, long enough']);
const ids = { userId: 'u-1', conferenceId: `conf-${'a'.repeat(26)}` };

let data: ReturnType<typeof dataDirectory>;
let opened: (() => Promise<void>)[];
beforeEach(() => {
  data = dataDirectory();
  opened = [];
});
afterEach(async () => {
  jest.restoreAllMocks();
  for (const close of opened) await close();
  data.remove();
});

const directory = () => join(data.path, 'journal');

/** A gateway on the journal, and what conferences were told by it: one, or `all`. */
async function open({ hasSecond = false, maxWaiting = 1_000_000 }) {
  const asked: string[] = [];
  let away = true;
  const conferences = {
    takeCallbacks: () => (away ? Promise.reject(new Error('away')) : Promise.resolve()),
    reconcile: ({ conferenceId }: { conferenceId: string }) => Promise.resolve(asked.push(conferenceId) > 0),
    reconcileOpen: () => Promise.resolve(asked.push('all')),
  };
  const journal = await Journal.open(directory(), logger, { bytes: maxWaiting });
  const gateway = createGateway({
    // Nobody asks the API for anything.
    client: {} as unknown as ConferenceClient,
    conferences: conferences as unknown as Conferences,
    accounts: new Accounts([LOCAL_ACCOUNT]),
    callbackTokens: tokens,
    health: () => Promise.resolve({ reachable: true, isWorking: true }),
    journal,
    ackAfter: 'journal',
    hasSecond,
    logger,
  });
  opened.push(() => gateway.close());
  const base = await gateway.listen({ host: '127.0.0.1', port: 0 });
  const url = base + tokens.path({ ...ids, channel: 'primary', attemptId: 'run.1' });
  const post = async (event: object) => {
    const headers = { 'content-type': 'application/json' };
    return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(event) })).status;
  };
  const temporalReturns = () => (away = false);
  return { asked, journal, url, post, temporalReturns, close: () => gateway.close() };
}

const EVENT = { eventType: 'dtmf', note: 'x'.repeat(500) };

test('when a gateway starts all are asked, also where its journal is new: the one before may be gone', async () => {
  const { asked } = await open({});
  expect(asked).toEqual(['all']);
});

test('with a second gateway none are, as that one took what came', async () => {
  const { asked } = await open({ hasSecond: true });
  expect(asked).toEqual([]);
});

test('unless the journal was damaged: what it had taken nobody else has', async () => {
  await (await open({ hasSecond: true })).close();
  const store = new ClassicLevel(directory());
  await store.put('000000001.000000000000001', 'damaged');
  await store.close();
  const { asked } = await open({ hasSecond: true });
  expect(asked).toEqual(['all']);
});

test('a conference is asked of which a callback turns out to be damaged when it is to be forwarded', async () => {
  const { asked, post, temporalReturns, journal } = await open({ hasSecond: true });
  temporalReturns();
  // By then it is no longer in memory.
  jest.spyOn(FreshReceipts.prototype, 'get').mockReturnValueOnce(undefined);
  jest.spyOn(Store.prototype, 'read').mockResolvedValueOnce([undefined]);
  expect(await post(EVENT)).toBe(200);
  await until('it is asked', () => asked.length === 1);
  expect([asked, journal.stats().damaged]).toEqual([[ids.conferenceId], 1]);
});

test('one whose callbacks were refused by a full journal is asked when there is room again', async () => {
  const { asked, post, temporalReturns } = await open({ hasSecond: true, maxWaiting: 1_000 });
  expect([await post(EVENT), await post(EVENT), await post(EVENT)]).toEqual([200, 200, 503]);
  temporalReturns();
  await until('it is asked', () => asked.length > 0);
  expect([asked, await post(EVENT)]).toEqual([[ids.conferenceId], 200]);
});

test('one whose callback was refused before it was read, as too much was being sent, is asked soon afterwards', async () => {
  const { asked, url, post } = await open({ hasSecond: true });
  const path = new URL(url).pathname;
  const head = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${MAX_BODY_BYTES}\r\n\r\n{`;
  const others = Array.from({ length: BODIES_IN_FLIGHT_BYTES / MAX_BODY_BYTES }, () => stranger(url, head));
  await until('one is refused', async () => (await post(EVENT)) === 503);
  for (const { socket } of others) socket.destroy();
  await until('it is asked', () => asked.length > 0);
  expect([asked, await post(EVENT)]).toEqual([[ids.conferenceId], 200]);
});
