import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Accounts } from '../../src/accounts/accounts.ts';
import { loadAccounts } from '../support/accounts-file.ts';
import { AccountsInFile } from '../../src/accounts/store.ts';
import { noteTokenUses } from '../../src/accounts/note-uses.ts';
import { merged } from '../../src/accounts/token-uses.ts';
import { addAccount, listAccounts, revokeToken, rotateToken } from '../../src/accounts-tool.ts';
import { readConfig } from '../../src/config.ts';

/* When a token was used last: it is kept in memory, and noted once a minute at most, beside the file of accounts. */

let folder: string;
let file: string;
let credentials: { token: string; secret: string };
let warned: string[];
const logger = { warn: (line: string) => void warned.push(line) } as never;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'convoke-uses-'));
  [file, warned] = [join(folder, 'accounts.json'), []];
  const lines: string[] = [];
  await addAccount(config(), 'u-1', { scope: 'write' }, (line) => void lines.push(line.trim()));
  const of = (name: string) => lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? '';
  credentials = { token: of('token'), secret: of('secret') };
});
afterEach(() => {
  jest.useRealTimers();
  rmSync(folder, { recursive: true });
});

const config = () => readConfig({ TEMPORAL_CONFIG_FILE: '/nowhere', ACCOUNTS_FILE: file });
const store = () => new AccountsInFile(file, new Map());
const at = (hour: number) => Date.parse(`2026-01-31T${hour}:00:00Z`);

async function listed(): Promise<string[]> {
  const lines: string[] = [];
  await listAccounts(config(), (line) => void lines.push(line));
  return lines;
}

test('it is listed, of all gateways the latest, and never written into the file of accounts', async () => {
  const before = readFileSync(file, 'utf8');
  expect(await listed()).toContain(`  ${credentials.token}  write, not used so far`);
  const [one, other] = [loadAccounts(file), loadAccounts(file)];
  one.verify('u-1', credentials, at(12));
  other.verify('u-1', credentials, at(11));
  for (const accounts of [one, other]) await noteTokenUses(accounts, store(), logger)();
  expect(await listed()).toContain(`  ${credentials.token}  write, last used 2026-01-31T12:00:00.000Z`);
  expect(readFileSync(file, 'utf8')).toBe(before);
  const lines: string[] = [];
  await listAccounts(config(), (line) => void lines.push(line), true);
  const token = { id: credentials.token, scope: 'write', usedAt: '2026-01-31T12:00:00.000Z' };
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([{ userId: 'u-1', tokens: [token] }]);
  expect(statSync(`${file}.used`).mode & 0o777).toBe(0o600);
});

test('who is refused has not used it', async () => {
  const accounts = loadAccounts(file);
  accounts.verify('u-1', { ...credentials, secret: 'wrong' }, at(12));
  accounts.verify('u-2', credentials, at(12));
  await noteTokenUses(accounts, store(), logger)();
  expect(existsSync(`${file}.used`)).toBe(false);
});

test('it is noted once a minute at most, however many come', async () => {
  jest.useFakeTimers();
  const noted: unknown[] = [];
  const accounts = loadAccounts(file);
  const stop = noteTokenUses(accounts, { name: '', noteUses: async (uses) => void noted.push(uses) }, logger);
  for (let second = 0; second < 180; second += 1) {
    accounts.verify('u-1', credentials, at(12) + second * 1_000);
    await jest.advanceTimersByTimeAsync(1_000);
  }
  expect(noted).toHaveLength(3);
  await jest.advanceTimersByTimeAsync(600_000);
  await stop();
  expect(noted).toHaveLength(3);
});

test('a token that is gone is forgotten', async () => {
  const accounts = loadAccounts(file);
  accounts.verify('u-1', credentials, at(12));
  await rotateToken(config(), 'u-1', { scope: 'read' }, () => undefined);
  await revokeToken(config(), 'u-1', credentials.token, () => undefined);
  accounts.replace(await store().read());
  expect(accounts.takeUses()).toEqual({ 'u-1': {} });
});

test('what was noted by others, or is broken, keeps nobody from noting; that it cannot be noted is told once', async () => {
  writeFileSync(`${file}.used`, '{"u-9": {"t-9": "2026-01-01T00:00:00.000Z"}}');
  const accounts = loadAccounts(file);
  accounts.verify('u-1', credentials, at(12));
  await noteTokenUses(accounts, store(), logger)();
  expect(await store().uses()).toEqual({
    'u-9': { 't-9': '2026-01-01T00:00:00.000Z' },
    'u-1': { [credentials.token]: '2026-01-31T12:00:00.000Z' },
  });
  for (const broken of ['{', '{"u-1": 3}', '']) {
    writeFileSync(`${file}.used`, broken);
    expect(await store().uses()).toEqual({});
  }
  rmSync(`${file}.used`);
  mkdirSync(`${file}.used`);
  jest.useFakeTimers();
  const stop = noteTokenUses(accounts, store(), logger);
  for (let minute = 0; minute < 3; minute += 1) {
    accounts.verify('u-1', credentials, at(13) + minute);
    await jest.advanceTimersByTimeAsync(60_000);
  }
  await stop();
  expect(warned).toEqual([expect.stringContaining('it cannot be noted when tokens are used')]);
});

test('of two times the later one counts', () => {
  const [early, late] = ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.001Z'];
  expect(merged({ u: { t: early } }, { u: { t: late } })).toEqual({ u: { t: late } });
  expect(merged({ u: { t: late } }, { u: { t: early, s: early }, v: {} })).toEqual({ u: { t: late, s: early }, v: {} });
});

test('accounts that nobody has used leave nothing to be noted', () => {
  expect(new Accounts([]).takeUses()).toBeUndefined();
});
