import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Leases } from '../../src/gateway/leases.ts';
import { arrival, IDS, LeaseHolder, lentIn, numbersIn, upTo } from '../support/lease-holder.ts';
import { gate } from '../support/played.ts';
import { stays, until } from '../support/until.ts';

let holder: LeaseHolder;
beforeEach(() => {
  holder = new LeaseHolder();
});
afterEach(() => holder.close());

test('the first failure gives the lease back, and what waits is the conference’s, each once', async () => {
  const leases = await holder.start();
  holder.answers = (number) => Promise.resolve(number !== 2);
  await holder.arrive(leases, 1, 5);
  await until('all is reported', holder.isEmpty);
  expect(holder.got).toEqual([1, 2]);
  expect(holder.told()).toEqual(upTo(5));
  expect(holder.outcomes()).toEqual([1, 2]);
  expect(holder.batches.filter(({ returned }) => returned === 1)).toHaveLength(1);
  expect(holder.batches.at(-1)?.returned).toBe(1);
  const failures = holder.batches.flatMap((batch) =>
    (batch.outcomes ?? []).flatMap(({ result }) => result.failed ?? []),
  );
  expect(failures).toEqual([{ sequence: 2, error: 'callbackUrl: 503', isFirst: true }]);
});

test('a recall is answered when what is being sent is over; what comes meanwhile is told at once, and sent by nobody here', async () => {
  const leases = await holder.start();
  const opening = holder.opening;
  const slow = gate<boolean>();
  holder.answers = () => slow.opened;
  await holder.arrive(leases, 1, 2);
  await until('the first is on its way', () => holder.got.length === 1);
  holder.lends = false;
  let isBack: boolean | undefined;
  const recalled = leases.recall(IDS, opening).then((is) => (isBack = is));
  await holder.arrive(leases, 3);
  await until('the third is reported', () => holder.told().includes(3));
  await stays('it waits for the customer', () => isBack === undefined, 500);
  slow.open(true);
  await recalled;
  expect(isBack).toBe(true);
  expect(holder.got).toEqual([1]);
  const returned = holder.batches.findIndex((batch) => batch.returned === 1);
  expect(numbersIn(holder.batches.slice(0, returned + 1))).toEqual(expect.arrayContaining([1, 2]));
  await until('all is reported', holder.isEmpty);
  expect(holder.told()).toEqual([1, 2, 3]);
  expect(await leases.recall(IDS, 'another opening')).toBe(false);
});

test.each([
  ['it is recalled', (leases: Leases, opening: string) => leases.recall(IDS, opening)],
  ['its gateway stops', (leases: Leases) => leases.stop()],
])('a lease is not used where, before its answer has come, %s', async (_what, end) => {
  const leases = await holder.start();
  const slow = gate<undefined>();
  let isAsked = false;
  holder.answered = () => {
    isAsked = true;
    return slow.opened;
  };
  await holder.arrive(leases, 1);
  await until('it is asked for', () => isAsked);
  const ended = end(leases, holder.opening);
  slow.open(undefined);
  await ended;
  await until('it is told', holder.isEmpty);
  expect(lentIn(holder.batches)).toEqual([undefined]);
  expect(holder.got).toEqual([]);
});

test('a recall is answered behind what is judged and still on its way to the disk', async () => {
  const leases = await holder.start();
  const opening = holder.opening;
  await holder.arrive(leases, 1);
  await until('the first is reported', holder.isEmpty);
  const taken = leases.take(arrival(2));
  await Promise.all([taken, leases.recall(IDS, opening)]);
  const returned = holder.batches.findIndex((batch) => batch.returned === 1);
  const second = holder.batches.findIndex(({ receipts }) => receipts.some(({ event }) => event['number'] === 2));
  expect(second).toBeLessThanOrEqual(returned);
  expect(second).toBeGreaterThanOrEqual(0);
});

test('a journal that is full refuses an event, and that one goes to nobody', async () => {
  const leases = await holder.start({ records: 3 });
  const slow = gate<boolean>();
  holder.answers = () => slow.opened;
  await holder.arrive(leases, 1, 3);
  await until('the first is on its way', () => holder.got.length === 1);
  await expect(leases.take(arrival(4))).rejects.toThrow('the journal is full');
  slow.open(true);
  await until('all is reported', holder.isEmpty);
  expect(holder.told()).toEqual(upTo(3));
  expect(holder.got).toEqual([1]);
  expect(holder.batches.at(-1)?.returned).toBe(1);
});

test('what a customer has answered before a process dies is known to the next one', async () => {
  const leases = await holder.start();
  await holder.arrive(leases, 1);
  await until('the first is told', holder.isEmpty);
  holder.answers = (number) => (number < 4 ? Promise.resolve(true) : new Promise(() => undefined));
  holder.forward = () => Promise.reject(new Error('Temporal is away'));
  await holder.arrive(leases, 2, 5);
  await until('the fourth is on its way', () => holder.got.includes(4));
  await holder.kill();
  Object.assign(holder, { lends: false, batches: [], got: [] });
  holder.forward = () => Promise.resolve();
  await holder.start();
  await until('they are told', holder.isEmpty);
  expect(holder.told()).toEqual([2, 3, 4, 5]);
  expect(holder.outcomes()).toEqual([2, 3]);
  expect(holder.batches.at(-1)?.returned).toBe(1);
  await holder.stop();
  await holder.start();
  expect(holder.inJournal()).toMatchObject({ waiting: 0, damaged: 0 });
});

test('after a restart what was sent and not settled is told again, and given back', async () => {
  const leases = await holder.start();
  holder.answers = () => new Promise(() => undefined);
  await holder.arrive(leases, 1, 3);
  const opening = holder.opening;
  await until('all three are told', () => holder.told().length === 3);
  await holder.kill();
  holder.batches = [];
  holder.lends = false;
  await holder.start();
  await until('they are told again', holder.isEmpty);
  expect(holder.batches).toMatchObject([{ opening, returned: 1 }]);
  expect(holder.told()).toEqual(upTo(3));
  expect(holder.got).toEqual([1]);
});
