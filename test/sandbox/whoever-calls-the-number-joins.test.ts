import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { PIN_KEY_WITHIN_MS } from '../../src/catapult/budget.ts';
import { fakeClock } from '../../src/sandbox/clock.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { FROM, openStage, SOMEBODY, type Stage } from './stage.ts';

/* What every platform does with dialIn is tested with the-whole-wire-dial-in.test.ts; here is what takes time, or only a sandbox can do. */

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const called = (from = SOMEBODY) => stage.sandbox.platform.callIn({ from, to: FROM });

test('the control that calls in presses keys too', async () => {
  const conferenceId = await stage.create({ dialIn: { pin: '2468' } });
  const { status, body } = await stage.ask('POST', '/sandbox/calls', { to: FROM, digits: '2468#' });
  expect(status).toBe(201);
  expect(stage.sandbox.platform.call(String(body['callId']))?.shown()).toMatchObject({ conferenceId });
});

test('without the hash key an entry counts after a pause, and three that are empty end the call', async () => {
  const conferenceId = await stage.create({ dialIn: { pin: '2468' } });
  const [knows, silent] = [called(), called()];
  knows.press('24');
  await stage.pass(PIN_KEY_WITHIN_MS - 1);
  knows.press('68');
  await stage.pass(PIN_KEY_WITHIN_MS);
  expect(knows.shown()).toMatchObject({ state: 'active', conferenceId });
  await stage.pass(3 * PIN_KEY_WITHIN_MS);
  expect(silent.state).toBe('completed');
  expect(stage.told('/conference')).toEqual(['conference created', 'conference-member active']);
});

test('who finds 20 members there is hung up', async () => {
  await stage.create({ dialIn: {} });
  const calls = Array.from({ length: 21 }, () => called());
  expect(calls.map(({ state }) => state)).toEqual([...Array<string>(20).fill('active'), 'completed']);
});

test('the PIN is nowhere in what the sandbox shows', async () => {
  await stage.create({ dialIn: { pin: '975310' } });
  called().press('97531');
  const shown = await Promise.all(
    ['conferences', 'calls'].map(async (what) => (await fetch(`${stage.url}/sandbox/${what}`)).text()),
  );
  expect(shown.join()).toContain(FROM);
  expect(shown.join()).not.toContain('97531');
});

test('a restart forgets neither that somebody is asked nor how often it was wrong', async () => {
  const conferenceId = await stage.create({ dialIn: { pin: '2468' } });
  const caller = called();
  caller.press('1111#2222#24');
  const clock = fakeClock();
  const next = createSandbox({ userId: 'u-platform', token: 't-platform', secret: 's-platform' }, { clock });
  next.platform.goOn(stage.sandbox.platform.keep());
  const call = next.platform.call(caller.id);
  call?.press('68#');
  expect(call?.shown()).toMatchObject({ state: 'active', conferenceId });
  await next.close();
});
