import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { WorkflowFailedError } from '@temporalio/client';
import { createConferenceRequest } from '../../src/catapult/requests.ts';
import { CUSTOMER_URL, FROM, startTimeMachine, UNAVAILABLE, USER, type TimeMachine } from '../support/time-skipping.ts';
import { until } from '../support/until.ts';

let machine: TimeMachine;
beforeEach(async () => {
  machine = await startTimeMachine();
});
afterEach(() => machine.close());

/** When each create attempt came, in whole seconds after the first. */
function attemptTimes(): number[] {
  const [first = 0] = machine.platform.attempts;
  return machine.platform.attempts.map((at) => Math.floor((at - first) / 1000));
}

test('a platform that is unavailable for a minute gets the conference after it', async () => {
  machine.platform.turn = () => ((attemptTimes().at(-1) ?? 0) < 60 ? 'is unavailable' : 'works');
  const conference = await machine.start();
  await machine.skip(50);
  expect(await machine.view(conference)).toMatchObject({ conference: { phase: 'creating' } });
  await machine.skip(50);
  expect(await machine.view(conference)).toMatchObject({ conference: { phase: 'created' } });
  expect(attemptTimes().filter((at) => at >= 60)).toHaveLength(1);
  // Its own event may have been made up by now.
  expect(machine.customer.told.filter((status) => status !== 'created')).toEqual([]);
});

test('a platform that never answers: after 300 s, and 10 s more for a late event, the customer is told `failed`', async () => {
  machine.platform.turn = () => 'is unavailable';
  const conference = await machine.start();
  const failure: unknown = await conference.handle.result().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(WorkflowFailedError);
  expect(failure).toMatchObject({
    cause: { type: 'creation-failed', message: expect.stringContaining(UNAVAILABLE.message) as unknown },
  });

  // Attempts are at most 20 s apart, and none is made that could not be answered in time.
  const lastAttempt = attemptTimes().at(-1);
  expect(lastAttempt).toBeGreaterThan(270);
  expect(lastAttempt).toBeLessThanOrEqual(300);
  expect(machine.customer.taken).toEqual([
    expect.objectContaining({
      eventType: 'conference',
      status: 'failed',
      conferenceId: conference.conferenceId,
      error: {
        category: 'unavailable',
        code: 'gateway-unavailable',
        message: expect.stringContaining(UNAVAILABLE.message) as unknown,
        details: [],
      },
    }),
  ]);
  const [told] = machine.customer.tries;
  const waited = (told?.at ?? 0) - (machine.platform.attempts.at(-1) ?? 0);
  expect(Math.floor(waited / 1000)).toBeGreaterThanOrEqual(10);
});

test('a caller who waited longer than 8 s is told by callback too: they may have gone with a 202', async () => {
  machine.platform.turn = (attempt) => (attempt < 6 ? 'is unavailable' : 'refuses');
  const request = createConferenceRequest.parse({ from: FROM, callbackUrl: CUSTOMER_URL });
  const answer = machine.conferences.create(USER, request);
  await until('the platform is asked', () => machine.platform.attempts.length === 1);
  await machine.skip(60);
  expect(await answer).toMatchObject({ outcome: 'refused' });
  expect(await machine.closed(machine.conference((await answer).conferenceId))).toBe('FAILED');
  expect(machine.customer.told).toEqual(['failed']);
});

test('429: the platform is asked again at the time it names, and not before', async () => {
  // By the clock of the platform, which does not leap.
  let reset = 0;
  machine.platform.turn = (attempt) => {
    reset ||= Date.now() + 2_000;
    return attempt === 1 || Date.now() < reset ? { retryAfter: 2 } : 'works';
  };
  const conference = await machine.start();
  await machine.skip(5);
  await until('the platform is asked again', () => machine.platform.attempts.length >= 2);
  expect(Date.now()).toBeGreaterThanOrEqual(reset);
  await machine.phase(conference, 'created');
});
