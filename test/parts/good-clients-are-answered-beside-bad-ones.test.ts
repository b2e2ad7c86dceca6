import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CallbackTokens } from '../../src/accounts/callback-tokens.ts';
import { addAccount } from '../../src/accounts-tool.ts';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { eventsPath } from '../../src/catapult/paths.ts';
import { readConfig } from '../../src/config.ts';
import { freePort, killGroup, launch, type Program } from '../support/processes.ts';
import { badRequests, stranger, type Stranger } from '../support/strangers.ts';
import { until } from '../support/until.ts';

/*
 * Bad clients of every kind at once, 2,000 connections of them, beside a platform that calls back and an account that asks: each of those is
 * answered, and no callback that was acknowledged is lost. There is no Temporal: what is taken waits in the journal, where it is counted.
 */

const KEY = 'test:0123456789abcdef0123456789abcdef';
const CALLBACKS = 300;
const READS = 60;
const BAD_CONNECTIONS = 2_000;

let folder: string;
let gateway: Program;
let url: string;
let credentials: { token: string; secret: string };
const strangers: Stranger[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'convoke-bad-'));
  const PORT = await freePort();
  url = `http://127.0.0.1:${PORT}`;
  const settings = {
    ...{ PORT, PUBLIC_URL: url, CONVOKE_DATA_DIR: folder, ACCOUNTS_FILE: join(folder, 'accounts.json') },
    ...{ CALLBACK_KEYS: KEY, TEMPORAL_ADDRESS: '127.0.0.1:9', TEMPORAL_CONFIG_FILE: '/nowhere' },
    AUDIT_LOG: join(folder, 'audit.log'),
  };
  const lines: string[] = [];
  await addAccount(readConfig(settings), 'u-1', { scope: 'write' }, (line) => void lines.push(line.trim()));
  const of = (name: string) => lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? '';
  credentials = { token: of('token'), secret: of('secret') };
  const program = [process.execPath, '--import', 'tsx', 'src/main.ts', 'gateway'];
  gateway = launch('sh', ['-c', 'ulimit -n 1024; exec "$@"', 'sh', ...program], settings);
  await gateway.until(/ready on/, 30_000);
}, 60_000);
afterAll(async () => {
  for (const { socket } of strangers) socket.destroy();
  killGroup(gateway);
  await gateway.ended;
  rmSync(folder, { recursive: true });
});

const conferenceId = `conf-${'a'.repeat(26)}`;
const callbackPath = new CallbackTokens([KEY]).path({
  ...{ userId: 'u-1', conferenceId },
  ...{ channel: 'primary', attemptId: 'run.1' },
});
const eventsOf = eventsPath('u-1', conferenceId);
const BAD = badRequests(eventsOf, callbackPath);

/** Each on a connection of its own: one that is kept would never have to find room. */
function send(method: 'GET' | 'POST', path: string, headers: Record<string, string>, body?: string): Promise<string> {
  return new Promise((resolve) => {
    const sent = request(
      url + path,
      { method, headers, agent: false, localAddress: '127.0.0.2', timeout: 20_000 },
      (answer) => {
        answer.resume().on('end', () => resolve(String(answer.statusCode)));
      },
    );
    sent.on('error', ({ message }) => resolve(message));
    sent.on('timeout', () => sent.destroy(new Error('no answer within 20 s')));
    sent.end(body);
  });
}

const callBack = (number: number) =>
  send('POST', callbackPath, { 'content-type': 'application/json' }, JSON.stringify({ eventType: 'dtmf', number }));
const read = () => send('GET', '/v1/users/u-1/conferences/no-id', { authorization: basicAuth(credentials) });

async function waiting(): Promise<number> {
  const answer = await fetch(`${url}/readyz`);
  const { journal } = (await answer.json()) as { journal: { waiting: number } };
  return journal.waiting;
}

test('all good ones are answered, and nothing that was acknowledged is lost', async () => {
  const answers = { callbacks: new Map<string, number>(), reads: new Map<string, number>() };
  const note = (of: Map<string, number>, answer: string) => of.set(answer, (of.get(answer) ?? 0) + 1);
  for (let round = 0; round < CALLBACKS / 10; round += 1) {
    for (let count = 0; count < (10 * BAD_CONNECTIONS) / CALLBACKS; count += 1) {
      const from = `127.0.1.${1 + (strangers.length % 40)}`;
      strangers.push(stranger(url, BAD[strangers.length % BAD.length] ?? '', { from, reads: count % 3 !== 0 }));
    }
    const callbacks = Array.from({ length: 10 }, (_, number) => callBack(round * 10 + number));
    const reads = Array.from({ length: READS / (CALLBACKS / 10) }, () => read());
    for (const answer of await Promise.all(callbacks)) note(answers.callbacks, answer);
    for (const answer of await Promise.all(reads)) note(answers.reads, answer);
  }
  expect(strangers.length).toBeGreaterThanOrEqual(BAD_CONNECTIONS - CALLBACKS / 10);
  expect([...answers.callbacks]).toEqual([['200', CALLBACKS]]);
  expect([...answers.reads]).toEqual([['404', READS]]);
  await until('the journal has all that was acknowledged', async () => (await waiting()) === CALLBACKS, 10_000);
  expect(gateway.output()).not.toMatch(/EMFILE|"level":"(error|fatal)"/);
}, 120_000);
