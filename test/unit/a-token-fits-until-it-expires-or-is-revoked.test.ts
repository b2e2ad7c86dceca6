import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Accounts, type Account } from '../../src/accounts/accounts.ts';
import { loadAccounts } from '../support/accounts-file.ts';
import { AccountsInFile } from '../../src/accounts/store.ts';
import { sealingKeysOf } from '../../src/accounts/sealed.ts';
import { newToken } from '../../src/accounts/tokens.ts';
import { watchAccounts } from '../../src/accounts/watch.ts';
import { addAccount, listAccounts, revokeToken, rotateToken } from '../../src/accounts-tool.ts';
import { readConfig } from '../../src/config.ts';
import { until } from '../support/until.ts';

const WEBHOOK = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const KEY = `a:${Buffer.alloc(32, 1).toString('base64')}`;
const OTHER_KEY = `b:${Buffer.alloc(32, 2).toString('base64')}`;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'convoke-tokens-'));
  file = join(folder, 'accounts.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const config = (own: Record<string, string> = {}) =>
  readConfig({ TEMPORAL_CONFIG_FILE: '/nowhere', ACCOUNTS_FILE: file, ...own });

/** What a command told: the words after each name. */
class Told {
  readonly lines: string[] = [];
  readonly tell = (line: string) => void this.lines.push(line);

  of(name: string): string {
    const line = this.lines.find((one) => one.trim().startsWith(`${name} `));
    if (line === undefined) throw new Error(`no ${name} in ${this.lines.join()}`);
    return line.trim().slice(name.length + 1);
  }

  credentials() {
    return { token: this.of('token'), secret: this.of('secret') };
  }
}

async function added(userId = 'u-acme', own: Record<string, string> = {}) {
  const told = new Told();
  await addAccount(config(own), userId, { scope: 'write' }, told.tell);
  return told;
}

describe('a token', () => {
  const { token, secret } = newToken('write', undefined);
  const account = (tokens: Account['tokens']) =>
    new Accounts([{ userId: 'u-1', webhookSecret: WEBHOOK, ...(tokens && { tokens }) }]);

  test('is kept as a hash of 256 random bits, and nobody finds its secret in what is kept', () => {
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(JSON.stringify(token)).not.toContain(secret);
    expect(newToken('write', undefined).secret).not.toBe(secret);
  });

  test('fits with its secret alone: neither its hash nor another token’s secret does', () => {
    const other = newToken('write', undefined);
    const accounts = account([token, other.token]);
    expect(accounts.verify('u-1', { token: token.id, secret })).toBe('write');
    expect(accounts.verify('u-1', { token: other.token.id, secret: other.secret })).toBe('write');
    expect(accounts.verify('u-1', { token: token.id, secret: token.secretSha256 })).toBeUndefined();
    expect(accounts.verify('u-1', { token: token.id, secret: other.secret })).toBeUndefined();
    expect(accounts.verify('u-1', { token: '', secret: '' })).toBeUndefined();
    expect(accounts.verify('u-2', { token: token.id, secret })).toBeUndefined();
  });

  test('fits until it expires', () => {
    const expires = '2026-01-31T12:00:00Z';
    const accounts = account([{ ...token, expires }]);
    const at = Date.parse(expires);
    expect(accounts.verify('u-1', { token: token.id, secret }, at - 1)).toBe('write');
    expect(accounts.verify('u-1', { token: token.id, secret }, at)).toBeUndefined();
  });

  test('for reading is told apart', () => {
    expect(account([{ ...token, scope: 'read' }]).verify('u-1', { token: token.id, secret })).toBe('read');
  });

  test('of an account without any lets nobody in', () => {
    expect(account([]).verify('u-1', { token: '', secret: '' })).toBeUndefined();
    expect(account(undefined).verify('u-1', { token: '', secret: '' })).toBeUndefined();
  });
});

describe('convoke accounts', () => {
  test('makes an account whose secrets it shows once, in a file for nobody else', async () => {
    const told = await added();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toContain(told.of('secret'));
    const accounts = loadAccounts(file);
    expect(accounts.verify('u-acme', told.credentials())).toBe('write');
    expect(accounts.get('u-acme')?.webhookSecret).toBe(told.of('webhookSecret'));
    await expect(added()).rejects.toThrow('There is an account u-acme already');
    const list = new Told();
    await listAccounts(config(), list.tell);
    expect(list.lines).toEqual(['u-acme', `  ${told.of('token')}  write, not used so far`]);
  });

  test('rotates: two tokens fit at once, a third one does not come in, and a revoked one is gone', async () => {
    const [first, second] = [await added(), new Told()];
    await rotateToken(config(), 'u-acme', { scope: 'write' }, second.tell);
    for (const one of [first, second]) expect(loadAccounts(file).verify('u-acme', one.credentials())).toBe('write');
    await expect(rotateToken(config(), 'u-acme', { scope: 'write' }, () => undefined)).rejects.toThrow(
      'revoke one of them first',
    );
    await revokeToken(config(), 'u-acme', first.of('token'), () => undefined);
    expect(loadAccounts(file).verify('u-acme', first.credentials())).toBeUndefined();
    expect(loadAccounts(file).verify('u-acme', second.credentials())).toBe('write');
    await expect(revokeToken(config(), 'u-acme', first.of('token'), () => undefined)).rejects.toThrow('has no token');
  });

  test('leaves all else in the file as it is, and takes the token that stands in it with its secret', async () => {
    const plain = {
      userId: 'u-old',
      token: 't-old',
      secret: 's-old',
      webhookSecret: WEBHOOK,
      limits: { createsPerSecond: 3 },
    };
    writeFileSync(file, JSON.stringify({ accounts: [plain] }));
    await rotateToken(config(), 'u-old', { scope: 'read', expires: '2099-01-01T00:00:00Z' }, () => undefined);
    await revokeToken(config(), 'u-old', 't-old', () => undefined);
    const account = loadAccounts(file).get('u-old');
    expect(account).toMatchObject({
      webhookSecret: WEBHOOK,
      limits: { createsPerSecond: 3 },
      tokens: [{ scope: 'read' }],
    });
    expect(account).not.toHaveProperty('secret');
  });

  test('changes nothing where what it would write cannot be used', async () => {
    await added();
    const before = readFileSync(file, 'utf8');
    await expect(
      rotateToken(config(), 'u-acme', { scope: 'write', expires: 'tomorrow' }, () => undefined),
    ).rejects.toThrow('expires');
    await expect(added('not an id')).rejects.toThrow('userId');
    expect(readFileSync(file, 'utf8')).toBe(before);
    writeFileSync(`${file}.lock`, '');
    await expect(added('u-other')).rejects.toThrow('Somebody else');
  });
});

describe('a webhook secret under a key', () => {
  test('stands in no file, and is opened by its key alone, old or new', async () => {
    const told = await added('u-acme', { ACCOUNTS_KEYS: KEY });
    const secret = told.of('webhookSecret');
    expect(readFileSync(file, 'utf8')).not.toContain(secret);
    for (const keys of [[KEY], [OTHER_KEY, KEY]])
      expect(loadAccounts(file, sealingKeysOf(keys)).get('u-acme')?.webhookSecret).toBe(secret);
    expect(() => loadAccounts(file, sealingKeysOf([OTHER_KEY]))).toThrow('which ACCOUNTS_KEYS does not have');
    expect(() => loadAccounts(file, sealingKeysOf([OTHER_KEY.replace('b:', 'a:')]))).toThrow('does not open it');
    expect(() => loadAccounts(file)).toThrow('ACCOUNTS_KEYS');
  });

  test('of one account is none of another’s, and no bit of it may change', async () => {
    await added('u-acme', { ACCOUNTS_KEYS: KEY });
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('u-acme', 'u-evil'));
    expect(() => loadAccounts(file, sealingKeysOf([KEY]))).toThrow('sealed for another account');
    writeFileSync(
      file,
      text.replace(/(sealed:a:.{30})(.)/, (_, before: string, one: string) => before + (one === 'A' ? 'B' : 'A')),
    );
    expect(() => loadAccounts(file, sealingKeysOf([KEY]))).toThrow('does not open it');
  });

  test('wants a key of 256 bits', () => {
    expect(() => config({ ACCOUNTS_KEYS: 'a:short' })).toThrow('ACCOUNTS_KEYS: got a value that is not shown, wants');
  });
});

describe('while it runs', () => {
  const lines: string[] = [];
  const logger = { info: (line: string) => void lines.push(line), error: (line: string) => void lines.push(line) };
  let stop: () => Promise<void>;
  afterEach(() => stop());

  test('a gateway refuses a revoked token within 10 s, and takes a new one', async () => {
    const told = await added();
    const accounts = loadAccounts(file);
    stop = watchAccounts(accounts, new AccountsInFile(file, new Map()), logger as never);
    const next = new Told();
    await rotateToken(config(), 'u-acme', { scope: 'write' }, next.tell);
    await revokeToken(config(), 'u-acme', told.of('token'), () => undefined);
    await until('the old one is refused', () => accounts.verify('u-acme', told.credentials()) === undefined, 10_000);
    expect(accounts.verify('u-acme', next.credentials())).toBe('write');
  });

  test('also where another file comes in its place, and at once on SIGHUP', async () => {
    const told = await added();
    const accounts = loadAccounts(file);
    stop = watchAccounts(accounts, new AccountsInFile(file, new Map()), logger as never);
    writeFileSync(
      join(folder, 'next'),
      JSON.stringify({ accounts: [{ userId: 'u-next', tokens: [], webhookSecret: WEBHOOK }] }),
    );
    renameSync(join(folder, 'next'), file);
    process.emit('SIGHUP');
    await until('it is read', () => accounts.has('u-next'), 1_000, 5);
    expect(accounts.verify('u-acme', told.credentials())).toBeUndefined();
  });

  test('a file that is wrong changes nothing, and is told', async () => {
    const told = await added();
    const accounts = loadAccounts(file);
    stop = watchAccounts(accounts, new AccountsInFile(file, new Map()), logger as never);
    for (const wrong of ['{', '{"accounts": []}']) {
      writeFileSync(file, wrong);
      process.emit('SIGHUP');
      const why = /ACCOUNTS_FILE: .* cannot be used: .*The accounts stay as they were/;
      await until('it is told', () => why.test(lines.pop() ?? ''));
      expect(accounts.verify('u-acme', told.credentials())).toBe('write');
    }
  });
});
