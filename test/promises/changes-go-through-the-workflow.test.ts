import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { conferencePath, membersPath } from '../../src/catapult/paths.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const json = async (path: string): Promise<unknown> => (await house.call('GET', path)).json();
const idOf = (answer: Response) => answer.headers.get('location')?.split('/').pop() ?? '';

/** A conference that somebody has joined: its path, and the member's. */
async function joined(fields: Record<string, unknown> = {}) {
  const conferenceId = await house.create(fields);
  const path = conferencePath(USER, conferenceId);
  const caller = house.sandbox.platform.callIn();
  const added = await house.call('POST', `${path}/members`, { callId: caller.id });
  expect(added.status).toBe(201);
  return { conferenceId, path, caller, member: new URL(added.headers.get('location') ?? '').pathname };
}

/** What really exists on the platform. */
const onPlatform = (conferenceId: string) =>
  house.sandbox.platform.list().find(({ callbackUrl }) => callbackUrl?.includes(conferenceId));

test('a member is added, muted, held and removed on the platform, and seen at once', async () => {
  const { conferenceId, path, caller, member } = await joined();
  expect(await json(member)).toMatchObject({
    id: member.split('/').pop(),
    state: 'active',
    mute: false,
    hold: false,
    joinTone: false,
    leavingTone: false,
    call: `${house.url}/v1/users/${USER}/calls/${caller.id}`,
    addedTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as unknown,
  });
  expect(await json(path)).toMatchObject({ state: 'active', activeMembers: 1 });

  expect((await house.call('POST', member, { mute: 'true', hold: true, joinTone: true })).status).toBe(200);
  expect(await json(member)).toMatchObject({ mute: true, hold: true, joinTone: true });
  expect(onPlatform(conferenceId)?.members).toMatchObject([{ mute: true, hold: true, joinTone: true }]);

  expect((await house.call('POST', member, { state: 'completed' })).status).toBe(200);
  expect(await json(member)).toMatchObject({ state: 'completed', removedTime: expect.any(String) as unknown });
  expect(await json(membersPath(USER, conferenceId))).toHaveLength(1);
  expect(onPlatform(conferenceId)?.members).toMatchObject([{ state: 'completed' }]);
});

test('hold and mute of the conference reach the platform, and the conference shows them', async () => {
  const { conferenceId, path } = await joined();
  expect((await house.call('POST', path, { hold: true, mute: 'TRUE', tag: 'later' })).status).toBe(200);
  expect(await json(path)).toMatchObject({ hold: true, mute: true, tag: 'later' });
  expect(onPlatform(conferenceId)).toMatchObject({ hold: true, mute: true });
});

test('a call is dialled into the conference and becomes a member', async () => {
  const { conferenceId } = await joined();
  const answer = await house.call('POST', `/v1/users/${USER}/calls`, {
    from: '+19195551234',
    to: '+19195550000',
    conferenceId,
  });
  expect(answer.status).toBe(201);
  const callId = idOf(answer);
  expect(answer.headers.get('location')).toBe(`${house.url}/v1/users/${USER}/calls/${callId}`);
  const joins = await house.customer.until('/callback', 2);
  expect(joins.length).toBeGreaterThan(1);
});

test('audio is played to all and to one', async () => {
  const { conferenceId, path, member } = await joined();
  expect((await house.call('POST', `${path}/audio`, { fileUrl: 'http://x/a.wav' })).status).toBe(200);
  expect((await house.call('POST', `${member}/audio`, { sentence: 'Hello' })).status).toBe(200);
  await house.sandbox.platform.quiet();
  const events = onPlatform(conferenceId)?.callbacks.map(({ event }) => [
    event.eventType,
    event.status,
    event.memberId,
  ]);
  expect(events).toContainEqual(['conference-playback', 'started', undefined]);
  expect(events).toContainEqual(['conference-speak', 'started', member.split('/').pop()]);
});

describe('in the Temporal UI', () => {
  test('every change that comes alone is one update that ran one activity, with a summary that says what it does', async () => {
    const { conferenceId, member } = await joined();
    await house.call('POST', member, { mute: true });
    const { events } = await workflowOf(house, conferenceId).fetchHistory();
    const started = (events ?? []).flatMap(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [],
    );
    expect(started).toEqual(expect.arrayContaining(['addMember', 'updateMember']));
    const updates = (events ?? []).flatMap(
      (event) => event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name ?? [],
    );
    expect(updates.filter((name) => name === 'changes')).toHaveLength(2);
  });
});
