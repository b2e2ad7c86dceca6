import { expect, test } from '@jest/globals';
import { createConferenceRequest } from '../../src/catapult/requests.ts';
import { enqueue } from '../../src/conference/outbox/outbox.ts';
import { initialState } from '../../src/conference/state/state.ts';
import { eventRecordsOf } from '../../src/conference/view.ts';

const TEMPORAL_TAKES = 2 * 1024 * 1024;

test.each([
  ['letters of one byte', 'x'],
  ['letters of three bytes', '会'],
])('a hundred large events are cut where an answer is full: %s', (_what, letter) => {
  const state = initialState(createConferenceRequest.parse({ from: '+19195551234' }), 0);
  const note = letter.repeat(60_000 / Buffer.byteLength(letter));
  const context = { conferenceId: 'conf-abc', runId: 'run-1', now: 0 };
  for (let event = 0; event < 100; event += 1) enqueue(state.outbox, undefined, { eventType: 'dtmf', note }, context);
  const answer = eventRecordsOf(
    state,
    Array.from({ length: 100 }, (_, index) => index + 1),
  );
  expect(answer.length).toBeGreaterThan(10);
  expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(TEMPORAL_TAKES);
});
