import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { eventsPath } from '../../src/catapult/paths.ts';
import { addAccount, revokeToken } from '../../src/accounts-tool.ts';
import { readConfig } from '../../src/config.ts';
import { freePort, killGroup, launch, type Program } from '../support/processes.ts';
import { until } from '../support/until.ts';

/* A token that is revoked: every gateway refuses it within 10 s, and whoever still follows a conference with it is cut off. */

const WITHIN_MS = 10_000;

let folder: string;
let gateways: { program: Program; url: string }[];
let credentials: { token: string; secret: string };
let settings: Record<string, string>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'convoke-revoked-'));
  settings = {
    ...{ ACCOUNTS_FILE: join(folder, 'accounts.json'), CALLBACK_KEYS: 'test:0123456789abcdef0123456789abcdef' },
    ...{ PUBLIC_URL: 'https://convoke.example', TEMPORAL_ADDRESS: '127.0.0.1:9', TEMPORAL_CONFIG_FILE: '/nowhere' },
  };
  const lines: string[] = [];
  await addAccount(readConfig(settings), 'u-1', { scope: 'write' }, (line) => void lines.push(line.trim()));
  const of = (name: string) => lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? '';
  credentials = { token: of('token'), secret: of('secret') };
  gateways = await Promise.all(['a', 'b'].map(start));
}, 60_000);
afterEach(async () => {
  for (const { program } of gateways) killGroup(program);
  await Promise.all(gateways.map(({ program }) => program.ended));
  rmSync(folder, { recursive: true });
});

async function start(name: string) {
  const PORT = await freePort();
  const own = { ...settings, PORT, CONVOKE_DATA_DIR: join(folder, name) };
  const program = launch(process.execPath, ['--import', 'tsx', 'src/main.ts', 'gateway'], own);
  await program.until(/ready on/, 30_000);
  return { program, url: `http://127.0.0.1:${PORT}` };
}

const path = eventsPath('u-1', `conf-${'a'.repeat(26)}`);
const ask = (url: string, query = '') =>
  fetch(url + path + query, { headers: { authorization: basicAuth(credentials) } });

test('also where somebody follows with it', async () => {
  const followed = await Promise.all(gateways.map(({ url }) => ask(url, '?follow=true')));
  expect(followed.map(({ status }) => status)).toEqual([200, 200]);
  let over = 0;
  for (const { body } of followed) {
    const isOver = () => void (over += 1);
    void body?.pipeTo(new WritableStream()).then(isOver, isOver);
  }
  expect((await ask(gateways[0]?.url ?? '')).status).toBe(503);
  expect(over).toBe(0);
  await revokeToken(readConfig(settings), 'u-1', credentials.token, () => undefined);
  const areAllRefused = async () => {
    const answers = await Promise.all(gateways.map(({ url }) => ask(url)));
    return answers.every(({ status }) => status === 401);
  };
  await Promise.all([
    until('both refuse it', areAllRefused, WITHIN_MS),
    until('nobody follows any more', () => over === 2, WITHIN_MS),
  ]);
}, 60_000);
