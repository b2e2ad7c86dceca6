import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { NativeConnection, Worker } from '@temporalio/worker';
import { callsPath, conferencePath } from '../../src/catapult/paths.ts';
import { workerDefaults } from '../../src/worker.ts';
import { openHouse, USER, type House } from '../support/house.ts';
import { required, testWorkerOptions } from '../support/temporal.ts';

/*
 * Whoever was told 503 may have tried again, or given up: what was asked for is not begun any more when a worker comes back. An
 * end is: it is tried until it is done.
 */

/** Who dials; those who call in have other numbers. */
const FROM = '+19195551299';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

async function conference() {
  const conferenceId = await house.create();
  const path = conferencePath(USER, conferenceId);
  const there = () => house.sandbox.platform.list().find(({ callbackUrl }) => callbackUrl?.includes(conferenceId));
  const dialled = () => {
    const calls = house.sandbox.platform.calls().map((call) => call.shown());
    return calls.flatMap(({ to, from, conferenceId: at }) => (from === FROM && at === there()?.id ? [to] : []));
  };
  const post = async (to: string, body: object) => {
    const answer = await house.call('POST', to, body);
    return { status: answer.status, text: await answer.text() };
  };
  const dial = (to: string) => {
    // It rings on, and nothing more is told of it.
    house.sandbox.platform.phone(to).doesNotAnswer();
    return post(callsPath(USER), { from: FROM, to, conferenceId });
  };
  return { conferenceId, path, there, dialled, post, dial };
}

test('while no worker runs: every kind of change is answered 503 after 10 s, and is not done later; an end is', async () => {
  const { path, there, dialled, post, dial } = await conference();
  const ends = await conference();
  const callIn = () => house.sandbox.platform.callIn().id;
  const member = (await house.call('POST', `${path}/members`, { callId: callIn() })).headers.get('location') ?? '';
  const memberPath = new URL(member).pathname;
  const lateCall = callIn();
  await house.stopWorker();

  const waiting = Promise.all([
    dial('+19195550001'),
    post(`${path}/members`, { callId: lateCall }),
    post(`${path}/audio`, { sentence: 'Too late.' }),
    post(path, { hold: true, tag: 'late' }),
    post(memberPath, { mute: true }),
    post(memberPath, { state: 'completed' }),
  ]);
  const end = ends.post(ends.path, { state: 'completed' });
  expect((await waiting).map(({ status }) => status)).toEqual([503, 503, 503, 503, 503, 503]);
  expect(await end).toMatchObject({ status: 202 });

  await house.startWorker();
  // It comes after all of them.
  expect(await dial('+19195550002')).toMatchObject({ status: 201 });
  expect(dialled()).toEqual(['+19195550002']);
  await house.sandbox.platform.quiet();
  const { hold, members = [] } = there() ?? {};
  expect({ hold, member: members[0] }).toMatchObject({ hold: false, member: { mute: false, state: 'active' } });
  expect(members.map(({ callId }) => callId)).not.toContain(lateCall);
  expect(there()?.callbacks.map(({ event }) => event.eventType)).not.toContain('conference-speak');
  expect(await (await house.call('GET', path)).json()).not.toHaveProperty('tag', 'late');
  // The conference that was to end has, though its caller had gone.
  expect(await ends.post(ends.path, { state: 'completed' })).toMatchObject({ status: 200 });
  expect(ends.there()).toMatchObject({ state: 'completed' });
});

test('while no worker is free for the platform: it is answered 503 in time, and has not been done', async () => {
  const { dialled, dial } = await conference();
  await house.stopWorker();
  const connection = await NativeConnection.connect({ address: required('TEST_TEMPORAL_ADDRESS') });
  const { shutdownGraceTime } = testWorkerOptions;
  const rulesOnly = await Worker.create({
    ...{ ...workerDefaults, shutdownGraceTime, taskQueue: house.taskQueue, connection },
    workflowBundle: { codePath: required('TEST_WORKFLOW_BUNDLE') },
  });
  const run = rulesOnly.run();
  const refused = await dial('+19195550003');
  rulesOnly.shutdown();
  await run;
  await connection.close();
  expect(refused).toMatchObject({ status: 503, text: expect.stringContaining('has not been done') as unknown });

  await house.startWorker();
  expect(await dial('+19195550004')).toMatchObject({ status: 201 });
  expect(dialled()).toEqual(['+19195550004']);
});
