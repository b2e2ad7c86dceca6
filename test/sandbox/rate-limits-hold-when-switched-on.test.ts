import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { FROM, openStage, paths, SOMEBODY, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const create = () => stage.ask('POST', paths.conferences, { from: FROM });

test('without limits, as it is by default, nothing is refused', async () => {
  const conferenceId = await stage.create();
  for (let call = 0; call < 15; call += 1) await stage.dial(conferenceId);
  expect((await create()).status).toBe(201);
});

test('one conference per second: 429 tells from when on to try again', async () => {
  await stage.ask('POST', '/sandbox/settings', { conferenceRateLimit: true });
  expect((await create()).status).toBe(201);
  await stage.pass(400);
  const refused = await create();
  expect(refused).toMatchObject({ status: 429, body: { category: 'too-many-requests', code: 'rate-limit-reached' } });
  expect(refused.headers.get('x-ratelimit-reset')).toBe(String(stage.clock.now() + 600));
  await stage.pass(599);
  expect((await create()).status).toBe(429);
  await stage.pass(1);
  expect((await create()).status).toBe(201);
});

test('ten calls in ten seconds: the eleventh is refused until the first is ten seconds old', async () => {
  await stage.ask('POST', '/sandbox/settings', { callRateLimit: 'true' });
  const conferenceId = await stage.create();
  const dial = async () => {
    const { status, body } = await stage.ask('POST', paths.calls, { from: FROM, to: SOMEBODY, conferenceId });
    return [status, body['code']];
  };
  for (let call = 0; call < 10; call += 1) {
    expect(await dial()).toEqual([201, undefined]);
    await stage.pass(100);
  }
  expect(await dial()).toEqual([403, 'call-rate-limit']);
  await stage.pass(8_999);
  expect(await dial()).toEqual([403, 'call-rate-limit']);
  await stage.pass(1);
  expect(await dial()).toEqual([201, undefined]);
});
