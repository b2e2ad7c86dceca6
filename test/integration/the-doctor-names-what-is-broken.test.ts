import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTlsServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { pino } from 'pino';
import { addAccount } from '../../src/accounts-tool.ts';
import { readConfig, refuseUnsafe } from '../../src/config.ts';
import { examine, type Found } from '../../src/doctor/examine.ts';
import type { Level } from '../../src/doctor/finding.ts';
import type { CheckName } from '../../src/doctor/list.ts';
import { startGateway } from '../../src/gateway.ts';
import { prepareNamespace } from '../../src/namespace.ts';
import type { RunningPart } from '../../src/part.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { authority, type Certificate } from '../support/certificates.ts';
import { PLATFORM_ACCOUNT } from '../support/platforms.ts';
import { dataDirectory, endOf, freePort, killGroup, launch, type Program } from '../support/processes.ts';
import { required } from '../support/temporal.ts';
import { until } from '../support/until.ts';

/* A deployment in which all is well but that this machine is not the internet; and each thing in it broken, which the doctor names. */

const KEY = 'k1:0123456789abcdef0123456789abcdef';
const OTHER_KEY = 'k2:fedcba9876543210fedcba9876543210';
const SEALING = `a:${Buffer.alloc(32, 1).toString('base64')}`;
const WEBHOOK = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const NOBODY = 'http://127.0.0.1:9';
const MINUTE_MS = 60_000;

type Settings = Record<string, string>;

const data = dataDirectory();
const sandbox = createSandbox(PLATFORM_ACCOUNT);
const tests = authority();
const servers: (Server | ReturnType<typeof createHttpServer>)[] = [];
let connection: Connection;
let gateway: RunningPart;
let worker: Program;
let settings: Settings;

beforeAll(async () => {
  connection = await Connection.connect({ address: required('TEST_TEMPORAL_ADDRESS') });
  const namespace = await newNamespace();
  const port = await freePort();
  settings = {
    ...{
      TEMPORAL_ADDRESS: required('TEST_TEMPORAL_ADDRESS'),
      TEMPORAL_NAMESPACE: namespace,
      TEMPORAL_CONFIG_FILE: '/nowhere',
    },
    ...{ CONVOKE_DATA_DIR: data.path, PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}` },
    BRIDGE_FALLBACK_URL: `http://localhost:${port}`,
    ...{ ACCOUNTS_FILE: join(data.path, 'accounts.json'), ACCOUNTS_KEYS: SEALING, CALLBACK_KEYS: KEY },
    AUDIT_LOG: join(data.path, 'audit.log'),
    PLATFORM_URL: await sandbox.app.listen({ host: '127.0.0.1', port: 0 }),
  };
  await addAccount(readConfig(settings), 'u-1', { scope: 'write' }, () => undefined);
  chmodSync(data.path, 0o700);
  worker = launch(process.execPath, ['--import', 'tsx', 'src/main.ts', 'worker'], settings);
  gateway = await startGateway(readConfig(settings), pino({ level: 'silent' }));
  await worker.until(/ready on/);
  const isReady = async () => (await fetch(`${settings['PUBLIC_URL'] ?? ''}/readyz`)).ok;
  await until('the gateway is ready', isReady);
}, 120_000);
afterAll(async () => {
  for (const server of servers) server.close();
  await gateway.stop();
  killGroup(worker);
  await worker.ended;
  await sandbox.close();
  await connection.close();
  data.remove();
});

async function newNamespace(retentionDays = 30, isPrepared = true): Promise<string> {
  const namespace = `doctor-${randomUUID()}`;
  const workflowExecutionRetentionPeriod = { seconds: retentionDays * 86_400 } as never;
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  if (isPrepared) await prepareNamespace(connection, namespace);
  return namespace;
}

async function look(changed: Settings = {}): Promise<Found[]> {
  const config = readConfig({ ...settings, ...changed });
  return await examine(config, refuseUnsafe('worker', config));
}

const whatIs = (found: Found[], level: Level) => found.filter((one) => one.level === level).map(({ check }) => check);

/** Whether there is room, and how many connections there may be, is this machine's affair. */
const OF_THIS_MACHINE: CheckName[] = ['disk', 'descriptors'];

/** What the doctor finds with these settings that it does not find without them: each has the check, and what it says. */
async function changedBy(changed: Settings): Promise<Found[]> {
  const [before, after] = [await look(), await look(changed)];
  const isNew = ({ check, level, found }: Found) =>
    level !== 'ok' && !before.some((one) => one.check === check && one.level === level && one.found === found);
  const fresh = after.filter(isNew);
  for (const { found, advice } of fresh) expect([found, advice]).toEqual([found, expect.stringMatching(/.{5}/)]);
  return fresh;
}

function expectOnly(found: Found[], check: CheckName, level: Level, what: RegExp): void {
  expect(found.map((one) => [one.check, one.level])).toEqual([[check, level]]);
  expect(found[0]?.found).toMatch(what);
}

test('where all is well it says so', async () => {
  const found = (await look()).filter(({ check }) => !OF_THIS_MACHINE.includes(check));
  expect(whatIs(found, 'wrong')).toEqual([]);
  // These tests are on one machine, without TLS.
  expect(new Set(whatIs(found, 'warning'))).toEqual(new Set(['public-url']));
  expect(new Set(whatIs(found, 'open'))).toEqual(new Set(['public-url', 'callback-targets', 'tls']));
  expect(found.find(({ check, level }) => check === 'public-url' && level === 'open')?.found).toContain('from outside');
});

async function doctor(changed: Settings, parameters: string[] = [], limit = '') {
  const program = [process.execPath, '--import', 'tsx', 'src/main.ts', 'doctor', ...parameters];
  const told = launch('sh', ['-c', `${limit} exec "$@"`, 'sh', ...program], { ...settings, ...changed });
  const code = await endOf(told, 60_000);
  return { code, output: told.output() };
}

type Json = { exitCode: number; findings: Found[] };

describe('the command', () => {
  test('tells what should be done, with exit code 2, for people and programs', async () => {
    const changed = { ALLOW_UNSAFE: '' };
    const [people, programs] = [await doctor(changed), await doctor(changed, ['--json'])];
    expect([people.code, programs.code]).toEqual([2, 2]);
    expect(people.output).toMatch(
      /^WARNING +public-url +http:\/\/127\.0\.0\.1:\d+ is not encrypted\.\n +→ Let a proxy/m,
    );
    const { exitCode, findings } = JSON.parse(programs.output) as Json;
    expect(exitCode).toBe(2);
    expect(findings.filter(({ level }) => level !== 'ok').every(({ advice }) => advice !== undefined)).toBe(true);
    for (const secret of [KEY, SEALING, 's-platform']) expect(people.output + programs.output).not.toContain(secret);
  });

  test('tells what must be done, with exit code 1: settings that cannot be used too', async () => {
    const { code, output } = await doctor({ PORT: 'eighty' }, ['--json']);
    expect(code).toBe(1);
    expect((JSON.parse(output) as Json).findings).toMatchObject([
      { check: 'settings', level: 'wrong', found: expect.stringContaining('PORT') },
    ]);
  });

  test('says how few connections a process may have', async () => {
    const { output } = await doctor({}, [], 'ulimit -n 256;');
    expect(output).toMatch(/^WARNING +descriptors +A process may have 256 descriptors: 192 connections/m);
  });
});

describe('settings and accounts', () => {
  const file = (name: string, content: unknown) => {
    const path = join(data.path, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify({ accounts: [content] }), {
      mode: 0o600,
    });
    return { ACCOUNTS_FILE: path };
  };
  const token = (expires: number) => ({
    ...{ id: 't-1', secretSha256: '0'.repeat(64) },
    expires: new Date(Date.now() + expires).toISOString(),
  });
  const DAY_MS = 24 * 60 * MINUTE_MS;

  test.each<[string, () => Settings, CheckName, Level, RegExp]>([
    [
      'an unsafe one that was allowed',
      () => ({ CALLBACK_KEYS: `${KEY},old:0123456789012345`, ALLOW_UNSAFE: 'weak-secrets' }),
      'settings',
      'warning',
      /CALLBACK_KEYS.*less than 128 bits/,
    ],
    ['no audit log', () => ({ AUDIT_LOG: '' }), 'audit-log', 'warning', /Nobody writes down/],
    [
      'accounts that are not there',
      () => ({ ACCOUNTS_FILE: join(data.path, 'none.json') }),
      'accounts',
      'wrong',
      /ACCOUNTS_FILE.*none\.json/,
    ],
    [
      'accounts that cannot be read',
      () => file('broken.json', '{'),
      'accounts',
      'wrong',
      /broken\.json cannot be used/,
    ],
    [
      'accounts sealed with another key',
      () => ({ ACCOUNTS_KEYS: `b:${Buffer.alloc(32, 2).toString('base64')}` }),
      'accounts',
      'wrong',
      /sealed with the key "a"/,
    ],
    [
      'an account with a token that expires soon',
      () => file('soon.json', { userId: 'u-1', webhookSecret: WEBHOOK, tokens: [token(3 * DAY_MS)] }),
      'accounts',
      'warning',
      /t-1 of u-1 expires/,
    ],
    [
      'an account without tokens',
      () => file('none-left.json', { userId: 'u-1', webhookSecret: WEBHOOK, tokens: [] }),
      'accounts',
      'warning',
      /No token of u-1 fits/,
    ],
    [
      'a secret that stands in the file',
      () => file('plain.json', { userId: 'u-1', webhookSecret: WEBHOOK, token: 't', secret: KEY }),
      'accounts',
      'warning',
      /secret of the token t of u-1 stands/,
    ],
    [
      'secrets that nobody seals',
      () => ({
        ...file('unsealed.json', { userId: 'u-1', webhookSecret: WEBHOOK, tokens: [token(99 * DAY_MS)] }),
        ACCOUNTS_KEYS: '',
      }),
      'accounts',
      'warning',
      /Webhook secrets stand/,
    ],
  ])('%s', async (_name, changed, check, level, what) => expectOnly(await changedBy(changed()), check, level, what));

  test('the local account', async () => {
    const found = await changedBy({ ACCOUNTS_FILE: '' });
    expect(found).toContainEqual(expect.objectContaining({ check: 'accounts', level: 'wrong' }));
  });

  test('a token that has expired', async () => {
    const found = await changedBy(
      file('late.json', { userId: 'u-1', webhookSecret: WEBHOOK, tokens: [token(-DAY_MS)] }),
    );
    expect(found.map((one) => one.found)).toEqual([
      expect.stringContaining('t-1 of u-1 has expired'),
      expect.stringContaining('No token'),
    ]);
  });
});

describe('Temporal', () => {
  test('that does not answer', async () => {
    const found = await changedBy({ TEMPORAL_ADDRESS: '127.0.0.1:9' });
    expect(whatIs(found, 'wrong')).toEqual(['temporal', 'workers']);
    expect(whatIs(found, 'warning')).toEqual(['namespace', 'versions', 'callback-keys', 'held-keys', 'temporal-clock']);
  });

  test('without the namespace', async () => {
    const found = await changedBy({ TEMPORAL_NAMESPACE: 'nowhere' });
    expect(found[0]).toMatchObject({
      check: 'namespace',
      level: 'wrong',
      found: expect.stringContaining('no namespace "nowhere"'),
    });
  });

  test('that forgets too soon, and has no worker', async () => {
    const found = await changedBy({ TEMPORAL_NAMESPACE: await shortNamespace() });
    expect(found.map(({ check, level }) => [check, level])).toEqual([
      ['namespace', 'warning'],
      ['workers', 'wrong'],
    ]);
    expect(found[0]?.found).toContain('for 1 days');
  });

  async function shortNamespace() {
    const namespace = await newNamespace();
    const workflowExecutionRetentionTtl = { seconds: 86_400 } as never;
    await connection.workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl } });
    await until('it is known', async () =>
      (await look({ TEMPORAL_NAMESPACE: namespace })).some(({ found }) => found.includes('for 1 days')),
    );
    return namespace;
  }

  test('without search attributes', async () => {
    const found = await changedBy({ TEMPORAL_NAMESPACE: await newNamespace(30, false) });
    expect(found[0]).toMatchObject({
      check: 'namespace',
      level: 'wrong',
      found: expect.stringContaining('search attributes'),
    });
  });

  test('with a worker that has other keys, and is of another version', async () => {
    const namespace = await newNamespace();
    const identity = 'someone@elsewhere key:k9.abcdefgh convoke:0.0.1';
    const polled = connection
      .withDeadline(Date.now() + 20_000, () =>
        connection.workflowService.pollWorkflowTaskQueue({ namespace, taskQueue: { name: 'conferences' }, identity }),
      )
      .catch(() => undefined);
    await until('Temporal tells of it', async () =>
      (await look({ TEMPORAL_NAMESPACE: namespace })).some(
        ({ check, level }) => check === 'versions' && level === 'warning',
      ),
    );
    const found = await changedBy({ TEMPORAL_NAMESPACE: namespace });
    expect(found.map(({ check, found: what }) => [check, what])).toEqual([
      ['versions', expect.stringContaining('someone@elsewhere is of version 0.0.1')],
      ['workers', expect.stringContaining('No worker')],
      ['callback-keys', expect.stringContaining('signs callback URLs with the key k9.abcdefgh')],
    ]);
    await polled;
  });

  test('with keys of this machine alone, or other ones than the workers', async () => {
    expectOnly(await changedBy({ CALLBACK_KEYS: '' }), 'callback-keys', 'warning', /this machine's alone/);
    expectOnly(await changedBy({ CALLBACK_KEYS: OTHER_KEY }), 'callback-keys', 'wrong', /signs .* with the key k1\./);
  });
});

describe('clocks', () => {
  afterEach(() => void jest.restoreAllMocks());

  test.each([MINUTE_MS, -MINUTE_MS])('one that is off by %d ms', async (offMs) => {
    const before = await look();
    const { now } = Date;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + offMs);
    const found = (await look()).filter(
      ({ level, check }) => level === 'wrong' && !whatIs(before, 'wrong').includes(check),
    );
    expect(found.map(({ check }) => check)).toEqual(['temporal-clock', 'clock']);
    for (const one of found)
      expect(one.found).toMatch(offMs > 0 ? /5\d\.\d s before|60\.\d s before/ : /5\d\.\d s behind|60\.\d s behind/);
  });
});

describe('platform and gateway', () => {
  async function serve(certificate: Certificate | undefined, status: number): Promise<string> {
    const answer: Parameters<typeof createHttpServer>[1] = (_request, response) =>
      void response.writeHead(status).end('{}');
    const server = certificate === undefined ? createHttpServer({}, answer) : createTlsServer(certificate, answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `${certificate === undefined ? 'http' : 'https'}://localhost:${(server.address() as AddressInfo).port}`;
  }

  test('credentials that the platform refuses', async () => {
    expectOnly(await changedBy({ PLATFORM_SECRET: 'wrong' }), 'platform', 'wrong', /refuses our credentials \(401\)/);
  });

  test('a platform that does not answer, or is none', async () => {
    const found = await changedBy({ PLATFORM_URL: NOBODY });
    expect(found.map(({ check, level }) => [check, level])).toEqual([
      ['platform', 'wrong'],
      ['clock', 'warning'],
    ]);
    expectOnly(
      await changedBy({ PLATFORM_URL: await serve(undefined, 200) }),
      'platform',
      'wrong',
      /not by a Catapult API/,
    );
  });

  test('the sandbox', async () => {
    const SANDBOX_PORT = new URL(settings['PLATFORM_URL'] ?? '').port;
    expectOnly(await changedBy({ SANDBOX_PORT }), 'platform', 'warning', /is the sandbox/);
  });

  test('a PUBLIC_URL at which nobody answers, or somebody else, or that has no second gateway', async () => {
    const away = await changedBy({ PUBLIC_URL: NOBODY });
    expect(away).toContainEqual(
      expect.objectContaining({
        check: 'public-url',
        level: 'wrong',
        found: expect.stringContaining('does not answer from here'),
      }),
    );
    const other = await changedBy({ PUBLIC_URL: await serve(undefined, 200) });
    expect(other).toContainEqual(
      expect.objectContaining({
        check: 'public-url',
        level: 'wrong',
        found: expect.stringContaining('not by a gateway'),
      }),
    );
    const alone = await changedBy({ BRIDGE_FALLBACK_URL: '' });
    expectOnly(alone, 'public-url', 'warning', /one gateway to call back to/);
  });

  test('proxies that nobody named, or that may be anybody', async () => {
    const url = await serve(tests.issue(['localhost']), 200);
    const found = await changedBy({ PUBLIC_URL: url });
    expect(found).toContainEqual(expect.objectContaining({ check: 'proxies', level: 'warning' }));
    expectOnly(await changedBy({ TRUSTED_PROXIES: '10.0.0.0/8,0.0.0.0/0' }), 'proxies', 'wrong', /0\.0\.0\.0\/0/);
  });

  test('certificates that nobody trusts, that have expired, or will', async () => {
    const from = new Date(Date.now() - 10 * 24 * 60 * MINUTE_MS);
    const until5Days = { from, to: new Date(Date.now() + 5 * 24 * 60 * MINUTE_MS) };
    const untilYesterday = { from, to: new Date(Date.now() - 24 * 60 * MINUTE_MS) };
    const ofTls = (found: Found[]) => found.filter(({ check, level }) => check === 'tls' && level !== 'open');
    const untrusted = await changedBy({ PLATFORM_URL: await serve(tests.issue(['localhost']), 404) });
    expectOnly(ofTls(untrusted), 'tls', 'wrong', /Nobody trusts/);
    const expired = await changedBy({ PLATFORM_URL: await serve(tests.issue(['localhost'], untilYesterday), 404) });
    expectOnly(ofTls(expired), 'tls', 'wrong', /has expired/);
    const trusting = join(data.path, 'authority.pem');
    writeFileSync(trusting, tests.cert);
    const url = await serve(tests.issue(['localhost'], until5Days), 404);
    const { output } = await doctor({ PLATFORM_URL: url, NODE_EXTRA_CA_CERTS: trusting }, ['--json']);
    expectOnly(ofTls((JSON.parse(output) as Json).findings), 'tls', 'warning', /expires at/);
  });

  test("customers' URLs that reach what is inside", async () => {
    const loopback = await changedBy({ CALLBACK_ALLOWED_NETWORKS: '127.0.0.0/8' });
    expectOnly(loopback, 'callback-targets', 'wrong', /reach 127\.0\.0\.1/);
    expectOnly(
      await changedBy({ CALLBACK_ALLOWED_NETWORKS: '169.254.0.0/16' }),
      'callback-targets',
      'wrong',
      /169\.254\.169\.254/,
    );
    expectOnly(
      await changedBy({ CALLBACK_ALLOWED_NETWORKS: '10.0.0.0/8' }),
      'callback-targets',
      'warning',
      /10\.0\.0\.0\/8/,
    );
    const unknown = await changedBy({ PUBLIC_URL: 'http://nowhere.invalid' });
    expect(unknown).toContainEqual(
      expect.objectContaining({
        check: 'callback-targets',
        level: 'wrong',
        found: expect.stringContaining('nowhere.invalid cannot be looked up'),
      }),
    );
  });
});

describe('the machine', () => {
  test('directories that others read, or that are none', async () => {
    const journal = join(data.path, 'open-journal');
    mkdirSync(journal);
    chmodSync(journal, 0o755);
    expectOnly(await changedBy({ JOURNAL_DIR: journal }), 'files', 'wrong', /everybody .* can use .*open-journal/);
    const file = join(data.path, 'a-file');
    writeFileSync(file, '', { mode: 0o600 });
    expectOnly(await changedBy({ JOURNAL_DIR: file }), 'files', 'wrong', /no directory/);
  });

  const onLinux = existsSync('/proc/self') && existsSync('/dev/shm') ? test : test.skip;
  onLinux('a disk without room, and one that is memory', async () => {
    const full = await changedBy({ JOURNAL_DIR: '/proc/journal' });
    expect(full).toContainEqual(
      expect.objectContaining({ check: 'disk', level: 'wrong', found: expect.stringContaining('0.0 GiB are free') }),
    );
    const gone = await changedBy({ JOURNAL_DIR: '/dev/shm/convoke-nobody' });
    expect(gone).toContainEqual(
      expect.objectContaining({ check: 'disk', level: 'wrong', found: expect.stringContaining('is in memory') }),
    );
  });
});

test('it has changed nothing', () => {
  expect(existsSync(join(data.path, 'callback-key'))).toBe(false);
  expect(
    readFileSync(settings['AUDIT_LOG'] ?? '', 'utf8')
      .split('\n')
      .filter((line) => line.includes('request')),
  ).toEqual([]);
});
