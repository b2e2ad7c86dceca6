import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { dataDirectory, freePort, killAll, killGroup, launch, type Program } from '../support/processes.ts';
import { until } from '../support/until.ts';

/* As a backend engineer has it: nothing but what `npm pack` gives, in a folder outside of the repository. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const data = dataDirectory();
const folder = join(data.path, 'service');
const { NODE_OPTIONS: _jestNeedsIt, ...environment } = process.env;
const packReport = z
  .tuple([
    z.object({
      filename: z.string(),
      size: z.number(),
      unpackedSize: z.number(),
      files: z.array(z.object({ path: z.string() })),
    }),
  ])
  .transform(([one]) => one);

let settings: Record<string, string>;
let packed: z.output<typeof packReport>;
const running: Program[] = [];

function run(command: string, parameters: string[], cwd = folder): string {
  return execFileSync(command, parameters, {
    cwd,
    env: { ...environment, ...settings },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function start(command: string, parameters: string[], more: Record<string, string> = {}): Program {
  const program = launch(command, parameters, { ...settings, ...more }, folder);
  running.push(program);
  return program;
}

beforeAll(async () => {
  const [PORT = '', SANDBOX_PORT = '', TEMPORAL_PORT = '', TEMPORAL_UI_PORT = ''] = await Promise.all(
    Array.from({ length: 4 }, freePort),
  );
  const own = { TEMPORAL_ADDRESS: '', CONVOKE_DATA_DIR: join(data.path, 'data') };
  settings = { PORT, SANDBOX_PORT, TEMPORAL_PORT, TEMPORAL_UI_PORT, ...own };
  mkdirSync(folder);
  const report = run('npm', ['pack', '--json', '--pack-destination', data.path], root);
  // What the build says comes before it.
  packed = packReport.parse(JSON.parse(report.slice(report.indexOf('[\n'))));
  run('npm', ['init', '--yes']);
  run('npm', ['pkg', 'set', 'type=module']);
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(data.path, packed.filename)]);
}, 240_000);
afterAll(async () => {
  for (const program of running.reverse()) await killAll(program);
  data.remove();
});

test('it holds the built program with its workflows, README and CHANGELOG, and nothing that only development needs', () => {
  const paths = packed.files.map(({ path }) => path);
  const others = paths.filter((path) => !/^(dist|docs|examples|observability)\//.test(path));
  expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
  expect(paths).toEqual(
    expect.arrayContaining([
      ...['dist/index.d.ts', 'dist/main.js', 'dist/workflow.js', 'dist/workflows.bundle.js'],
      ...['docs/client.md', 'docs/nexus.md', 'docs/openapi.json', 'examples/services/nexus.mjs'],
    ]),
  );
  expect(paths.filter((path) => !/\.(js|cjs|d\.ts)$/.test(path) && path.startsWith('dist/')).sort()).toEqual([
    'dist/console/console.css',
    'dist/console/page.html',
  ]);
  // The two bundles of the workflows, with their source maps, are 5.4 MB of it: 1.3 MB when packed.
  expect(packed.size).toBeLessThan(2_300_000);
  expect(packed.unpackedSize).toBeLessThan(9_500_000);
  const installed = readdirSync(join(folder, 'node_modules'));
  expect(installed).toContain('convoke');
  for (const name of ['jest', 'typescript', 'eslint', 'prettier', 'tsx', 'fast-check', 'node-bandwidth'])
    expect(installed).not.toContain(name);
});

test('it exports what a service and workflow code need, and no more', () => {
  const names = (specifier: string) =>
    run('node', [
      '--input-type=module',
      '-e',
      `console.log(Object.keys(await import('${specifier}')).join(' '))`,
    ]).trim();
  expect(names('convoke')).toBe('CatapultError ConferenceClient connectConferences dataConverterFor errorTable');
  expect(names('convoke/workflow')).toBe('CONFERENCE_WORKFLOW conferenceWorkflowId parseWorkflowId searchAttributes');
  expect(names('convoke/nexus')).toBe('conferenceErrorOf conferences');
  expect(() => names('convoke/dist/client/conferences.js')).toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
});

const SCRIPT = `
import { Client, Connection } from '@temporalio/client';
import { CatapultError, ConferenceClient, connectConferences, type Conference, type ConferencesPage, type ErrorCode, type EventsWanted, type FollowedEvent, type PageWanted, type Period } from 'convoke';
import { conferenceErrorOf, conferences as service, type CreateInput } from 'convoke/nexus';
import { conferenceWorkflowId, searchAttributes, type ConferenceIds } from 'convoke/workflow';

const { conferences, close } = connectConferences();
const created = await conferences.create('u-local', { from: '+12345678901', maxDuration: 600 }, { idempotencyKey: 'first' });
const ids: ConferenceIds = created;
const told: FollowedEvent[] = [];
const following = (async () => {
  for await (const event of conferences.events(ids)) told.push(event);
})();
await conferences.dial(ids, { from: '+12345678901', to: '+19195550001' });
const active: Conference = await conferences.waitFor(ids, 'active', { signal: AbortSignal.timeout(30_000) });
// @ts-expect-error: a field that there is not
await conferences.change(ids, { tagg: 'x' });
// @ts-expect-error: a number is no text
const wrong = await conferences.create('u-local', { from: 5 }).catch((error: unknown) => error);
if (!(wrong instanceof CatapultError)) throw new Error('it was taken');
// @ts-expect-error: how a gateway creates a conference is none of a service's matter
const byGateway = conferences.createByGateway;
const page: PageWanted = { size: 1 };
const one: ConferencesPage = await conferences.page('u-local', {}, page);
const dead: EventsWanted = { state: 'dead' };
if ((await conferences.eventsPage(ids, dead)).events.length > 0 || one.conferences.length > 1) throw new Error('too many');
const period: Period = { from: 0, to: Date.now() };
for await (const { events } of await conferences.redeliverDead('u-local', period)) if (events > 0) throw new Error('none is dead');
const input: CreateInput = { requestId: 'x', from: '+12345678901' };
if (service.name !== 'convoke.conferences.v1' || conferenceErrorOf(input) !== undefined) throw new Error('another service');
const code: ErrorCode | (string & {}) = wrong.code;
await conferences.end(ids);
await following;
await close();
const connection = await Connection.connect({ address: process.env['TEMPORAL'] ?? '' });
const own = new ConferenceClient(new Client({ connection }), { accounts: new Set(['u-local']) });
const { reason } = await own.get(ids);
await connection.close();
console.log(JSON.stringify({ id: conferenceWorkflowId(ids), phase: active.phase, code, reason, events: told.length, attribute: searchAttributes.state.name }));
`;

test('it is typed for strict ESM, and runs: everything from its own command, and a script against that', async () => {
  const compilerOptions = {
    ...{
      target: 'es2022',
      module: 'nodenext',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
    },
    ...{ skipLibCheck: false, outDir: 'out', types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['first.ts'] }));
  writeFileSync(join(folder, 'first.ts'), SCRIPT);
  const compiled = launch('node', [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], settings, folder);
  await compiled.ended;
  // The SDK's own types have errors under exactOptionalPropertyTypes; ours, and what uses them, have none.
  const errors = compiled
    .output()
    .split('\n')
    .filter((line) => /error TS/.test(line) && !line.startsWith('node_modules/@temporalio/'));
  expect(errors).toEqual([]);

  await start('npx', ['convoke', 'start']).until(/Ctrl-C/, 60_000);
  const output = run('env', [`TEMPORAL=127.0.0.1:${settings['TEMPORAL_PORT']}`, 'node', 'out/first.js']);
  expect(JSON.parse(output)).toMatchObject({
    ...{ id: expect.stringMatching(/^conference\/u-local\/conf-/) as unknown, attribute: 'ConferenceState' },
    ...{ phase: 'active', code: 'validation-error', reason: 'ended-via-api' },
  });
}, 180_000);

test('the examples run with it: an on-call bridge that dials until three have joined', async () => {
  cpSync(join(root, 'examples/services'), folder, { recursive: true });
  const bridge = start('node', ['on-call.mjs']);
  expect([await bridge.ended, bridge.output()]).toEqual([
    0,
    expect.stringMatching(/3 joined\.\n.*ended: ended-via-api/s) as unknown,
  ]);
});

test('the examples run with it: an on-call bridge that reaches too few ends', async () => {
  const bridge = start('node', ['on-call.mjs'], { ENGINEERS: '+15550001001,+19195550001,+15550001003' });
  expect([await bridge.ended, bridge.output()]).toEqual([
    0,
    expect.stringMatching(/Too few can be reached\.\n.*ended: ended-via-api/s) as unknown,
  ]);
});

test('the examples run with it: a workflow of another team that holds a conference of three', async () => {
  const team = start('node', ['nexus.mjs']);
  const code = await team.ended;
  expect({ code, output: team.output() }).toEqual({ code: 0, output: expect.any(String) as unknown });
  expect(team.output()).toMatch(/^Held conference conf-[a-z2-7]{26}: it is completed \(ended-via-api\)$/m);
  expect(team.output().match(/^Member /gm)).toHaveLength(3);
}, 120_000);

test('the examples run with it: a backend that takes verified events and keeps its roster, also through a crash', async () => {
  const BACKEND_PORT = await freePort();
  const backend = { BACKEND_PORT, BACKEND_DATA: join(data.path, 'backend') };
  const url = `http://127.0.0.1:${BACKEND_PORT}`;
  let program = start('node', ['backend.mjs'], backend);
  await program.until(/listens/);
  const ask = { method: 'POST', body: JSON.stringify({ id: 'standup', dial: ['+19195550001', '+15550001004'] }) };
  const first: unknown = await (await fetch(`${url}/meetings`, ask)).json();
  expect((await fetch(`${url}/events/standup`, { method: 'POST', body: '{}' })).status).toBe(401);
  const meeting = z.object({ roster: z.record(z.string(), z.string()) });
  const roster = async () => {
    const { roster: known } = meeting.parse(await (await fetch(`${url}/meetings/standup`)).json());
    return Object.values(known);
  };
  await until('one has joined', async () => (await roster()).join() === 'active');
  killGroup(program);
  await program.ended;
  program = start('node', ['backend.mjs'], backend);
  await program.until(/listens/);
  // Its key is the meeting's: nobody is dialled twice.
  expect(await (await fetch(`${url}/meetings`, ask)).json()).toEqual(first);
  await until('both have joined, each once', async () => (await roster()).join() === 'active,active');
});
