import { randomUUID } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { pino } from 'pino';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { CallbackTokens } from '../../src/accounts/callback-tokens.ts';
import { readConfig } from '../../src/config.ts';
import { startGateway } from '../../src/gateway.ts';
import { prepareNamespace } from '../../src/namespace.ts';
import type { RunningPart } from '../../src/part.ts';
import { dataDirectory, freePort, killGroup, launch, type Program } from '../support/processes.ts';
import { required } from '../support/temporal.ts';
import { stays, until } from '../support/until.ts';

const KEY = 'k1:0123456789abcdef0123456789abcdef';
const OTHER_KEY = 'k2:fedcba9876543210fedcba9876543210';
const TOLD_WITHIN_MS = 30_000;

let data: ReturnType<typeof dataDirectory>;
let lines: string[];
let gateway: RunningPart | undefined;
let worker: Program | undefined;
beforeEach(() => {
  data = dataDirectory();
  lines = [];
});
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
  data.remove();
});
afterAll(async () => {
  if (worker === undefined) return;
  killGroup(worker);
  await worker.ended;
});

/** Nothing listens on port 9: there is no Temporal, unless a test has one. */
async function start(settings: Record<string, string>): Promise<string> {
  const base = { PORT: '0', TEMPORAL_ADDRESS: '127.0.0.1:9', CALLBACK_KEYS: KEY, CONVOKE_DATA_DIR: data.path };
  const logger = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
  gateway = await startGateway(readConfig({ ...base, ...settings }), logger);
  return gateway.address ?? '';
}

const told = (text: string) => lines.filter((line) => line.includes(text));
const untilTold = (text: string) =>
  until(
    `a line names ${text}`,
    () => {
      if (told(text).length === 0) throw new Error(`told is: ${lines.join('')}`);
      return true;
    },
    TOLD_WITHIN_MS,
  );

const callbackPath = (key: string) =>
  new CallbackTokens([key]).path({
    userId: LOCAL_ACCOUNT.userId,
    conferenceId: 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa',
    channel: 'primary',
    attemptId: 'run.1',
  });

test('callbacks whose signature does not fit are logged once a minute, with CALLBACK_KEYS', async () => {
  const url = await start({});
  for (let n = 0; n < 3; n += 1) {
    const answer = await fetch(url + callbackPath(OTHER_KEY), { method: 'POST', body: '{}' });
    expect(answer.status).toBe(404);
  }
  expect(told('CALLBACK_KEYS')).toHaveLength(1);
  await fetch(url + '/nothing', { method: 'POST', body: '{}' });
  expect(lines.filter((line) => line.includes('signature'))).toHaveLength(1);
});

test.each([{ 'x-forwarded-proto': 'HTTPS, http' }, { forwarded: 'for=192.0.2.7;proto=https' }])(
  'TLS in front of it without PUBLIC_URL is told, as %j says so',
  async (headers) => {
    const url = await start({});
    await fetch(`${url}/healthz`, { headers: { 'x-forwarded-proto': 'http' } });
    expect(told('PUBLIC_URL')).toHaveLength(0);
    await fetch(`${url}/healthz`, { headers });
    expect(told('PUBLIC_URL')).toHaveLength(1);
  },
);

test('TLS in front of it without PUBLIC_URL is told once; with PUBLIC_URL not', async () => {
  const behindTls = { headers: { 'x-forwarded-proto': 'https' } };
  const url = await start({});
  await fetch(`${url}/healthz`);
  expect(told('PUBLIC_URL')).toHaveLength(0);
  for (let n = 0; n < 2; n += 1) await fetch(`${url}/healthz`, behindTls);
  expect(told('PUBLIC_URL')).toHaveLength(1);
  await gateway?.stop();
  const other = await start({ PUBLIC_URL: 'https://conferences.example' });
  await fetch(`${other}/healthz`, behindTls);
  expect(told('PUBLIC_URL')).toHaveLength(1);
});

test('a wrong configuration ends before the journal is opened', async () => {
  const { userId: _local, ...rest } = LOCAL_ACCOUNT;
  const accounts = join(data.path, 'accounts.json');
  writeFileSync(accounts, JSON.stringify({ accounts: [1, 2].map(() => ({ userId: 'u-twice', ...rest })) }));
  await expect(start({ ACCOUNTS_FILE: accounts })).rejects.toThrow(/ACCOUNTS_FILE: .*"u-twice" stands in it twice/);
  await expect(start({ CALLBACK_KEYS: 'k1:short' })).rejects.toThrow('CALLBACK_KEYS');
  await expect(start({ TEMPORAL_ADDRESS: 'http://127.0.0.1:9' })).rejects.toThrow('TEMPORAL_ADDRESS: got');
  const noDirectory = { CONVOKE_DATA_DIR: accounts, CALLBACK_KEYS: '', JOURNAL_DIR: join(data.path, 'journal') };
  await expect(start(noDirectory)).rejects.toThrow('CONVOKE_DATA_DIR');
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const port = String((other.address() as AddressInfo).port);
  await expect(start({ PORT: port })).rejects.toThrow(`Port ${port} is taken: set PORT`);
  await new Promise((resolve) => other.close(resolve));
  expect(existsSync(join(data.path, 'journal'))).toBe(false);
});

test.each(['sandbox', 'temporal'])(
  'a data directory that cannot be is named by the %s, which ends',
  async (verb) => {
    const [PORT = '', SANDBOX_PORT = '', TEMPORAL_PORT = '', TEMPORAL_UI_PORT = ''] = await Promise.all(
      Array.from({ length: 4 }, freePort),
    );
    const ports = { PORT, SANDBOX_PORT, TEMPORAL_PORT, TEMPORAL_UI_PORT };
    const part = launch('node', ['scripts/convoke.mjs', verb], { ...ports, CONVOKE_DATA_DIR: '/dev/null/convoke' });
    expect(await part.ended).toBe(1);
    expect(part.output()).toMatch(/^CONVOKE_DATA_DIR: \/dev\/null\/convoke cannot be made.*\n$/);
  },
  60_000,
);

test('a Temporal that does not answer is told once, with its settings', async () => {
  await start({});
  await untilTold('TEMPORAL_ADDRESS');
  expect(told('TEMPORAL_ADDRESS')[0]).toMatch(/127\.0\.0\.1:9 \(TEMPORAL_ADDRESS\).* does not answer \(.*ECONNREFUSED/);
}, 60_000);

test('a worker with other CALLBACK_KEYS or PAYLOAD_KEYS is named to the gateway, before any callback comes', async () => {
  const address = required('TEST_TEMPORAL_ADDRESS');
  const namespace = `keys-${randomUUID()}`;
  const connection = await Connection.connect({ address });
  await prepareNamespace(connection, namespace);
  await connection.close();
  const temporal = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, CONVOKE_DATA_DIR: data.path };
  worker = launch('node', ['scripts/convoke.mjs', 'worker'], { ...temporal, CALLBACK_KEYS: OTHER_KEY });
  await worker.until(/ready on/);
  await start({ ...temporal, CALLBACK_KEYS: `${KEY},${OTHER_KEY}` });
  await stays('nothing is told', () => told('CALLBACK_KEYS').length === 0, 2_000);
  await gateway?.stop();
  await start({ ...temporal, PAYLOAD_KEYS: `sealed:${Buffer.alloc(32, 7).toString('base64')}` });
  await untilTold('PAYLOAD_KEYS');
  expect(told('PAYLOAD_KEYS')[0]).toMatch(/worker \d+@\S+ cannot open what is sealed here with the key sealed\./);
  await untilTold('CALLBACK_KEYS');
  expect(told('CALLBACK_KEYS')[0]).toMatch(/worker \d+@\S+ signs callback URLs with the key k2\.[\w-]{8}.*k1\./);
}, 90_000);
