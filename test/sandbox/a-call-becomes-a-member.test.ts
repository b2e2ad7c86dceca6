import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openStage, paths, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

async function add(conferenceId: string, callId: string, fields: object = {}) {
  const { status, body } = await stage.ask('POST', paths.members(conferenceId), { callId, ...fields });
  return [status, body['code']];
}

test('a call from outside is up at once, in no conference, and can be added to any', async () => {
  const conferenceId = await stage.create();
  const call = stage.sandbox.platform.callIn({ from: '+19195550007' });
  expect(call.shown()).toMatchObject({ direction: 'in', from: '+19195550007', state: 'active', callbacks: [] });
  expect(call.shown().conferenceId).toBeUndefined();

  const { status, headers } = await stage.ask('POST', paths.members(conferenceId), { callId: call.id, mute: 'true' });
  expect(status).toBe(201);
  const { memberId, conferenceId: where } = call.shown();
  expect(where).toBe(conferenceId);
  expect(headers.get('location')).toBe(stage.url + paths.member(conferenceId, memberId ?? ''));

  const { body } = await stage.ask('GET', paths.member(conferenceId, memberId ?? ''));
  expect(body).toEqual({
    id: memberId,
    state: 'active',
    mute: true,
    hold: false,
    joinTone: false,
    leavingTone: false,
    addedTime: '2026-01-01T12:00:00Z',
    call: `${stage.url}${paths.calls}/${call.id}`,
  });
});

test('a call that is unknown, still rings or is over cannot be added', async () => {
  const conferenceId = await stage.create();
  const ringing = await stage.dial(conferenceId);
  const over = stage.sandbox.platform.callIn();
  over.hangUp();
  for (const callId of ['c-unknown', ringing, over.id]) {
    expect(await add(conferenceId, callId)).toEqual([403, 'call-id-not-found']);
  }
});

test('a call of another conference cannot be added, be it dialled for it or a member there', async () => {
  const [one, other] = [await stage.create(), await stage.create()];
  const dialled = await stage.dial(other);
  await stage.pass(300);
  const { callId: member } = await stage.join(other);
  expect(await add(one, dialled)).toEqual([403, 'invalid-call-conference-id']);
  expect(await add(one, member)).toEqual([403, 'invalid-call-conference-id']);
  expect(await add(other, member)).toEqual([403, 'conference-error']);
});

test('a member that is removed stays on the phone, and can be added again as a new member', async () => {
  const conferenceId = await stage.create();
  await stage.join(conferenceId);
  const { callId, memberId } = await stage.join(conferenceId);
  const removed = await stage.ask('POST', paths.member(conferenceId, memberId), { state: 'completed' });
  expect(removed.status).toBe(200);
  expect(stage.sandbox.platform.call(callId)?.state).toBe('active');
  expect(await add(conferenceId, callId)).toEqual([201, undefined]);

  const { body } = await stage.ask('GET', paths.members(conferenceId));
  expect(body).toMatchObject([
    { state: 'active' },
    { id: memberId, state: 'completed', removedTime: '2026-01-01T12:00:00Z' },
    { state: 'active', call: `${stage.url}${paths.calls}/${callId}` },
  ]);
  expect(stage.sandbox.platform.call(callId)?.shown().memberId).not.toBe(memberId);
  const [status] = await add(await stage.create(), callId);
  expect(status).toBe(403);
});

test('a call that was removed from one conference may join another, unless it was dialled for the first', async () => {
  const [one, other] = [await stage.create(), await stage.create()];
  await stage.join(one);
  const caller = await stage.join(one);
  const callId = await stage.dial(one);
  await stage.pass(300);
  const memberId = stage.sandbox.platform.call(callId)?.shown().memberId ?? '';
  await stage.ask('POST', paths.member(one, caller.memberId), { state: 'completed' });
  await stage.ask('POST', paths.member(one, memberId), { state: 'completed' });
  expect(await add(other, caller.callId)).toEqual([201, undefined]);
  expect(await add(other, callId)).toEqual([403, 'invalid-call-conference-id']);
});

test('a member that hangs up leaves', async () => {
  const conferenceId = await stage.create();
  await stage.join(conferenceId);
  const { callId, memberId } = await stage.join(conferenceId);
  stage.sandbox.platform.call(callId)?.hangUp();
  stage.sandbox.platform.call(callId)?.hangUp();
  await stage.pass(0);
  expect(stage.told('/conference')).toEqual([
    'conference created',
    'conference-member active',
    'conference-member active',
    'conference-member completed',
  ]);
  expect(stage.events('/conference').at(-1)).toMatchObject({ memberId, callId, activeMembers: 1 });
});

test('what is not there is a 404', async () => {
  const conferenceId = await stage.create();
  const asked = async (method: string, path: string, body?: object) => {
    const answer = await stage.ask(method, path, body);
    return [answer.status, answer.body['code']];
  };
  const noConference = [404, 'conference-not-found'];
  const { id: callId } = stage.sandbox.platform.callIn();
  expect(await asked('GET', paths.conference('conf-x'))).toEqual(noConference);
  expect(await asked('POST', paths.conference('conf-x'), {})).toEqual(noConference);
  expect(await asked('POST', `${paths.conference('conf-x')}/audio`, { sentence: 'hello' })).toEqual(noConference);
  expect(await asked('GET', paths.members('conf-x'))).toEqual(noConference);
  expect(await asked('POST', paths.members('conf-x'), { callId })).toEqual(noConference);
  const call = { from: '+19195551234', to: '+19195550001', conferenceId: 'conf-x' };
  expect(await asked('POST', paths.calls, call)).toEqual(noConference);

  const noMember = [404, 'conference-member-not-found'];
  const place = paths.member(conferenceId, 'member-x');
  expect(await asked('GET', place)).toEqual(noMember);
  expect(await asked('POST', place, { mute: true })).toEqual(noMember);
  expect(await asked('POST', `${place}/audio`, { sentence: 'hello' })).toEqual(noMember);
});
