import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { AccountsError, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { loadAccounts } from '../support/accounts-file.ts';

const webhookSecretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
const ACME = { userId: 'u-acme', token: 't-acme', secret: 's-acme', webhookSecret: webhookSecretOf(32) };
const OTHER = { ...ACME, userId: 'u-other', token: 't-other', secret: 's-other' };

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convoke-accounts-'));
  file = join(folder, 'accounts.json');
});
afterEach(() => rm(folder, { recursive: true }));

async function load(content: unknown) {
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return loadAccounts(file);
}

const messageOf = (content: unknown) =>
  load(content).then(
    () => 'was taken',
    (error: unknown) => {
      expect(error).toBeInstanceOf(AccountsError);
      return error instanceof Error ? error.message : '';
    },
  );

test.each(['.', '..'])('a userId %j is refused: in a path it names another place', async (userId) => {
  expect(await messageOf({ accounts: [{ ...ACME, userId }] })).toContain('accounts.0.userId wants');
  await load({ accounts: [{ ...ACME, userId: '...' }] });
});

test.each([
  ['an empty list', { accounts: [] }, 'accounts wants a list of at least one account'],
  ['a list alone', [ACME], 'it wants an object such as {"accounts"'],
  ['an account that is none', { accounts: ['u-acme'] }, 'accounts.0 wants an object with userId'],
  ['a secret that is missing', { accounts: [{ ...ACME, webhookSecret: undefined }] }, 'wants "whsec_" and the base64'],
  ['a token that no request can send', { accounts: [{ ...ACME, token: 't:acme' }] }, 'accounts.0.token wants a text'],
])('%s is refused in words that say what is wanted', async (_what, content, expected) => {
  expect(await messageOf(content)).toContain(expected);
});

describe('credentials', () => {
  test('let a user in under the own path only', async () => {
    const accounts = await load({ accounts: [ACME, OTHER] });
    expect(accounts.verify('u-acme', { token: 't-acme', secret: 's-acme' })).toBe('write');
    expect(accounts.verify('u-other', { token: 't-acme', secret: 's-acme' })).toBeUndefined();
  });

  test.each([
    { token: 't-acme', secret: 's-acm' },
    { token: 't-acme', secret: 's-acmee' },
    { token: 't-acme', secret: '' },
    { token: 'T-acme', secret: 's-acme' },
    { token: '', secret: 's-acme' },
    { token: 's-acme', secret: 't-acme' },
  ])('that do not fit exactly let nobody in: %j', async (credentials) => {
    expect((await load({ accounts: [ACME] })).verify('u-acme', credentials)).toBeUndefined();
  });

  test.each(['u-nobody', '', '__proto__', 'constructor'])(
    'let no unknown user in, empty ones neither: %j',
    async (userId) => {
      const accounts = await load({ accounts: [ACME] });
      expect(accounts.verify(userId, { token: '', secret: '' })).toBeUndefined();
      expect(accounts.verify(userId, { token: 't-acme', secret: 's-acme' })).toBeUndefined();
      expect(accounts.get(userId)).toBeUndefined();
    },
  );
});

describe('without a file', () => {
  test('there is the local account, and no other', () => {
    const accounts = loadAccounts(undefined);
    expect(accounts.get('u-local')).toEqual(LOCAL_ACCOUNT);
    expect(accounts.verify('u-local', { token: 't-local', secret: 's-local' })).toBe('write');
    expect(() => new Webhook(LOCAL_ACCOUNT.webhookSecret)).not.toThrow();
  });

  test('which is not there any more when there is a file', async () => {
    expect((await load({ accounts: [ACME] })).get('u-local')).toBeUndefined();
  });
});

describe('a file that cannot be used is an error that names it and what is wrong', () => {
  test('when it is not there', () => {
    expect(() => loadAccounts(file)).toThrow(AccountsError);
    expect(() => loadAccounts(file)).toThrow(new RegExp(`^ACCOUNTS_FILE: ${file} cannot be used: .*ENOENT`));
  });

  test('when it is no JSON', async () => {
    expect(await messageOf('{ accounts: ')).toMatch(new RegExp(`^ACCOUNTS_FILE: ${file} cannot be used: .*JSON`));
  });

  test.each([[{}], [[]], [{ accounts: [] }], [{ accounts: {} }], ['null']])(
    'when it holds no accounts: %j',
    async (content) => {
      expect(await messageOf(content)).toContain(`ACCOUNTS_FILE: ${file} cannot be used: `);
    },
  );

  test.each([
    ['userId', ''],
    ['userId', 'a/b'],
    ['userId', 'a b'],
    ['userId', 'x'.repeat(65)],
    ['userId', 5],
    ['token', ''],
    ['secret', ''],
    ['secret', undefined],
    ['webhookSecret', undefined],
    ['webhookSecret', 'plain'],
    ['webhookSecret', webhookSecretOf(23)],
    ['webhookSecret', webhookSecretOf(65)],
    ['webhookSecret', `whsec_${'!'.repeat(32)}`],
    ['webhookSecret', `whsec_${'A'.repeat(33)}`],
  ])('with the field: %s = %j', async (field, value) => {
    const message = await messageOf({ accounts: [ACME, { ...OTHER, [field]: value }] });
    expect(message).toContain(`ACCOUNTS_FILE: ${file} cannot be used: accounts.1.${field} wants `);
  });

  test('when a userId stands in it twice', async () => {
    expect(await messageOf({ accounts: [ACME, ACME] })).toContain('the userId "u-acme" stands in it twice');
  });

  test('and never shows a secret', async () => {
    const message = await messageOf({ accounts: [{ ...ACME, secret: 'sesame', webhookSecret: 'open-sesame' }] });
    expect(message).not.toContain('sesame');
  });
});

describe('a webhookSecret that the file may hold', () => {
  test.each([24, 25, 26, 32, 63, 64])('has %d bytes, and signs', async (bytes) => {
    const webhookSecret = webhookSecretOf(bytes);
    const accounts = await load({ accounts: [{ ...ACME, webhookSecret }] });
    expect(() => new Webhook(accounts.get('u-acme')?.webhookSecret ?? '')).not.toThrow();
  });
});
