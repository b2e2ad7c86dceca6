import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { LEASE_MS } from '../../src/conference/budget.ts';
import { LEASE_MARGIN_MS } from '../../src/gateway/budget.ts';
import { IDS, LeaseHolder, lentIn, upTo } from '../support/lease-holder.ts';
import { gate } from '../support/played.ts';
import { until } from '../support/until.ts';

/** By how much the monotonic clock is ahead of the real one. */
let ahead: number;
const realNow = performance.now.bind(performance);
let holder: LeaseHolder;
beforeEach(() => {
  holder = new LeaseHolder();
  ahead = 0;
});
afterEach(async () => {
  jest.restoreAllMocks();
  await holder.close();
});

test('each event goes to the customer in order, and its conference hears of it together with what became of it', async () => {
  const leases = await holder.start();
  await holder.arrive(leases, 1, 21);
  await until('all is reported', holder.isEmpty);
  expect(holder.got).toEqual(upTo(21));
  expect(holder.told()).toEqual(upTo(21));
  expect(holder.outcomes()).toEqual(upTo(21));
  expect(lentIn(holder.batches)).toEqual(upTo(21).map((eventSequence) => ({ epoch: 1, eventSequence })));
  expect(holder.batches.length).toBeLessThan(21);
});

test('who reads the conference finds in it what has come before', async () => {
  const leases = await holder.start();
  const slow = gate<boolean>();
  holder.answers = () => slow.opened;
  await holder.arrive(leases, 1);
  await until('it is on its way', () => holder.got.length === 1);
  await leases.flush(IDS);
  expect(holder.told()).toEqual([1]);
  slow.open(true);
  await until('its outcome is reported', () => holder.outcomes().length === 1 && holder.isEmpty());
});

test('what may have been taken is told once more before a lease is asked for', async () => {
  holder.lends = false;
  const leases = await holder.start();
  let failures = 0;
  holder.forward = () => {
    failures += 1;
    return failures === 1 ? Promise.reject(new Error('no answer')) : Promise.resolve();
  };
  await holder.arrive(leases, 1);
  await until('the first try has failed', () => failures === 1);
  holder.lends = true;
  await until('it is told', holder.isEmpty);
  expect(lentIn(holder.batches)).toEqual([undefined]);
  expect(holder.got).toEqual([]);
});

test('a report that Temporal did not take is told again, though nothing more comes', async () => {
  const leases = await holder.start();
  await holder.arrive(leases, 1);
  await until('the first is reported', holder.isEmpty);
  let failures = 0;
  holder.forward = () => {
    failures += 1;
    return failures === 1 ? Promise.reject(new Error('no answer')) : Promise.resolve();
  };
  await holder.arrive(leases, 2);
  await until('the second is reported', holder.isEmpty);
  expect(holder.told()).toEqual([1, 2]);
  expect(holder.outcomes()).toEqual([1, 2]);
});

test('a refused lease leaves all to the conference, in order', async () => {
  holder.lends = false;
  const leases = await holder.start();
  await holder.arrive(leases, 1, 10);
  await until('all is reported', holder.isEmpty);
  expect(holder.told()).toEqual(upTo(10));
  expect(holder.got).toEqual([]);
  expect(holder.asks).toHaveLength(1);
});

test('a lease is renewed before an attempt could outlast it', async () => {
  jest.spyOn(performance, 'now').mockImplementation(() => realNow() + ahead);
  const leases = await holder.start();
  await holder.arrive(leases, 1);
  await until('the first is reported', holder.isEmpty);
  ahead += LEASE_MS - LEASE_MARGIN_MS - 2 * 1_000;
  await holder.arrive(leases, 2);
  await until('the second is reported', holder.isEmpty);
  await until('it was asked for longer', () => holder.asks.some(({ epoch }) => epoch === 1));
  expect(holder.got).toEqual([1, 2]);
});

test('one that has run out unused is asked for anew, and nothing is judged by the old one', async () => {
  jest.spyOn(performance, 'now').mockImplementation(() => realNow() + ahead);
  const leases = await holder.start();
  await holder.arrive(leases, 1);
  await until('the first is reported', holder.isEmpty);
  ahead += LEASE_MS;
  await holder.arrive(leases, 2);
  await until('the second is reported', holder.isEmpty);
  expect(holder.asks.map(({ epoch }) => epoch)).toEqual([undefined, undefined]);
  expect(lentIn(holder.batches.slice(-1))).toEqual([{ epoch: 2, eventSequence: 2 }]);
  expect(holder.got).toEqual([1, 2]);
});
