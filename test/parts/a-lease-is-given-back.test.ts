import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Leases } from '../../src/gateway/leases.ts';
import { arrival, IDS, LeaseWorld, lentIn, numbersIn, upTo } from '../support/lease-world.ts';
import { gate } from '../support/played.ts';
import { stays, until } from '../support/until.ts';

let world: LeaseWorld;
beforeEach(() => {
  world = new LeaseWorld();
});
afterEach(() => world.close());

test('the first failure gives the lease back, and what waits is the conference’s, each once', async () => {
  const leases = await world.start();
  world.answers = (number) => Promise.resolve(number !== 2);
  await world.arrive(leases, 1, 5);
  await until('all is reported', world.isEmpty);
  expect(world.got).toEqual([1, 2]);
  expect(world.told()).toEqual(upTo(5));
  expect(world.outcomes()).toEqual([1, 2]);
  expect(world.batches.filter(({ returned }) => returned === 1)).toHaveLength(1);
  expect(world.batches.at(-1)?.returned).toBe(1);
  const failures = world.batches.flatMap((batch) =>
    (batch.outcomes ?? []).flatMap(({ result }) => result.failed ?? []),
  );
  expect(failures).toEqual([{ sequence: 2, error: 'callbackUrl: 503', isFirst: true }]);
});

test('a recall is answered when what is being sent is over; what comes meanwhile is told at once, and sent by nobody here', async () => {
  const leases = await world.start();
  const opening = world.opening;
  const slow = gate<boolean>();
  world.answers = () => slow.opened;
  await world.arrive(leases, 1, 2);
  await until('the first is on its way', () => world.got.length === 1);
  world.lends = false;
  let isBack: boolean | undefined;
  const recalled = leases.recall(IDS, opening).then((is) => (isBack = is));
  await world.arrive(leases, 3);
  await until('the third is reported', () => world.told().includes(3));
  await stays('it waits for the customer', () => isBack === undefined, 500);
  slow.open(true);
  await recalled;
  expect(isBack).toBe(true);
  expect(world.got).toEqual([1]);
  const returned = world.batches.findIndex((batch) => batch.returned === 1);
  expect(numbersIn(world.batches.slice(0, returned + 1))).toEqual(expect.arrayContaining([1, 2]));
  await until('all is reported', world.isEmpty);
  expect(world.told()).toEqual([1, 2, 3]);
  expect(await leases.recall(IDS, 'another opening')).toBe(false);
});

test.each([
  ['it is recalled', (leases: Leases, opening: string) => leases.recall(IDS, opening)],
  ['its gateway stops', (leases: Leases) => leases.stop()],
])('a lease is not used where, before its answer has come, %s', async (_what, end) => {
  const leases = await world.start();
  const slow = gate<undefined>();
  let isAsked = false;
  world.answered = () => {
    isAsked = true;
    return slow.opened;
  };
  await world.arrive(leases, 1);
  await until('it is asked for', () => isAsked);
  const ended = end(leases, world.opening);
  slow.open(undefined);
  await ended;
  await until('it is told', world.isEmpty);
  expect(lentIn(world.batches)).toEqual([undefined]);
  expect(world.got).toEqual([]);
});

test('a recall is answered behind what is judged and still on its way to the disk', async () => {
  const leases = await world.start();
  const opening = world.opening;
  await world.arrive(leases, 1);
  await until('the first is reported', world.isEmpty);
  const taken = leases.take(arrival(2));
  await Promise.all([taken, leases.recall(IDS, opening)]);
  const returned = world.batches.findIndex((batch) => batch.returned === 1);
  const second = world.batches.findIndex(({ receipts }) => receipts.some(({ event }) => event['number'] === 2));
  expect(second).toBeLessThanOrEqual(returned);
  expect(second).toBeGreaterThanOrEqual(0);
});

test('a journal that is full refuses an event, and that one goes to nobody', async () => {
  const leases = await world.start({ records: 3 });
  const slow = gate<boolean>();
  world.answers = () => slow.opened;
  await world.arrive(leases, 1, 3);
  await until('the first is on its way', () => world.got.length === 1);
  await expect(leases.take(arrival(4))).rejects.toThrow('the journal is full');
  slow.open(true);
  await until('all is reported', world.isEmpty);
  expect(world.told()).toEqual(upTo(3));
  expect(world.got).toEqual([1]);
  expect(world.batches.at(-1)?.returned).toBe(1);
});

test('what a customer has answered before a process dies is known to the next one', async () => {
  const leases = await world.start();
  await world.arrive(leases, 1);
  await until('the first is told', world.isEmpty);
  world.answers = (number) => (number < 4 ? Promise.resolve(true) : new Promise(() => undefined));
  world.forward = () => Promise.reject(new Error('Temporal is away'));
  await world.arrive(leases, 2, 5);
  await until('the fourth is on its way', () => world.got.includes(4));
  await world.kill();
  Object.assign(world, { lends: false, batches: [], got: [] });
  world.forward = () => Promise.resolve();
  await world.start();
  await until('they are told', world.isEmpty);
  expect(world.told()).toEqual([2, 3, 4, 5]);
  expect(world.outcomes()).toEqual([2, 3]);
  expect(world.batches.at(-1)?.returned).toBe(1);
  await world.stop();
  await world.start();
  expect(world.inJournal()).toMatchObject({ waiting: 0, damaged: 0 });
});

test('after a restart what was sent and not settled is told again, and given back', async () => {
  const leases = await world.start();
  world.answers = () => new Promise(() => undefined);
  await world.arrive(leases, 1, 3);
  const opening = world.opening;
  await until('all three are told', () => world.told().length === 3);
  await world.kill();
  world.batches = [];
  world.lends = false;
  await world.start();
  await until('they are told again', world.isEmpty);
  expect(world.batches).toMatchObject([{ opening, returned: 1 }]);
  expect(world.told()).toEqual(upTo(3));
  expect(world.got).toEqual([1]);
});
