import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { callsPath, conferencesPath, membersPath } from '../../src/catapult/paths.ts';
import { kept } from '../../src/sandbox/kept.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { Customer } from '../support/customer.ts';
import { dataDirectory, freePort, killGroup, launch, type Program } from '../support/processes.ts';
import { stays, until } from '../support/until.ts';

const ACCOUNT = { userId: 'u-platform', token: 't-platform', secret: 's-platform' };

let data: ReturnType<typeof dataDirectory>;
let customer: Customer;
let program: Program | undefined;
let sandbox: Sandbox | undefined;
let url: string;
beforeEach(async () => {
  data = dataDirectory();
  customer = await new Customer().open();
});
afterEach(async () => {
  if (program !== undefined) {
    killGroup(program);
    await program.ended;
  }
  await sandbox?.close();
  await customer.close();
  data.remove();
  program = sandbox = undefined;
});

async function ask(method: string, path: string, body?: object): Promise<{ body: unknown; id: string }> {
  const answer = await fetch(url + path, {
    method,
    headers: { authorization: basicAuth(ACCOUNT), 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
  const id = answer.headers.get('location')?.split('/').pop() ?? '';
  return { body: text === '' ? undefined : JSON.parse(text), id };
}

const create = async () =>
  (await ask('POST', conferencesPath(ACCOUNT.userId), { from: '+19195551234', callbackUrl: customer.url('/callback') }))
    .id;

/** What the customer got, as `conference created`, in order. */
const told = () =>
  customer.received.map(({ body }) => `${String(body['eventType'])} ${String(body['status'] ?? body['state'])}`);

async function run(settings: Record<string, string>): Promise<void> {
  program = launch('node', ['scripts/convoke.mjs', 'sandbox'], settings);
  await program.until(/ready on/);
}

test('killed and started again, the sandbox has its conferences, members and calls, and they go on', async () => {
  const SANDBOX_PORT = await freePort();
  const settings = { SANDBOX_PORT, CONVOKE_DATA_DIR: data.path };
  url = `http://127.0.0.1:${SANDBOX_PORT}`;
  await run(settings);
  await ask('PUT', '/sandbox/phones/+15550009000', { after: 2_000 });
  const conferenceId = await create();
  const callId = ((await ask('POST', '/sandbox/calls', {})).body as { callId: string }).callId;
  await ask('POST', membersPath(ACCOUNT.userId, conferenceId), { callId, mute: true });
  await ask('POST', callsPath(ACCOUNT.userId), { from: '+19195551234', to: '+15550009000', conferenceId });
  await until('both events', () => told().length === 2);
  const conference = `${conferencesPath(ACCOUNT.userId)}/${conferenceId}`;
  const seen = async () => [(await ask('GET', conference)).body, (await ask('GET', `${conference}/members`)).body];
  const before = await seen();
  await until('it is on disk that both events were taken, and a phone rings', () => {
    const { conferences, calls } = kept.parse(JSON.parse(readFileSync(join(data.path, 'sandbox.json'), 'utf8')));
    const taken = conferences[0]?.lane.sent.filter(({ attempts }) => attempts.some(({ ok }) => ok)) ?? [];
    return taken.length === 2 && calls.some(({ state }) => state === 'ringing');
  });
  if (program) killGroup(program);
  await program?.ended;

  await run(settings);
  expect(await seen()).toEqual(before);
  await until('the phone that rang answers', () => told().length === 3);
  await ask('POST', `/sandbox/calls/${callId}`, { state: 'completed' });
  await ask('POST', conference, { state: 'completed' });
  await until('the end', () => told().length === 6);
  expect(told()).toEqual([
    'conference created',
    'conference-member active',
    'conference-member active',
    'conference-member completed',
    'conference-member completed',
    'conference completed',
  ]);
});

async function open(): Promise<void> {
  sandbox = createSandbox(ACCOUNT, { stateFile: join(data.path, 'sandbox.json') });
  url = await sandbox.app.listen({ host: '127.0.0.1', port: 0 });
}

test('callbacks that were still to be sent are sent after the restart, in order, and none twice', async () => {
  await open();
  await ask('POST', '/sandbox/faults', { callbacks: 'delay', event: 'conference-member', delay: 60_000 });
  const conferenceId = await create();
  const { callId } = (await ask('POST', '/sandbox/calls', {})).body as { callId: string };
  await ask('POST', membersPath(ACCOUNT.userId, conferenceId), { callId });
  await ask('POST', `${conferencesPath(ACCOUNT.userId)}/${conferenceId}`, { state: 'completed' });
  await until('the first', () => told().length === 1);
  await sandbox?.close();
  await open();
  await until('the rest', () => told().length === 4);
  await sandbox?.platform.quiet();
  const rest = ['conference-member active', 'conference-member completed', 'conference completed'];
  expect(told()).toEqual(['conference created', ...rest]);
});

test('what it keeps is nobody else’s to read, and what cannot be read is put aside', async () => {
  const file = join(data.path, 'sandbox.json');
  writeFileSync(file, '{"conferences": [');
  await open();
  expect(await create()).toMatch(/^conf-/);
  expect(readFileSync(`${file}.unreadable`, 'utf8')).toBe('{"conferences": [');
  await until('the file', () => existsSync(file));
});

test('without a file it keeps nothing', async () => {
  sandbox = createSandbox(ACCOUNT);
  url = await sandbox.app.listen({ host: '127.0.0.1', port: 0 });
  await create();
  await stays('there is no file', () => !existsSync(join(data.path, 'sandbox.json')), 200);
});
