import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { platformId, startTimeMachine, statusEvent, type TimeMachine } from '../support/time-skipping.ts';

let machine: TimeMachine;
beforeEach(async () => {
  machine = await startTimeMachine();
});
afterEach(() => machine.close());

test('the `completed` event that the platform owes is made up after 30 s', async () => {
  const conference = await machine.created();
  await machine.send(conference, [statusEvent(platformId(1), 'created')]);
  expect(await machine.conferences.update(conference, { state: 'completed' })).toEqual({ outcome: 'done' });
  await machine.skip(25);
  expect(await machine.view(conference)).toMatchObject({ conference: { phase: 'ending', state: 'completed' } });
  expect(machine.customer.told).toEqual(['created']);

  await machine.skip(10);
  expect(await machine.closed(conference)).toBe('COMPLETED');
  expect(machine.customer.told).toEqual(['created', 'completed']);
  expect(machine.customer.taken[1]).toMatchObject({
    conferenceId: conference.conferenceId,
    conferenceUri: expect.stringContaining(conference.conferenceId),
    createdTime: '2026-01-01T00:00:00Z',
    completedTime: expect.stringMatching(/Z$/),
  });
});

test('the platform’s own event that comes in time is told, and none is made up beside it', async () => {
  const conference = await machine.created();
  await machine.send(conference, [statusEvent(platformId(1), 'created')]);
  await machine.conferences.update(conference, { state: 'completed' });
  await machine.skip(25);
  await machine.send(conference, [
    { ...statusEvent(platformId(1), 'completed'), completedTime: '2026-01-01T01:00:00Z' },
  ]);
  expect(await machine.closed(conference)).toBe('COMPLETED');
  expect(machine.customer.taken).toMatchObject([
    { status: 'created' },
    { status: 'completed', completedTime: '2026-01-01T01:00:00Z' },
  ]);
});
