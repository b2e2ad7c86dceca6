import { expect, test } from '@jest/globals';
import { eventResource } from '../../src/client/events.ts';
import type { EventRecord } from '../../src/conference/view.ts';

const record: EventRecord = {
  ...{ id: 'evt-1', sequence: 1, source: 'platform', acceptedAt: 0, status: 'waiting', attempts: [], lane: 'customer' },
  event: { eventType: 'dtmf', dtmfDigit: '1' },
};

test.each([
  ['while it pauses, is shown', 60_000, true],
  ['once it has come, is not: the event is under way, or behind one that is', -1_000, false],
])('the next try of an event, %s', (_when, inMs, isShown) => {
  const nextTryAt = Date.now() + inMs;
  const { nextTryTime } = eventResource({ ...record, nextTryAt });
  expect(nextTryTime).toBe(isShown ? new Date(nextTryAt).toISOString() : undefined);
});
