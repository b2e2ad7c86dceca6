import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { loadCallbackTokens } from '../../src/accounts/callback-tokens.ts';
import { noteRunning } from '../../src/dev/running.ts';
import { Journal } from '../../src/gateway/journal.ts';

/* Files with customers' numbers and URLs, and with keys: what others on the machine may do with them. */

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'convoke-kept-'));
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

const modeOf = (path: string) => statSync(path).mode & 0o777;
const open = async (directory: string) => (await Journal.open(directory, pino({ level: 'silent' }))).close();

test('a journal is in a directory of its owner alone, also one that was made otherwise', async () => {
  const directory = join(folder, 'data', 'journal');
  await open(directory);
  expect(modeOf(directory)).toBe(0o700);
  chmodSync(directory, 0o755);
  await open(directory);
  expect(modeOf(directory)).toBe(0o700);
});

test('the key of callback URLs is its owner’s alone, and so is the data directory that is made for it', () => {
  const dataDir = join(folder, 'data');
  loadCallbackTokens(undefined, dataDir);
  expect([modeOf(dataDir), modeOf(join(dataDir, 'callback-key'))]).toEqual([0o700, 0o600]);
});

test('which processes run is its owner’s alone to know', () => {
  noteRunning(folder, new Map());
  expect(modeOf(join(folder, 'running.json'))).toBe(0o600);
});
