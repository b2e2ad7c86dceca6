import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { conferencesPath } from '../../src/catapult/paths.ts';
import { dataDirectory, freePort, killGroup, launch, type Program } from '../support/processes.ts';

let settings: Record<string, string>;
let data: ReturnType<typeof dataDirectory>;
let running: Program[];

beforeEach(async () => {
  data = dataDirectory();
  running = [];
  const [PORT = '', SANDBOX_PORT = '', TEMPORAL_PORT = '', TEMPORAL_UI_PORT = ''] = await Promise.all(
    Array.from({ length: 4 }, freePort),
  );
  settings = { PORT, SANDBOX_PORT, TEMPORAL_PORT, TEMPORAL_UI_PORT, CONVOKE_DATA_DIR: data.path };
});
afterEach(async () => {
  for (const program of running) killGroup(program);
  await Promise.all(running.map(({ ended }) => ended));
  data.remove();
});

/** Starts a part as a user would, and waits until it says that it is ready. */
async function start(part: string): Promise<Program> {
  const program = launch('npm', ['run', part], settings);
  running.push(program);
  await program.until(/ready on/);
  return program;
}

async function stop(program: Program): Promise<void> {
  if (program.child.pid !== undefined) process.kill(-program.child.pid, 'SIGTERM');
  await program.ended;
}

const call = (path: string, body?: object) =>
  fetch(`http://127.0.0.1:${settings['PORT']}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: basicAuth(LOCAL_ACCOUNT), 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

async function untilCompletedOnThePlatform(): Promise<void> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${settings['SANDBOX_PORT']}/sandbox/conferences`);
    const conferences = (await answer.json()) as { state: string }[];
    if (conferences.every(({ state }) => state === 'completed')) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

test('an ending that was answered 202 is kept through a restart of Temporal; without Temporal it is answered 503', async () => {
  const temporal = await start('temporal');
  const [worker] = await Promise.all([start('worker'), start('sandbox'), start('gateway')]);
  const created = await call(conferencesPath(LOCAL_ACCOUNT.userId), { from: '+19195551234' });
  const path = new URL(created.headers.get('location') ?? '').pathname;

  await stop(worker);
  expect((await call(path, { state: 'completed' })).status).toBe(202);
  await stop(temporal);
  expect((await call(path, { state: 'completed' })).status).toBe(503);

  await start('temporal');
  await start('worker');
  await untilCompletedOnThePlatform();
  expect(await (await call(path)).json()).toMatchObject({ state: 'completed' });
}, 120_000);
