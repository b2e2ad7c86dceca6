import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { aftercareWorkflowId } from '../../src/workflows/messages.ts';
import {
  gate,
  platformId,
  startTimeMachine,
  statusEvent,
  type TimeMachine,
  type Turn,
} from '../support/time-skipping.ts';
import { until } from '../support/until.ts';

let machine: TimeMachine;
beforeEach(async () => {
  machine = await startTimeMachine();
});
afterEach(() => machine.close());

test('the conference of a lost attempt that shows after another was adopted is completed, and the customer not told', async () => {
  machine.platform.turn = (attempt) => (attempt === 1 ? 'loses its answer' : 'works');
  const conference = await machine.start();
  await machine.skip(5);
  expect(await machine.view(conference)).toMatchObject({ conference: { phase: 'created' } });

  await machine.send(conference, [
    statusEvent(platformId(1), 'created'),
    statusEvent(platformId(2), 'created'),
    statusEvent(platformId(1), 'completed'),
  ]);
  await machine.skip(60);
  expect(machine.platform.completed).toEqual([platformId(1)]);
  expect(machine.customer.told).toEqual(['created']);
  expect(await machine.view(conference)).toMatchObject({ conference: { phase: 'created' } });
});

test('an orphan is completed even if the platform is unavailable for a while', async () => {
  machine.platform.turn = (attempt) => (attempt === 1 ? 'loses its answer' : 'works');
  let isUp = false;
  machine.platform.completing = () => (isUp ? 'works' : 'is unavailable');
  const conference = await machine.start();
  await machine.skip(5);
  await machine.send(conference, [statusEvent(platformId(1), 'created')]);
  await machine.skip(600);
  expect(machine.platform.completed).toEqual([]);
  isUp = true;
  await machine.skip(60);
  expect(machine.platform.completed).toEqual([platformId(1)]);
});

test('told `completed` while an attempt runs: it is waited for, and its conference completed', async () => {
  const attempt = gate<Turn>();
  machine.platform.turn = () => attempt.opened;
  const conference = await machine.start();
  await until('the platform is asked', () => machine.platform.attempts.length === 1);
  const ending = machine.conferences.update(conference, { state: 'completed' });
  await machine.phase(conference, 'ending');
  expect(machine.platform.completed).toEqual([]);

  attempt.open('works');
  expect(await ending).toEqual({ outcome: 'done' });
  expect(machine.platform.completed).toEqual([platformId(1)]);
  await machine.send(conference, [statusEvent(platformId(1), 'created'), statusEvent(platformId(1), 'completed')]);
  expect(await machine.closed(conference)).toBe('COMPLETED');
  expect(machine.platform.attempts).toHaveLength(1);
  expect(machine.customer.told).toEqual(['created', 'completed']);
});

test('told `completed` between two attempts: no further attempt is made, and a lost one that shows is completed', async () => {
  machine.platform.turn = () => 'loses its answer';
  const conference = await machine.start();
  await machine.skip(60);
  const attempts = machine.platform.attempts.length;
  const ending = machine.conferences.update(conference, { state: 'completed' });
  await machine.phase(conference, 'ending');
  await machine.send(conference, [statusEvent(platformId(attempts), 'created')]);
  // On a slow machine who asked is answered before it is done.
  expect(['done', 'pending']).toContain((await ending)?.outcome);
  await machine.skip(60);
  expect(machine.platform.attempts).toHaveLength(attempts);
  expect(machine.platform.completed).toEqual([platformId(attempts)]);
});

test('a conference that shows when its own workflow has closed is completed by its aftercare', async () => {
  machine.platform.turn = (attempt) => (attempt === 1 ? 'loses its answer' : 'refuses');
  const conference = await machine.start();
  expect(await machine.closed(conference)).toBe('FAILED');
  const { runId } = await conference.handle.describe();
  await machine.send(conference, [statusEvent(platformId(1), 'created')]);
  await machine.env.client.workflow.getHandle(aftercareWorkflowId(conference, runId)).result();
  expect(machine.platform.completed).toEqual([platformId(1)]);
  expect(machine.customer.told).toEqual(['failed']);
});
