import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { WorkflowFailedError } from '@temporalio/client';
import { errorBody } from '../../src/catapult/errors.ts';
import { createConferenceRequest } from '../../src/catapult/requests.ts';
import { CUSTOMER_URL, FROM, REFUSAL, startTimeMachine, USER, type TimeMachine } from '../support/time-skipping.ts';

let machine: TimeMachine;
beforeEach(async () => {
  machine = await startTimeMachine();
  machine.platform.turn = () => 'refuses';
});
afterEach(() => machine.close());

test('the caller gets the platform’s own words, the workflow fails, and nothing is told by callback', async () => {
  const request = createConferenceRequest.parse({ from: FROM, callbackUrl: CUSTOMER_URL });
  const { conferenceId, ...answer } = await machine.conferences.create(USER, request);
  expect(answer).toEqual({ outcome: 'refused', error: REFUSAL });

  const failure: unknown = await machine
    .conference(conferenceId)
    .handle.result()
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(WorkflowFailedError);
  expect(failure).toMatchObject({
    cause: { type: 'creation-failed', details: [REFUSAL, { state: { phase: 'failed' } }] },
  });
  expect(machine.platform.attempts).toHaveLength(1);
  expect(machine.customer.tries).toEqual([]);
});

test('when nobody waited for the answer it is told by callback', async () => {
  const conference = await machine.start();
  expect(await machine.closed(conference)).toBe('FAILED');
  expect(machine.platform.attempts).toHaveLength(1);
  expect(machine.customer.taken).toMatchObject([{ status: 'failed', error: errorBody(REFUSAL) }]);
});
