import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  digitEvent,
  gate,
  platformId,
  startTimeMachine,
  statusEvent,
  type TimeMachine,
  type Turn,
} from '../support/time-skipping.ts';
import { until } from '../support/until.ts';

const P1 = platformId(1);

let machine: TimeMachine;
beforeEach(async () => {
  machine = await startTimeMachine();
});
afterEach(() => machine.close());

const completedOnThePlatform = (id: string) =>
  until(`${id} is completed`, () => machine.platform.completed.includes(id));

test('the platform’s conference is completed, the customer told so, and the workflow ends as cancelled', async () => {
  const conference = await machine.created();
  await machine.send(conference, [statusEvent(P1, 'created'), digitEvent(P1, 1)]);
  await until('the customer is told', () => machine.customer.told.length === 2);
  await conference.handle.cancel();
  await completedOnThePlatform(P1);
  await machine.send(conference, [statusEvent(P1, 'completed')]);
  expect(await machine.closed(conference)).toBe('CANCELLED');
  expect(machine.customer.told).toEqual(['created', 'dtmf 1', 'completed']);
  expect(machine.platform.completed).toEqual([P1]);
});

test('it still keeps time: a `completed` event that the platform owes is made up, a customer who is down told later', async () => {
  let isUp = false;
  machine.customer.takes = () => isUp;
  const conference = await machine.created();
  await machine.send(conference, [statusEvent(P1, 'created'), digitEvent(P1, 1)]);
  await machine.skip(90);
  await conference.handle.cancel();
  await completedOnThePlatform(P1);
  await machine.skip(60);
  expect(await machine.view(conference)).toMatchObject({ conference: { phase: 'completed', reason: 'cancelled' } });
  isUp = true;
  expect(await machine.closed(conference)).toBe('CANCELLED');
  expect(machine.customer.told).toEqual(['created', 'dtmf 1', 'completed']);
});

test('while an attempt to create runs: it is waited for, and its conference completed', async () => {
  const attempt = gate<Turn>();
  machine.platform.turn = () => attempt.opened;
  const conference = await machine.start();
  await until('the platform is asked', () => machine.platform.attempts.length === 1);
  await conference.handle.cancel();
  await machine.phase(conference, 'ending');
  attempt.open('works');
  await completedOnThePlatform(P1);
  await machine.send(conference, [statusEvent(P1, 'created'), statusEvent(P1, 'completed')]);
  expect(await machine.closed(conference)).toBe('CANCELLED');
  expect(machine.platform.attempts).toHaveLength(1);
  expect(machine.customer.told).toEqual(['created', 'completed']);
});

test('between two attempts: no further attempt is made, a lost one has 10 s to show, and the customer is told', async () => {
  machine.platform.turn = () => 'loses its answer';
  const conference = await machine.start();
  await machine.skip(60);
  const attempts = machine.platform.attempts.length;
  await conference.handle.cancel();
  await machine.phase(conference, 'ending');
  await machine.send(conference, [statusEvent(platformId(attempts), 'created')]);
  await completedOnThePlatform(platformId(attempts));
  await machine.send(conference, [statusEvent(platformId(attempts), 'completed')]);
  expect(await machine.closed(conference)).toBe('CANCELLED');
  expect(machine.platform.attempts).toHaveLength(attempts);
  expect(machine.customer.told).toEqual(['created', 'completed']);
});

test('before the platform has anything: nothing is completed, and the customer is told', async () => {
  machine.platform.turn = () => 'is unavailable';
  const conference = await machine.start();
  await machine.skip(60);
  await conference.handle.cancel();
  expect(await machine.closed(conference)).toBe('CANCELLED');
  expect(machine.platform.completed).toEqual([]);
  expect(machine.customer.told).toEqual(['completed']);
});
