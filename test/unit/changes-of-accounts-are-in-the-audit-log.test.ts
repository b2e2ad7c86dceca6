import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Account } from '../../src/accounts/accounts.ts';
import { loadAccounts } from '../support/accounts-file.ts';
import { changesBetween } from '../../src/accounts/changes.ts';
import { AccountsInFile } from '../../src/accounts/store.ts';
import { watchAccounts } from '../../src/accounts/watch.ts';
import { addAccount, revokeToken, rotateToken } from '../../src/accounts-tool.ts';
import { readConfig } from '../../src/config.ts';
import { until } from '../support/until.ts';

/* Who gave whom which token, and who took it: in the audit log of whoever did it, and of each gateway that learns of it. */

const SECRETS = ['a', 'b'].map((one) => `whsec_${Buffer.alloc(32, one).toString('base64')}`);
const token = (id: string, scope: 'read' | 'write' = 'write') => ({ id, scope, secretSha256: '0'.repeat(64) });
const account = (own: Partial<Account> = {}): Account => ({
  ...{ userId: 'u-1', webhookSecret: SECRETS[0] ?? '', tokens: [token('t-1')] },
  ...own,
});

let folder: string;
let file: string;
let log: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'convoke-changes-'));
  [file, log] = [join(folder, 'accounts.json'), join(folder, 'audit.log')];
});
afterEach(() => rmSync(folder, { recursive: true }));

const config = () => readConfig({ TEMPORAL_CONFIG_FILE: '/nowhere', ACCOUNTS_FILE: file, AUDIT_LOG: log });
const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('what the command does to accounts and tokens is told, and who did it', async () => {
  const told: string[] = [];
  const tell = (line: string) => void told.push(line.trim());
  await addAccount(config(), 'u-1', { scope: 'write' }, tell);
  await rotateToken(config(), 'u-1', { scope: 'read', expires: '2099-01-01T00:00:00Z' }, tell);
  const [first = '', second = ''] = told.filter((line) => line.startsWith('token ')).map((line) => line.slice(6));
  await revokeToken(config(), 'u-1', first, tell);
  const by = { account: 'u-1', by: userInfo().username, time: expect.any(String) };
  expect(linesOf(log)).toEqual([
    { ...by, event: 'account-added' },
    { ...by, event: 'token-added', token: first, scope: 'write' },
    { ...by, event: 'token-added', token: second, scope: 'read', expires: '2099-01-01T00:00:00Z' },
    { ...by, event: 'token-removed', token: first },
  ]);
  for (const line of told.filter((one) => /^(s|webhookS)ecret /.test(one)))
    expect(readFileSync(log, 'utf8')).not.toContain(line.split(' ')[1]);
});

test('nothing is changed where it could not be told of', async () => {
  mkdirSync(log);
  await expect(addAccount(config(), 'u-1', { scope: 'write' }, () => undefined)).rejects.toThrow('AUDIT_LOG');
  expect(() => readFileSync(file)).toThrow('ENOENT');
});

test('a gateway tells of what somebody has changed in the file', async () => {
  const write = (accounts: Account[]) => writeFileSync(file, JSON.stringify({ accounts }));
  write([account()]);
  const seen: unknown[] = [];
  const silent = { info: () => undefined, error: () => undefined };
  const store = new AccountsInFile(file, new Map());
  const stop = watchAccounts(loadAccounts(file), store, silent, (change) => seen.push(change));
  write([account({ tokens: [] }), account({ userId: 'u-2' })]);
  process.emit('SIGHUP');
  await until('it is told', () => seen.length === 3, 5_000);
  await stop();
  expect(seen).toEqual([
    { event: 'token-removed', account: 'u-1', token: 't-1' },
    { event: 'account-added', account: 'u-2' },
    { event: 'token-added', account: 'u-2', token: 't-1', scope: 'write' },
  ]);
});

test('each field that is another one is named, and its value is not', () => {
  const changed = account({ webhookSecret: SECRETS[1] ?? '', tokens: [token('t-1', 'read')], secret: 's', token: 't' });
  const changes = changesBetween([account(), account({ userId: 'u-2' })], [changed]);
  expect(changes).toEqual([
    { event: 'account-removed', account: 'u-2' },
    { event: 'token-added', account: 'u-1', token: 't', scope: 'write' },
    { event: 'token-changed', account: 'u-1', token: 't-1', scope: 'read' },
    { event: 'account-changed', account: 'u-1', fields: ['webhookSecret'] },
  ]);
  expect(changesBetween([account()], [account()])).toEqual([]);
});
