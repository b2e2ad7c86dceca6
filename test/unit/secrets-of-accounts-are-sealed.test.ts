import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { networksOf, platformAccountOf } from '../../src/accounts/accounts.ts';
import { loadAccounts } from '../support/accounts-file.ts';
import { addAccount, sealAll, setPlatform, setTargets } from '../../src/accounts-tool.ts';
import { readConfig } from '../../src/config.ts';

/* The secrets of an account that somebody must be able to read again, webhook secrets and those of the platform, and the keys that open them. */

const keyOf = (id: string, byte: number) => `${id}:${Buffer.alloc(32, byte).toString('base64')}`;
const [OLD, NEW] = [keyOf('old', 1), keyOf('new', 2)];
const PLATFORM = { userId: 'u-there', token: 't-there', secret: 'the-secret-of-the-platform' };
const quietly = () => undefined;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'convoke-sealed-'));
  file = join(folder, 'accounts.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const config = (ACCOUNTS_KEYS = '') =>
  readConfig({ TEMPORAL_CONFIG_FILE: '/nowhere', ACCOUNTS_FILE: file, ACCOUNTS_KEYS });
const load = (keys = '') => loadAccounts(file, config(keys).accountsKeys).get('u-1');
const written = () => readFileSync(file, 'utf8');

test('credentials at the platform are sealed, and read again with the key alone', async () => {
  await addAccount(config(OLD), 'u-1', { scope: 'write' }, quietly);
  expect(platformAccountOf(load(OLD))).toBeUndefined();
  await setPlatform(config(OLD), 'u-1', PLATFORM, quietly);
  expect(written()).not.toContain(PLATFORM.secret);
  expect(platformAccountOf(load(OLD))).toEqual(PLATFORM);
  expect(() => load(NEW)).toThrow('which ACCOUNTS_KEYS does not have');
  await setPlatform(config(OLD), 'u-1', undefined, quietly);
  expect(platformAccountOf(load(OLD))).toBeUndefined();
  expect(written()).not.toContain('platform');
});

test('a secret of one place opens at no other', async () => {
  await addAccount(config(OLD), 'u-1', { scope: 'write' }, quietly);
  await setPlatform(config(OLD), 'u-1', PLATFORM, quietly);
  const [, webhook] = /"webhookSecret": "([^"]+)"/.exec(written()) ?? [];
  writeFileSync(file, written().replace(/("platformSecret": ")[^"]+/, `$1${webhook ?? ''}`));
  expect(() => load(OLD)).toThrow('does not open it');
});

test('all that stands as it is can be sealed, and sealed anew with another key, and stays what it was', async () => {
  await addAccount(config(), 'u-1', { scope: 'write' }, quietly);
  await setPlatform(config(), 'u-1', PLATFORM, quietly);
  const before = load();
  expect(written()).toContain(PLATFORM.secret);
  await expect(sealAll(config(), quietly)).rejects.toThrow('ACCOUNTS_KEYS');
  await sealAll(config(OLD), quietly);
  expect(load(OLD)).toEqual(before);
  await sealAll(config(`${NEW},${OLD}`), quietly);
  expect(load(NEW)).toEqual(before);
  for (const secret of [PLATFORM.secret, before?.webhookSecret ?? '']) expect(written()).not.toContain(secret);
});

test('networks of an account are kept as they are given, and wrong ones are refused', async () => {
  await addAccount(config(), 'u-1', { scope: 'write' }, quietly);
  expect(networksOf(load())).toBeUndefined();
  await setTargets(config(), 'u-1', { allow: ['10.1.0.0/16'], deny: ['203.0.113.0/24'] }, quietly);
  expect(networksOf(load())).toEqual({ allowed: ['10.1.0.0/16'], denied: ['203.0.113.0/24'] });
  await expect(setTargets(config(), 'u-1', { allow: ['everywhere'], deny: [] }, quietly)).rejects.toThrow(
    'a network such as 10.0.0.0/8',
  );
  await setTargets(config(), 'u-1', { allow: [], deny: [] }, quietly);
  expect(networksOf(load())).toBeUndefined();
});

test.each([{ platformUserId: 'u' }, { platformToken: 't', platformSecret: 's' }])(
  'half of the credentials are none: %j',
  async (half) => {
    await addAccount(config(), 'u-1', { scope: 'write' }, quietly);
    const { accounts } = JSON.parse(written()) as { accounts: object[] };
    writeFileSync(file, JSON.stringify({ accounts: accounts.map((one) => ({ ...one, ...half })) }));
    expect(() => load()).toThrow(/platformUserId wants platformToken and platformSecret beside it|platformSecret/);
  },
);
