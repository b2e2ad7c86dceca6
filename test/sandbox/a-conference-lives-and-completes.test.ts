import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { FROM, openStage, paths, SOMEBODY, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const stateOf = async (conferenceId: string) => {
  const { body } = await stage.ask('GET', paths.conference(conferenceId));
  return [body['state'], body['activeMembers']];
};

test('created, active with its first member, completed when the last one leaves', async () => {
  const conferenceId = await stage.create();
  expect(await stateOf(conferenceId)).toEqual(['created', 0]);
  const first = await stage.join(conferenceId);
  const second = await stage.join(conferenceId);
  expect(await stateOf(conferenceId)).toEqual(['active', 2]);
  await stage.ask('POST', paths.member(conferenceId, first.memberId), { state: 'completed' });
  expect(await stateOf(conferenceId)).toEqual(['active', 1]);
  stage.sandbox.platform.call(second.callId)?.hangUp();
  expect(await stateOf(conferenceId)).toEqual(['completed', 0]);
  await stage.pass(0);
  expect(stage.events('/conference').at(-1)).toEqual({
    eventType: 'conference',
    conferenceId,
    conferenceUri: stage.url + paths.conference(conferenceId),
    status: 'completed',
    createdTime: '2026-01-01T12:00:00Z',
    completedTime: '2026-01-01T12:00:00Z',
  });
});

test('set completed: each member leaves, counting down, then it completes and the calls end', async () => {
  const conferenceId = await stage.create();
  const dialled = await stage.dial(conferenceId);
  await stage.pass(300);
  const { callId } = await stage.join(conferenceId);
  expect(await stage.change(conferenceId, { state: 'completed' })).toEqual([200, undefined]);
  await stage.pass(0);
  expect(
    stage
      .events('/conference')
      .slice(3)
      .map(({ eventType, status, state, activeMembers, callId: who }) => [
        eventType,
        status ?? state,
        activeMembers,
        who,
      ]),
  ).toEqual([
    ['conference-member', 'completed', 1, dialled],
    ['conference-member', 'completed', 0, callId],
    ['conference', 'completed', undefined, undefined],
  ]);
  expect(stage.told('/call')).toEqual(['answer', 'hangup']);
  expect(stage.sandbox.platform.calls().map(({ state, cause }) => [state, cause])).toEqual(
    Array(2).fill(['completed', 'NORMAL_CLEARING']),
  );
});

test('nothing about a completed conference can be changed any more', async () => {
  const conferenceId = await stage.create();
  const { memberId } = await stage.join(conferenceId);
  await stage.change(conferenceId, { state: 'completed' });
  const { id: callId } = stage.sandbox.platform.callIn();
  const place = paths.conference(conferenceId);
  const changes: [string, object][] = [
    [place, { state: 'completed' }],
    [place, { tag: 'late' }],
    [`${place}/audio`, { sentence: 'hello' }],
    [`${place}/members`, { callId }],
    [`${place}/members/${memberId}`, { mute: true }],
    [`${place}/members/${memberId}/audio`, { sentence: 'hello' }],
    [paths.calls, { from: FROM, to: SOMEBODY, conferenceId }],
  ];
  for (const [path, body] of changes) {
    const answer = await stage.ask('POST', path, body);
    expect([path, answer.status, answer.body['code']]).toEqual([path, 403, 'conference-error']);
  }
  expect((await stage.ask('GET', paths.member(conferenceId, memberId))).body).toMatchObject({ state: 'completed' });
});

test('a member that has left can be changed no more', async () => {
  const conferenceId = await stage.create();
  await stage.join(conferenceId);
  const { memberId } = await stage.join(conferenceId);
  const place = paths.member(conferenceId, memberId);
  await stage.ask('POST', place, { state: 'completed' });
  expect(await stage.ask('POST', place, { state: 'completed' })).toMatchObject({
    status: 403,
    body: { code: 'conference-error' },
  });
});

test('twenty members, and no more: neither added, nor dialled, nor answering late', async () => {
  const conferenceId = await stage.create();
  const late = await stage.dial(conferenceId);
  for (let member = 1; member < 20; member += 1) await stage.join(conferenceId);
  const { callId } = await stage.join(conferenceId);
  const full = { status: 403, body: { category: 'limit', code: 'conference-max-members' } };
  const { id: other } = stage.sandbox.platform.callIn();
  expect(await stage.ask('POST', paths.members(conferenceId), { callId: other })).toMatchObject(full);
  expect(await stage.ask('POST', paths.calls, { from: FROM, to: SOMEBODY, conferenceId })).toMatchObject(full);

  await stage.pass(300);
  expect(stage.told('/call')).toEqual(['answer', 'hangup']);
  expect(stage.sandbox.platform.call(late)?.shown().state).toBe('completed');
  expect(await stateOf(conferenceId)).toEqual(['active', 20]);

  stage.sandbox.platform.call(callId)?.hangUp();
  expect((await stage.ask('POST', paths.members(conferenceId), { callId: other })).status).toBe(201);
});

test('callbacks come one after the other, each to callbackUrl once and then to fallbackUrl once', async () => {
  stage.customer.answer('/conference', 500);
  const conferenceId = await stage.create({ fallbackUrl: stage.customer.url('/fallback') });
  await stage.join(conferenceId);
  await stage.pass(0);
  const names = ['conference created', 'conference-member active'];
  expect(stage.told('/conference')).toEqual(names);
  expect(stage.told('/fallback')).toEqual(names);
  expect(stage.customer.received.map(({ path }) => path)).toEqual([
    '/conference',
    '/fallback',
    '/conference',
    '/fallback',
  ]);
  const [shown] = stage.sandbox.platform.list();
  expect(shown?.callbacks.map(({ attempts }) => attempts.map(({ url, ok }) => [url, ok]))).toEqual(
    Array(2).fill([
      ['callbackUrl', false],
      ['fallbackUrl', true],
    ]),
  );
});

test('a changed callbackUrl and tag hold from the next callback on', async () => {
  const conferenceId = await stage.create({ tag: 'old' });
  await stage.pass(0);
  await stage.change(conferenceId, { callbackUrl: stage.customer.url('/new'), tag: 'new' });
  await stage.change(conferenceId, { state: 'completed' });
  await stage.pass(0);
  expect(stage.events('/conference').map(({ tag }) => tag)).toEqual(['old']);
  expect(stage.events('/new').map(({ status, tag }) => [status, tag])).toEqual([['completed', 'new']]);
});
