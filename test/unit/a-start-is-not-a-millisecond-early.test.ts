import { expect, test } from '@jest/globals';
import { createConferenceRequest } from '../../src/catapult/requests.ts';
import { viewOf } from '../../src/conference/view.ts';
import { CONFERENCE, CUSTOMER, START } from './conference-world-events.ts';
import { World } from './conference-world.ts';

const START_AT = '2026-01-01T00:10:00.75Z';
const SHOWN = '2026-01-01T00:10:00.750Z';
const AFTER_MS = 600_750;

/** A conference for then, as a request asks for it; a year of START is long past for the request's own limit. */
function scheduled(fields: object = {}): World {
  const { startAt } = createConferenceRequest.parse({ from: '+19195551234', startAt: START_AT });
  return new World({ callbackUrl: CUSTOMER, startAt, ...fields });
}

test('a conference begins at its time, fraction of a second included, and not before', () => {
  const world = scheduled();
  world.ringAfter(AFTER_MS - 1);
  expect(world.state.phase).toBe('scheduled');
  world.ringAfter(1);
  expect(world.state.phase).toBe('creating');
});

test('its time is shown as it was asked for', () => {
  expect(viewOf(scheduled().state, CONFERENCE).conference).toMatchObject({
    scheduledFor: SHOWN,
    nextTimers: [{ timer: 'start', time: SHOWN }],
  });
});

test('a reminder comes so many seconds before, not earlier, and names the time as it was asked for', () => {
  const world = scheduled({ reminders: [{ before: 60 }] });
  world.ringAfter(AFTER_MS - 60_000 - 1);
  expect(world.accepted).toEqual([]);
  world.ringAfter(1);
  expect(world.accepted.map(({ event }) => event)).toMatchObject([{ status: 'reminder', before: 60, startAt: SHOWN }]);
});

test('a limit is shown when it is due, not up to a second before', () => {
  const world = scheduled({ noShowTimeout: 30 });
  world.ringAfter(AFTER_MS);
  world.answer(true);
  expect(viewOf(world.state, CONFERENCE).conference.nextTimers).toEqual([
    { timer: 'no-show', time: new Date(START + AFTER_MS + 30_000).toISOString() },
  ]);
});
