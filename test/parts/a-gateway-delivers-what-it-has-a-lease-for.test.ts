import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { LEASE_MS } from '../../src/conference/budget.ts';
import { LEASE_MARGIN_MS } from '../../src/gateway/budget.ts';
import { IDS, LeaseWorld, lentIn, upTo } from '../support/lease-world.ts';
import { gate } from '../support/played.ts';
import { until } from '../support/until.ts';

/** By how much the monotonic clock is ahead of the real one. */
let ahead: number;
const realNow = performance.now.bind(performance);
let world: LeaseWorld;
beforeEach(() => {
  world = new LeaseWorld();
  ahead = 0;
});
afterEach(async () => {
  jest.restoreAllMocks();
  await world.close();
});

test('each event goes to the customer in order, and its conference hears of it together with what became of it', async () => {
  const leases = await world.start();
  await world.arrive(leases, 1, 21);
  await until('all is reported', world.isEmpty);
  expect(world.got).toEqual(upTo(21));
  expect(world.told()).toEqual(upTo(21));
  expect(world.outcomes()).toEqual(upTo(21));
  expect(lentIn(world.batches)).toEqual(upTo(21).map((eventSequence) => ({ epoch: 1, eventSequence })));
  expect(world.batches.length).toBeLessThan(21);
});

test('who reads the conference finds in it what has come before', async () => {
  const leases = await world.start();
  const slow = gate<boolean>();
  world.answers = () => slow.opened;
  await world.arrive(leases, 1);
  await until('it is on its way', () => world.got.length === 1);
  await leases.flush(IDS);
  expect(world.told()).toEqual([1]);
  slow.open(true);
  await until('its outcome is reported', () => world.outcomes().length === 1 && world.isEmpty());
});

test('what may have been taken is told once more before a lease is asked for', async () => {
  world.lends = false;
  const leases = await world.start();
  let failures = 0;
  world.forward = () => {
    failures += 1;
    return failures === 1 ? Promise.reject(new Error('no answer')) : Promise.resolve();
  };
  await world.arrive(leases, 1);
  await until('the first try has failed', () => failures === 1);
  world.lends = true;
  await until('it is told', world.isEmpty);
  expect(lentIn(world.batches)).toEqual([undefined]);
  expect(world.got).toEqual([]);
});

test('a report that Temporal did not take is told again, though nothing more comes', async () => {
  const leases = await world.start();
  await world.arrive(leases, 1);
  await until('the first is reported', world.isEmpty);
  let failures = 0;
  world.forward = () => {
    failures += 1;
    return failures === 1 ? Promise.reject(new Error('no answer')) : Promise.resolve();
  };
  await world.arrive(leases, 2);
  await until('the second is reported', world.isEmpty);
  expect(world.told()).toEqual([1, 2]);
  expect(world.outcomes()).toEqual([1, 2]);
});

test('a refused lease leaves all to the conference, in order', async () => {
  world.lends = false;
  const leases = await world.start();
  await world.arrive(leases, 1, 10);
  await until('all is reported', world.isEmpty);
  expect(world.told()).toEqual(upTo(10));
  expect(world.got).toEqual([]);
  expect(world.asks).toHaveLength(1);
});

test('a lease is renewed before an attempt could outlast it', async () => {
  jest.spyOn(performance, 'now').mockImplementation(() => realNow() + ahead);
  const leases = await world.start();
  await world.arrive(leases, 1);
  await until('the first is reported', world.isEmpty);
  ahead += LEASE_MS - LEASE_MARGIN_MS - 2 * 1_000;
  await world.arrive(leases, 2);
  await until('the second is reported', world.isEmpty);
  await until('it was asked for longer', () => world.asks.some(({ epoch }) => epoch === 1));
  expect(world.got).toEqual([1, 2]);
});

test('one that has run out unused is asked for anew, and nothing is judged by the old one', async () => {
  jest.spyOn(performance, 'now').mockImplementation(() => realNow() + ahead);
  const leases = await world.start();
  await world.arrive(leases, 1);
  await until('the first is reported', world.isEmpty);
  ahead += LEASE_MS;
  await world.arrive(leases, 2);
  await until('the second is reported', world.isEmpty);
  expect(world.asks.map(({ epoch }) => epoch)).toEqual([undefined, undefined]);
  expect(lentIn(world.batches.slice(-1))).toEqual([{ epoch: 2, eventSequence: 2 }]);
  expect(world.got).toEqual([1, 2]);
});
