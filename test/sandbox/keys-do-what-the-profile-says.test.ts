import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openStage, paths, SOMEBODY, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

async function press(callId: string, digits: string) {
  stage.sandbox.platform.call(callId)?.press(digits);
  await stage.pass(0);
}

test('interpret_digits: 0 toggles mute, * toggles hold, 1 to 9 tell nobody', async () => {
  const conferenceId = await stage.create();
  const { callId } = await stage.join(conferenceId);
  await press(callId, '0*0*123456789');
  expect(
    stage
      .events('/conference')
      .slice(2)
      .map(({ eventType, state, mute, hold }) => [eventType, state, mute, hold]),
  ).toEqual([
    ['conference-member', 'active', true, false],
    ['conference-member', 'active', true, true],
    ['conference-member', 'active', false, true],
    ['conference-member', 'active', false, false],
  ]);
});

test('interpret_digits: # leaves, and what is pressed after it does nothing', async () => {
  const conferenceId = await stage.create();
  await stage.join(conferenceId);
  const { callId } = await stage.join(conferenceId);
  await press(callId, '#0');
  expect(stage.events('/conference').at(-1)).toMatchObject({ callId, state: 'completed', activeMembers: 1 });
  expect(stage.sandbox.platform.call(callId)?.state).toBe('completed');
});

test('passthru_digits: each key is a dtmf event to the conference, and does nothing else', async () => {
  const conferenceId = await stage.create({ profile: 'passthru_digits', tag: 'weekly' });
  const { callId } = await stage.join(conferenceId);
  await press(callId, '0*#5');
  const events = stage.events('/conference').slice(2);
  expect(events.map(({ dtmfDigit }) => dtmfDigit)).toEqual(['0', '*', '#', '5']);
  expect(events[0]).toEqual({
    eventType: 'dtmf',
    callId,
    callUri: `${stage.url}${paths.calls}/${callId}`,
    dtmfDigit: '0',
    time: '2026-01-01T12:00:00.000Z',
  });
  expect(stage.sandbox.platform.list()[0]?.members).toMatchObject([{ state: 'active', mute: false, hold: false }]);
});

test('passthru_digits: a call with a callbackUrl of its own gets its keys there, with its tag', async () => {
  const conferenceId = await stage.create({ profile: 'passthru_digits' });
  const callId = await stage.dial(conferenceId, SOMEBODY, { tag: 'anna' });
  await stage.pass(300);
  await press(callId, '7');
  expect(stage.events('/call').at(-1)).toMatchObject({ eventType: 'dtmf', dtmfDigit: '7', tag: 'anna' });
  expect(stage.told('/conference')).toEqual(['conference created', 'conference-member active']);
});

test('keys of a call that is in no conference do nothing; a call that is not up has none', async () => {
  const call = stage.sandbox.platform.callIn();
  call.press('#');
  expect(call.state).toBe('active');
  call.hangUp();
  expect(() => call.press('1')).toThrow('is completed');
});
