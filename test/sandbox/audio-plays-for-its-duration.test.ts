import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openStage, paths, type Stage } from './stage.ts';

let stage: Stage;
let conferenceId: string;
beforeEach(async () => {
  stage = await openStage();
  conferenceId = await stage.create({ tag: 'weekly' });
});
afterEach(() => stage.close());

const FILE = 'http://files.example/song.mp3';

async function play(audio: object, memberId?: string) {
  const place = memberId === undefined ? paths.conference(conferenceId) : paths.member(conferenceId, memberId);
  expect((await stage.ask('POST', `${place}/audio`, audio)).status).toBe(200);
}

const heard = () =>
  stage.events('/conference').flatMap(({ eventType, status = '', tag }) => {
    const kind = /^conference-(playback|speak)$/.exec(eventType)?.[1];
    return kind === undefined ? [] : [`${kind} ${status} ${tag ?? ''}`];
  });

test('a file plays for two seconds, or as long as the settings say', async () => {
  await play({ fileUrl: FILE });
  await stage.pass(1_999);
  expect(heard()).toEqual(['playback started weekly']);
  await stage.pass(1);
  expect(heard()).toEqual(['playback started weekly', 'playback done weekly']);
  expect(stage.events('/conference').at(-1)).toEqual({
    eventType: 'conference-playback',
    conferenceId,
    conferenceUri: stage.url + paths.conference(conferenceId),
    status: 'done',
    time: '2026-01-01T12:00:02.000Z',
    tag: 'weekly',
  });
  stage.sandbox.platform.settings.fileDuration = 10;
  await play({ fileUrl: FILE });
  await stage.pass(10);
  expect(heard()).toHaveLength(4);
});

test('a sentence takes 60 ms for each of its characters; its own tag goes before the conference’s', async () => {
  await play({ sentence: 'Welcome!', tag: 'greeting' });
  await stage.pass(8 * 60 - 1);
  expect(heard()).toEqual(['speak started greeting']);
  await stage.pass(1);
  expect(heard()).toEqual(['speak started greeting', 'speak done greeting']);
});

test('what loops plays until it is stopped; stopping what does not play tells nobody', async () => {
  await play({ fileUrl: FILE, loopEnabled: 'true' });
  await stage.pass(3_600_000);
  await play({ sentence: '' });
  await stage.pass(0);
  expect(heard()).toEqual(['playback started weekly']);
  await play({ fileUrl: '' });
  await play({ fileUrl: '' });
  await stage.pass(0);
  expect(heard()).toEqual(['playback started weekly', 'playback done weekly']);
});

test('what is played anew replaces what plays of its kind, and nothing of the other kind', async () => {
  await play({ sentence: 'A very long sentence, which somebody interrupts', tag: 'one' });
  await play({ fileUrl: FILE, tag: 'file' });
  await play({ sentence: 'Hi', tag: 'two' });
  await stage.pass(10_000);
  expect(heard()).toEqual([
    'speak started one',
    'playback started file',
    'speak done one',
    'speak started two',
    'speak done two',
    'playback done file',
  ]);
});

test('what plays to one member says so, and ends when the member leaves', async () => {
  await stage.join(conferenceId);
  const { callId, memberId } = await stage.join(conferenceId);
  await play({ fileUrl: FILE, loopEnabled: true }, memberId);
  await stage.pass(0);
  expect(stage.events('/conference').at(-1)).toMatchObject({
    eventType: 'conference-playback',
    status: 'started',
    memberId,
    memberUri: stage.url + paths.member(conferenceId, memberId),
  });
  stage.sandbox.platform.call(callId)?.hangUp();
  await stage.pass(0);
  expect(stage.told('/conference').slice(-2)).toEqual(['conference-playback done', 'conference-member completed']);
});

test('what plays to all ends before the conference completes', async () => {
  await play({ fileUrl: FILE });
  await stage.change(conferenceId, { state: 'completed' });
  await stage.pass(10_000);
  expect(stage.told('/conference').slice(1)).toEqual([
    'conference-playback started',
    'conference-playback done',
    'conference completed',
  ]);
});
