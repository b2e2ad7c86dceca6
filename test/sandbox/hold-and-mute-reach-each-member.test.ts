import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openStage, paths, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

/** Who was told to be on hold or mute since the last question. */
function requester() {
  let seen = 0;
  return async () => {
    await stage.pass(0);
    const events = stage.events('/conference').slice(seen);
    seen += events.length;
    return events.map(({ memberId, state, hold, mute }) => [memberId, state, hold, mute]);
  };
}

test('a member: one event for a change, none if nothing or only tones change', async () => {
  const conferenceId = await stage.create();
  const { memberId } = await stage.join(conferenceId);
  const news = requester();
  await news();
  const change = (fields: object) => stage.ask('POST', paths.member(conferenceId, memberId), fields);
  expect((await change({ mute: 'true', hold: true })).status).toBe(200);
  expect(await news()).toEqual([[memberId, 'active', true, true]]);
  await change({ mute: true });
  await change({ joinTone: true, leavingTone: 'true' });
  await change({});
  expect(await news()).toEqual([]);
  await change({ hold: false });
  expect(await news()).toEqual([[memberId, 'active', false, true]]);
  expect((await stage.ask('GET', paths.member(conferenceId, memberId))).body).toMatchObject({
    joinTone: true,
    leavingTone: true,
    hold: false,
    mute: true,
  });
});

test('a conference: an event for each member that changes, and those who come later are like it', async () => {
  const conferenceId = await stage.create();
  const one = await stage.join(conferenceId);
  const two = await stage.join(conferenceId, { mute: true });
  const news = requester();
  await news();
  await stage.change(conferenceId, { mute: true });
  expect(await news()).toEqual([[one.memberId, 'active', false, true]]);
  await stage.change(conferenceId, { hold: true });
  expect(await news()).toEqual([
    [one.memberId, 'active', true, true],
    [two.memberId, 'active', true, true],
  ]);
  const three = await stage.join(conferenceId, { hold: false });
  expect(await news()).toEqual([[three.memberId, 'active', true, true]]);
  expect((await stage.ask('GET', paths.conference(conferenceId))).body).toMatchObject({ hold: true, mute: true });
});

test('a conference that is put on hold before anybody is there holds the first one', async () => {
  const conferenceId = await stage.create();
  await stage.change(conferenceId, { hold: true });
  await stage.join(conferenceId);
  await stage.pass(0);
  expect(stage.events('/conference').map(({ eventType, hold }) => [eventType, hold])).toEqual([
    ['conference', undefined],
    ['conference-member', true],
  ]);
});
