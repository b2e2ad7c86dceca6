import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import { Accounts, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import type { CallbackBatch } from '../../src/client/index.ts';
import { LEASE_MS } from '../../src/conference/budget.ts';
import { emptyDedupeMemory } from '../../src/conference/state/dedupe.ts';
import type { LeaseAnswer, LeaseAsk } from '../../src/conference/state/lease.ts';
import type { DeliveryAttempt, Deliverer } from '../../src/delivery/deliver.ts';
import type { Arrival } from '../../src/gateway/entries.ts';
import { LEASE_MARGIN_MS } from '../../src/gateway/budget.ts';
import { Forwarder } from '../../src/gateway/forwarder.ts';
import { Journal } from '../../src/gateway/journal.ts';
import { Leases } from '../../src/gateway/leases.ts';
import { gate } from '../support/played.ts';
import { dataDirectory } from '../support/processes.ts';
import { stays, until } from '../support/until.ts';

/* The gateway's side of a lease, on a real journal. The conference and the customer are played. */

const logger = pino({ level: 'silent' });
const IDS = { userId: LOCAL_ACCOUNT.userId, conferenceId: 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa' };
const CUSTOMER = 'https://customer.example/events';

let data: ReturnType<typeof dataDirectory>;
/** What the conference has been asked and told. */
let asks: Omit<LeaseAsk, 'until'>[];
let batches: CallbackBatch[];
let lends: boolean;
/** Its answer to who asks for a lease is on its way till then. */
let answered: () => Promise<unknown>;
let nextSequence: number;
let forward: (batch: CallbackBatch) => Promise<void>;
/** What the customer has got, and what it answers. */
let got: number[];
let answers: (number: number) => Promise<boolean>;
/** By how much the monotonic clock is ahead of the real one. */
let ahead: number;
const realNow = performance.now.bind(performance);
let running: { journal: Journal; forwarder: Forwarder; leases: Leases } | undefined;

beforeEach(() => {
  data = dataDirectory();
  [asks, batches, got] = [[], [], []];
  [lends, nextSequence, ahead] = [true, 1, 0];
  forward = () => Promise.resolve();
  answered = () => Promise.resolve();
  answers = () => Promise.resolve(true);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await stop();
  data.remove();
});

/** The conference lends its n-th epoch, from the next number on. */
function answerTo(ask: Omit<LeaseAsk, 'until'>): LeaseAnswer {
  asks.push(ask);
  if (ask.epoch !== undefined) return { outcome: 'renewed' };
  if (!lends) return { outcome: 'refused', why: 'the test wants it' };
  const settings = {
    callbackUrl: CUSTOMER,
    fallbackUrl: undefined,
    callbackHttpMethod: 'POST',
    callbackTimeout: 1_000,
  } as const;
  const judgedBy = {
    platformId: 'platform-1',
    createAttempts: { 'run.1': 'platform-1' },
    calls: {},
    tellsReason: false,
  };
  const terms = { epoch: asks.length, nextSequence, settings, dedupe: emptyDedupeMemory(), ...judgedBy };
  return { outcome: 'granted', terms };
}

const deliverer: Deliverer = {
  async deliver({ event }) {
    const number = Number(event['number']);
    got.push(number);
    const ok = await answers(number);
    const attempt: DeliveryAttempt = {
      url: 'callbackUrl',
      at: Date.now(),
      ok,
      result: ok ? '200' : '503',
      milliseconds: 1,
    };
    return [attempt];
  },
  close: () => Promise.resolve(),
};

async function start(room = {}): Promise<Leases> {
  const journal = await Journal.open(join(data.path, 'journal'), logger, room);
  const take = async (_ids: unknown, batch: CallbackBatch) => {
    await forward(batch);
    batches.push(batch);
    for (const { lent } of batch.receipts) nextSequence = Math.max(nextSequence, (lent?.eventSequence ?? 0) + 1);
  };
  const forwarder = new Forwarder(journal, take, logger);
  const leases = new Leases({
    ...{
      journal,
      forwarder,
      deliverer,
      logger,
      accounts: new Accounts([LOCAL_ACCOUNT]),
      url: () => 'http://gateway',
      bridgeUrl: () => 'http://gateway',
    },
    conferences: { askForLease: (_ids, ask) => answered().then(() => answerTo(ask)) },
  });
  running = { journal, forwarder, leases };
  return leases;
}

async function stop(): Promise<void> {
  if (running === undefined) return;
  await running.leases.stop();
  await running.forwarder.stop();
  await running.journal.close();
  running = undefined;
}

const arrival = (number: number): Arrival => ({
  ...IDS,
  ...{ channel: 'primary', attemptId: 'run.1', arrivedAt: Date.now(), digest: `digest-${number}` },
  event: { eventType: 'dtmf', number },
});

async function arrive(leases: Leases, from: number, to = from): Promise<void> {
  await Promise.all(Array.from({ length: to - from + 1 }, (_, index) => leases.take(arrival(from + index))));
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
const told = () => batches.flatMap(({ receipts }) => receipts.map(({ event }) => event['number']));
const outcomes = () =>
  batches.flatMap((batch) =>
    (batch.outcomes ?? []).flatMap(({ result }) => result.attempts.map((one) => one.sequence)),
  );
const lentIn = (some: CallbackBatch[]) => some.flatMap(({ receipts }) => receipts.map(({ lent }) => lent));
const inJournal = () => running?.journal.stats();
const isEmpty = () => inJournal()?.waiting === 0;

test('each event goes to the customer in order, and its conference hears of it together with what became of it', async () => {
  const leases = await start();
  await arrive(leases, 1, 21);
  await until('all is reported', isEmpty);
  expect(got).toEqual(upTo(21));
  expect(told()).toEqual(upTo(21));
  expect(outcomes()).toEqual(upTo(21));
  expect(lentIn(batches)).toEqual(upTo(21).map((eventSequence) => ({ epoch: 1, eventSequence })));
  expect(batches.length).toBeLessThan(21);
});

test('who reads the conference finds in it what has come before', async () => {
  const leases = await start();
  const slow = gate<boolean>();
  answers = () => slow.opened;
  await arrive(leases, 1);
  await until('it is on its way', () => got.length === 1);
  await leases.flush(IDS);
  expect(told()).toEqual([1]);
  slow.open(true);
  await until('its outcome is reported', () => outcomes().length === 1 && isEmpty());
});

test('the first failure gives the lease back, and what waits is the conference’s, each once', async () => {
  const leases = await start();
  answers = (number) => Promise.resolve(number !== 2);
  await arrive(leases, 1, 5);
  await until('all is reported', isEmpty);
  expect(got).toEqual([1, 2]);
  expect(told()).toEqual(upTo(5));
  expect(outcomes()).toEqual([1, 2]);
  expect(batches.filter(({ returned }) => returned === 1)).toHaveLength(1);
  expect(batches.at(-1)?.returned).toBe(1);
  const failures = batches.flatMap((batch) => (batch.outcomes ?? []).flatMap(({ result }) => result.failed ?? []));
  expect(failures).toEqual([{ sequence: 2, error: 'callbackUrl: 503', isFirst: true }]);
});

test('a recall is answered when what is being sent is over; what comes meanwhile is told at once, and sent by nobody here', async () => {
  const leases = await start();
  const opening = running?.journal.opening ?? '';
  const slow = gate<boolean>();
  answers = () => slow.opened;
  await arrive(leases, 1, 2);
  await until('the first is on its way', () => got.length === 1);
  lends = false;
  let isBack: boolean | undefined;
  const recalled = leases.recall(IDS, opening).then((is) => (isBack = is));
  await arrive(leases, 3);
  await until('the third is reported', () => told().includes(3));
  await stays('it waits for the customer', () => isBack === undefined, 500);
  slow.open(true);
  await recalled;
  expect(isBack).toBe(true);
  expect(got).toEqual([1]);
  const returned = batches.findIndex((batch) => batch.returned === 1);
  const numbersIn = (some: CallbackBatch[]) =>
    some.flatMap(({ receipts }) => receipts.map(({ event }) => event['number']));
  expect(numbersIn(batches.slice(0, returned + 1))).toEqual(expect.arrayContaining([1, 2]));
  await until('all is reported', isEmpty);
  expect(told()).toEqual([1, 2, 3]);
  expect(await leases.recall(IDS, 'another opening')).toBe(false);
});

test.each([
  ['it is recalled', (leases: Leases, opening: string) => leases.recall(IDS, opening)],
  ['its gateway stops', (leases: Leases) => leases.stop()],
])('a lease is not used where, before its answer has come, %s', async (_what, end) => {
  const leases = await start();
  const slow = gate<undefined>();
  let isAsked = false;
  answered = () => {
    isAsked = true;
    return slow.opened;
  };
  await arrive(leases, 1);
  await until('it is asked for', () => isAsked);
  const ended = end(leases, running?.journal.opening ?? '');
  slow.open(undefined);
  await ended;
  await until('it is told', isEmpty);
  expect(lentIn(batches)).toEqual([undefined]);
  expect(got).toEqual([]);
});

test('a recall is answered behind what is judged and still on its way to the disk', async () => {
  const leases = await start();
  const opening = running?.journal.opening ?? '';
  await arrive(leases, 1);
  await until('the first is reported', isEmpty);
  const taken = leases.take(arrival(2));
  await Promise.all([taken, leases.recall(IDS, opening)]);
  const returned = batches.findIndex((batch) => batch.returned === 1);
  const second = batches.findIndex(({ receipts }) => receipts.some(({ event }) => event['number'] === 2));
  expect(second).toBeLessThanOrEqual(returned);
  expect(second).toBeGreaterThanOrEqual(0);
});

test('what may have been taken is told once more before a lease is asked for', async () => {
  lends = false;
  const leases = await start();
  let failures = 0;
  forward = () => {
    failures += 1;
    return failures === 1 ? Promise.reject(new Error('no answer')) : Promise.resolve();
  };
  await arrive(leases, 1);
  await until('the first try has failed', () => failures === 1);
  lends = true;
  await until('it is told', isEmpty);
  expect(lentIn(batches)).toEqual([undefined]);
  expect(got).toEqual([]);
});

test('a report that Temporal did not take is told again, though nothing more comes', async () => {
  const leases = await start();
  await arrive(leases, 1);
  await until('the first is reported', isEmpty);
  let failures = 0;
  forward = () => {
    failures += 1;
    return failures === 1 ? Promise.reject(new Error('no answer')) : Promise.resolve();
  };
  await arrive(leases, 2);
  await until('the second is reported', isEmpty);
  expect(told()).toEqual([1, 2]);
  expect(outcomes()).toEqual([1, 2]);
});

test('a refused lease leaves all to the conference, in order', async () => {
  lends = false;
  const leases = await start();
  await arrive(leases, 1, 10);
  await until('all is reported', isEmpty);
  expect(told()).toEqual(upTo(10));
  expect(got).toEqual([]);
  expect(asks).toHaveLength(1);
});

test('a journal that is full refuses an event, and that one goes to nobody', async () => {
  const leases = await start({ records: 3 });
  const slow = gate<boolean>();
  answers = () => slow.opened;
  await arrive(leases, 1, 3);
  await until('the first is on its way', () => got.length === 1);
  await expect(leases.take(arrival(4))).rejects.toThrow('the journal is full');
  slow.open(true);
  await until('all is reported', isEmpty);
  expect(told()).toEqual(upTo(3));
  expect(got).toEqual([1]);
  expect(batches.at(-1)?.returned).toBe(1);
});

test('a lease is renewed before an attempt could outlast it', async () => {
  jest.spyOn(performance, 'now').mockImplementation(() => realNow() + ahead);
  const leases = await start();
  await arrive(leases, 1);
  await until('the first is reported', isEmpty);
  ahead += LEASE_MS - LEASE_MARGIN_MS - 2 * 1_000;
  await arrive(leases, 2);
  await until('the second is reported', isEmpty);
  await until('it was asked for longer', () => asks.some(({ epoch }) => epoch === 1));
  expect(got).toEqual([1, 2]);
});

test('one that has run out unused is asked for anew, and nothing is judged by the old one', async () => {
  jest.spyOn(performance, 'now').mockImplementation(() => realNow() + ahead);
  const leases = await start();
  await arrive(leases, 1);
  await until('the first is reported', isEmpty);
  ahead += LEASE_MS;
  await arrive(leases, 2);
  await until('the second is reported', isEmpty);
  expect(asks.map(({ epoch }) => epoch)).toEqual([undefined, undefined]);
  expect(lentIn(batches.slice(-1))).toEqual([{ epoch: 2, eventSequence: 2 }]);
  expect(got).toEqual([1, 2]);
});

test('what a customer has answered before a process dies is known to the next one', async () => {
  const leases = await start();
  await arrive(leases, 1);
  await until('the first is told', isEmpty);
  answers = (number) => (number < 4 ? Promise.resolve(true) : new Promise(() => undefined));
  forward = () => Promise.reject(new Error('Temporal is away'));
  await arrive(leases, 2, 5);
  await until('the fourth is on its way', () => got.includes(4));
  // As if it were killed: nothing is given back.
  await running?.forwarder.stop();
  await running?.journal.close();
  running = undefined;
  [lends, batches, got] = [false, [], []];
  forward = () => Promise.resolve();
  await start();
  await until('they are told', isEmpty);
  expect(told()).toEqual([2, 3, 4, 5]);
  expect(outcomes()).toEqual([2, 3]);
  expect(batches.at(-1)?.returned).toBe(1);
  await stop();
  await start();
  expect(inJournal()).toMatchObject({ waiting: 0, damaged: 0 });
});

test('after a restart what was sent and not settled is told again, and given back', async () => {
  const leases = await start();
  answers = () => new Promise(() => undefined);
  await arrive(leases, 1, 3);
  const opening = running?.journal.opening;
  await until('all three are told', () => told().length === 3);
  // As if it were killed: nothing is given back.
  await running?.forwarder.stop();
  await running?.journal.close();
  batches = [];
  running = undefined;
  lends = false;
  await start();
  await until('they are told again', isEmpty);
  expect(batches).toMatchObject([{ opening, returned: 1 }]);
  expect(told()).toEqual(upTo(3));
  expect(got).toEqual([1]);
});
