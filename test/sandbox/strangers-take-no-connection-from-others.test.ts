import { request } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { CallbackTokens } from '../../src/accounts/callback-tokens.ts';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { eventsPath } from '../../src/catapult/paths.ts';
import { dataDirectory, freePort, killGroup, launch, type Program } from '../support/processes.ts';
import { stranger, type Stranger } from '../support/strangers.ts';
import { until } from '../support/until.ts';

/* A gateway that may have few descriptors, as a process has 1,024 by default in many places, and more strangers than that. */

const DESCRIPTORS = 256;
const KEY = 'test:0123456789abcdef0123456789abcdef';
const data = dataDirectory();
const strangers: Stranger[] = [];
const followers: Socket[] = [];
let gateway: Program;
let url: string;

beforeAll(async () => {
  const PORT = await freePort();
  url = `http://127.0.0.1:${PORT}`;
  const settings = { PORT, TEMPORAL_ADDRESS: '127.0.0.1:9', CALLBACK_KEYS: KEY, CONVOKE_DATA_DIR: data.path };
  const program = [process.execPath, '--import', 'tsx', 'src/main.ts', 'gateway'];
  gateway = launch('sh', ['-c', `ulimit -n ${DESCRIPTORS}; exec "$@"`, 'sh', ...program], settings);
  await gateway.until(/ready on/, 30_000);
}, 60_000);
afterAll(async () => {
  for (const socket of [...followers, ...strangers.map((one) => one.socket)]) socket.destroy();
  killGroup(gateway);
  await gateway.ended;
  data.remove();
});

const path = new CallbackTokens([KEY]).path({
  ...{ userId: 'u-local', conferenceId: `conf-${'a'.repeat(26)}` },
  ...{ channel: 'primary', attemptId: 'run.1' },
});

/** A callback of the platform, on a connection of its own: the status of its answer, or why there is none. */
function callback(localAddress: string): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  return new Promise((resolve) => {
    const sending = request(url + path, { method: 'POST', headers, localAddress, agent: false, timeout: 2_000 });
    sending.on('response', (answer) => {
      answer.resume().on('end', () => resolve(String(answer.statusCode)));
    });
    sending.on('error', ({ message }) => resolve(message));
    sending.on('timeout', () => sending.destroy(new Error('no answer within 2 s')));
    sending.end(JSON.stringify({ eventType: 'dtmf' }));
  });
}

const sent: Record<string, string> = {
  'begin a request': 'POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n{',
  'have been answered and stay': 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n',
  'say nothing': '',
};

test.each(Object.keys(sent))('the platform is answered throughout, beside 300 who %s', async (what) => {
  const answers = new Set<string>();
  for (let count = 0; count < 300; count += 1) {
    strangers.push(stranger(url, sent[what] ?? ''));
    // From an address of its own, and from the strangers' own, as behind a proxy.
    if (count % 10 === 0) for (const from of ['127.0.0.2', '127.0.0.1']) answers.add(await callback(from));
  }
  expect(answers).toEqual(new Set(['200']));
  const open = () => strangers.filter(({ socket }) => !socket.destroyed).length;
  await until('no more are open than there may be', () => open() < DESCRIPTORS, 5_000);
  expect(gateway.output()).not.toMatch(/EMFILE/);
});

test('and beside as many from many addresses', async () => {
  const answers = new Set<string>();
  for (let count = 0; count < 300; count += 1) {
    strangers.push(stranger(url, sent['begin a request'] ?? '', { from: `127.0.1.${1 + (count % 100)}` }));
    if (count % 10 === 0) answers.add(await callback('127.0.0.2'));
  }
  expect(answers).toEqual(new Set(['200']));
});

/** Follows a conference; answers when the stream has begun, which it does without Temporal too. */
function follower(from: string): Promise<Socket> {
  const headers = { authorization: basicAuth(LOCAL_ACCOUNT) };
  const following = request(`${url}${eventsPath('u-local', `conf-${'b'.repeat(26)}`)}?follow=true`, {
    ...{ headers, localAddress: from, agent: false },
  });
  return new Promise((resolve, reject) => {
    following.on('response', (answer) => {
      followers.push(answer.socket);
      answer.on('error', () => undefined).resume();
      resolve(answer.socket);
    });
    following.on('error', reject);
    following.end();
  });
}

test('the platform is answered where all connections follow, and followers stay where strangers come', async () => {
  for (const { socket } of strangers.splice(0)) socket.destroy();
  const perAddress = (DESCRIPTORS * 3) / 8;
  const begun = await Promise.all(
    Array.from({ length: 2 * perAddress }, (_, count) => follower(`127.0.2.${1 + (count % 2)}`)),
  );
  const answers = new Set<string>();
  for (let count = 0; count < 300; count += 1) {
    strangers.push(stranger(url, sent['begin a request'] ?? ''));
    if (count % 10 === 0) for (const from of ['127.0.0.2', '127.0.2.1']) answers.add(await callback(from));
  }
  expect(answers).toEqual(new Set(['200']));
  // Strangers take each other's places, so few of those who follow have to come again.
  expect(begun.filter(({ destroyed }) => destroyed).length).toBeLessThan(10);
}, 60_000);
