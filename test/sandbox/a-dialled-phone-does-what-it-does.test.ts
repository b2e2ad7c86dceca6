import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { builtInPhones } from '../../src/sandbox/phones.ts';
import { openStage, SOMEBODY, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const states = () => stage.sandbox.platform.calls().map(({ state, cause }) => [state, cause]);

test('any number answers after 300 ms, joins and stays', async () => {
  const conferenceId = await stage.create({ tag: 'weekly' });
  const callId = await stage.dial(conferenceId, SOMEBODY, { tag: 'anna' });
  await stage.pass(299);
  expect(stage.told('/call')).toEqual([]);
  expect(states()).toEqual([['ringing', undefined]]);

  await stage.pass(1);
  expect(stage.events('/call')).toEqual([
    {
      eventType: 'answer',
      callId,
      callUri: `${stage.url}/v1/users/u-platform/calls/${callId}`,
      from: '+19195551234',
      to: SOMEBODY,
      time: '2026-01-01T12:00:00.300Z',
      tag: 'anna',
    },
  ]);
  const [, joined] = stage.events('/conference');
  expect(joined).toEqual({
    eventType: 'conference-member',
    conferenceId,
    activeMembers: 1,
    callId,
    memberId: joined?.memberId,
    memberUri: `${stage.url}/v1/users/u-platform/conferences/${conferenceId}/members/${joined?.memberId ?? ''}`,
    state: 'active',
    hold: false,
    mute: false,
    time: '2026-01-01T12:00:00.300Z',
    tag: 'weekly',
  });

  await stage.pass(3_600_000);
  expect(states()).toEqual([['active', undefined]]);
});

test('a phone that is busy or rejects ends the call after it has rung', async () => {
  const conferenceId = await stage.create();
  stage.sandbox.platform.phone(SOMEBODY).soundsBusy({ after: 1_000, times: 1 });
  await stage.dial(conferenceId);
  await stage.pass(999);
  expect(states()).toEqual([['ringing', undefined]]);
  await stage.pass(1);
  stage.sandbox.platform.phone(SOMEBODY).rejects();
  await stage.dial(conferenceId);
  await stage.pass(300);

  expect(stage.events('/call').map(({ eventType, cause }) => [eventType, cause])).toEqual([
    ['hangup', 'USER_BUSY'],
    ['hangup', 'CALL_REJECTED'],
  ]);
  expect(stage.told('/conference')).toEqual(['conference created']);
});

test('a phone that does not answer rings for callTimeout seconds', async () => {
  const conferenceId = await stage.create();
  stage.sandbox.platform.phone(SOMEBODY).doesNotAnswer();
  await stage.dial(conferenceId, SOMEBODY, { callTimeout: 20 });
  await stage.pass(19_999);
  expect(stage.told('/call')).toEqual([]);
  await stage.pass(1);
  expect(stage.told('/call')).toEqual(['timeout', 'hangup']);
  expect(states()).toEqual([['completed', 'NO_ANSWER']]);
});

test('a phone that would answer too late does not answer', async () => {
  stage.sandbox.platform.phone(SOMEBODY).answers({ after: 5_000 });
  await stage.dial(await stage.create(), SOMEBODY, { callTimeout: '5' });
  await stage.pass(60_000);
  expect(stage.told('/call')).toEqual(['timeout', 'hangup']);
});

test('a phone may hang up after a time: its member leaves, and the call ends', async () => {
  const conferenceId = await stage.create();
  await stage.join(conferenceId);
  stage.sandbox.platform.phone(SOMEBODY).answers({ after: 100, hangsUpAfter: 2_000 });
  await stage.dial(conferenceId);
  await stage.pass(2_099);
  expect(stage.told('/call')).toEqual(['answer']);
  await stage.pass(1);
  expect(stage.events('/call').at(-1)).toMatchObject({ eventType: 'hangup', cause: 'NORMAL_CLEARING' });
  expect(stage.events('/conference').at(-1)).toMatchObject({ state: 'completed', activeMembers: 1 });
});

test('what is set for so many calls holds for these, then the phone does what it always does', async () => {
  const conferenceId = await stage.create();
  stage.sandbox.platform.phone(SOMEBODY).soundsBusy({ times: 2 });
  for (let call = 0; call < 3; call += 1) await stage.dial(conferenceId);
  await stage.pass(300);
  expect(stage.told('/call').sort()).toEqual(['answer', 'hangup', 'hangup']);
});

test('what was set can be undone', async () => {
  const phone = stage.sandbox.platform.phone(SOMEBODY);
  phone.doesNotAnswer();
  phone.behavesAsUsual();
  await stage.dial(await stage.create());
  await stage.pass(300);
  expect(stage.told('/call')).toEqual(['answer']);
});

test('a call that is over does not end again', async () => {
  const call = stage.sandbox.platform.call(await stage.dial(await stage.create()));
  await stage.pass(300);
  call?.hangUp('USER_BUSY');
  call?.hangUp();
  await stage.pass(0);
  expect(stage.told('/call')).toEqual(['answer', 'hangup']);
  expect(states()).toEqual([['completed', 'USER_BUSY']]);
});

test('without a callbackUrl of its own, a call tells nobody', async () => {
  const conferenceId = await stage.create();
  await stage.dial(conferenceId, SOMEBODY, { callbackUrl: null });
  await stage.pass(300);
  expect(await stage.change(conferenceId, { state: 'completed' })).toEqual([200, undefined]);
  await stage.pass(0);
  expect(stage.customer.received.map(({ path }) => path)).toEqual(Array(4).fill('/conference'));
  expect(states()).toEqual([['completed', 'NORMAL_CLEARING']]);
});

const stories: Record<string, [number, string][]> = {
  '+15550001001': [[300, 'hangup USER_BUSY']],
  '+15550001002': [
    [60_000, 'timeout'],
    [60_000, 'hangup NO_ANSWER'],
  ],
  '+15550001003': [[300, 'hangup CALL_REJECTED']],
  '+15550001004': [[5_000, 'answer']],
  '+15550001005': [
    [300, 'answer'],
    [3_300, 'hangup NORMAL_CLEARING'],
  ],
  '+15550001006': [[300, 'hangup USER_BUSY']],
};

test('every number that needs no set-up has its story here', () => {
  expect(Object.keys(stories)).toEqual(Object.keys(builtInPhones));
});

test.each(Object.entries(stories))('%s needs no set-up', async (number, story) => {
  const start = stage.clock.now();
  await stage.dial(await stage.create(), number);
  await stage.pass(120_000);
  const told = stage.events('/call').map(({ time = '', eventType, cause }): [number, string] => {
    return [Date.parse(time) - start, typeof cause === 'string' ? `${eventType} ${cause}` : eventType];
  });
  expect(told).toEqual(story);
});

test('+15550001006 is busy the first time that each conference dials it, then answers', async () => {
  const [one, other] = [await stage.create(), await stage.create()];
  for (const conferenceId of [one, one, one, other, other]) {
    await stage.dial(conferenceId, '+15550001006');
    await stage.pass(300);
  }
  expect(stage.told('/call')).toEqual(['hangup', 'answer', 'answer', 'hangup', 'answer']);
});

test('a call that still rings is given up when its conference completes', async () => {
  const conferenceId = await stage.create();
  await stage.dial(conferenceId);
  await stage.change(conferenceId, { state: 'completed' });
  await stage.pass(1_000);
  expect(stage.told('/call')).toEqual(['hangup']);
  expect(states()).toEqual([['completed', 'ORIGINATOR_CANCEL']]);
  expect(stage.told('/conference')).toEqual(['conference created', 'conference completed']);
});
