import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CallbackEvent } from '../../src/catapult/events.ts';
import { addMemberRequest, audioRequest } from '../../src/catapult/requests.ts';
import { platformId, startTimeMachine, statusEvent, UNAVAILABLE, type TimeMachine } from '../support/time-skipping.ts';
import { until } from '../support/until.ts';

/*
 * What goes to the platform at most once shows by its event that it was done. The event may come while the request is still
 * under way, and the answer be lost only then.
 */

let machine: TimeMachine;
beforeAll(async () => {
  machine = await startTimeMachine();
});
afterAll(() => machine.close());

const P1 = platformId(1);

const joined: CallbackEvent = {
  ...{ eventType: 'conference-member', conferenceId: P1, memberId: 'member-a', callId: 'call-a' },
  ...{ state: 'active', mute: false, hold: false, activeMembers: 1, time: '2026-01-01T00:00:01Z' },
};
const spoken: CallbackEvent = {
  ...{ eventType: 'conference-speak', conferenceId: P1, status: 'started', tag: 'greeting' },
};

/** A conference; the platform tells of what it is asked for by `confirmation`, and its answer is lost after that has come. */
async function answersAreLost(method: 'addMember' | 'playAudio', confirmation: CallbackEvent) {
  const conference = await machine.created();
  await machine.send(conference, [statusEvent(P1, 'created')]);
  machine.platform[method] = async () => {
    await machine.send(conference, [confirmation]);
    await until('the event is known', async () => (await machine.view(conference)).events.accepted === 2);
    return { outcome: 'lost', error: UNAVAILABLE };
  };
  return conference;
}

test('an added member', async () => {
  const conference = await answersAreLost('addMember', joined);
  const fields = addMemberRequest.parse({ callId: 'call-a' });
  expect(await machine.conferences.addMember(conference, fields)).toEqual({ outcome: 'done', id: 'member-a' });
});

test('a sentence', async () => {
  const conference = await answersAreLost('playAudio', spoken);
  const fields = audioRequest.parse({ sentence: 'Hello', tag: 'greeting' });
  expect(await machine.conferences.playAudio(conference, fields)).toEqual({ outcome: 'done' });
});
