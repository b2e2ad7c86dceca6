import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { Accounts } from '../../src/accounts/accounts.ts';
import { openAccounts, storeOf } from '../../src/accounts/open.ts';
import type { AccountsStore } from '../../src/accounts/store.ts';
import { noteTokenUses } from '../../src/accounts/note-uses.ts';
import { watchAccounts } from '../../src/accounts/watch.ts';
import { addAccount, listAccounts, revokeToken, rotateToken } from '../../src/accounts-tool.ts';
import { readConfig } from '../../src/config.ts';
import { openPostgres, postgresPrograms, type Postgres } from '../support/postgres.ts';
import { stays, until } from '../support/until.ts';

/* Accounts in PostgreSQL: what one changes holds for all, and while the database is away what was read last goes on. */

const KEY = `a:${Buffer.alloc(32, 1).toString('base64')}`;
const REFUSED_WITHIN_MS = 10_000;

const bin = postgresPrograms();
const withPostgres = bin === undefined ? describe.skip : describe;

withPostgres('accounts in PostgreSQL', () => {
  let postgres: Postgres;
  let admin: pg.Client;
  let url: string;
  let databases = 0;
  beforeAll(async () => {
    postgres = await openPostgres(bin ?? '');
    await postgres.start();
  }, 60_000);
  afterAll(() => postgres.remove());

  beforeEach(async () => {
    const name = `test${(databases += 1)}`;
    const maker = new pg.Client(postgres.url);
    await maker.connect();
    await maker.query(`create database ${name}`);
    await maker.end();
    url = postgres.url.replace(/postgres$/, name);
    await connect();
  });
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
    await admin.end().catch(() => undefined);
  });

  async function connect() {
    admin = new pg.Client(url);
    admin.on('error', () => undefined);
    await admin.connect();
  }

  const open: (() => Promise<void>)[] = [];
  const config = (own: Record<string, string> = {}) =>
    readConfig({ TEMPORAL_CONFIG_FILE: '/nowhere', ACCOUNTS_URL: url, ACCOUNTS_KEYS: KEY, ...own });

  /** What a command shows: the words after each name. */
  async function told(work: (tell: (line: string) => void) => Promise<void>) {
    const lines: string[] = [];
    await work((line) => void lines.push(line));
    const of = (name: string) =>
      lines
        .map((line) => line.trim())
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length + 1) ?? '';
    return { lines, of, credentials: { token: of('token'), secret: of('secret') } };
  }
  const added = (userId = 'u-acme') => told((tell) => addAccount(config(), userId, { scope: 'write' }, tell));
  const quietly = () => undefined;

  async function store(): Promise<AccountsStore> {
    const made = await storeOf(config());
    if (made === undefined) throw new Error('there are settings for one');
    open.push(() => made.close());
    return made;
  }

  /** As a gateway or a worker has them. */
  async function reader() {
    const { accounts, store: own } = await openAccounts(config());
    if (own === undefined) throw new Error('there are settings for one');
    const lines: string[] = [];
    const changes: unknown[] = [];
    const logger = { info: (line: string) => void lines.push(line), error: (line: string) => void lines.push(line) };
    const stop = watchAccounts(accounts, own, logger as never, (change) => changes.push(change));
    open.push(() => own.close(), stop);
    return { accounts, lines, changes, store: own };
  }

  test('the command makes, lists, rotates and revokes as it does in a file', async () => {
    const first = await added();
    await expect(added()).rejects.toThrow('There is an account u-acme already');
    const second = await told((tell) => rotateToken(config(), 'u-acme', { scope: 'write' }, tell));
    await expect(rotateToken(config(), 'u-acme', { scope: 'write' }, quietly)).rejects.toThrow(
      'revoke one of them first',
    );
    await revokeToken(config(), 'u-acme', first.of('token'), quietly);
    const { accounts } = await reader();
    expect(accounts.verify('u-acme', first.credentials)).toBeUndefined();
    expect(accounts.verify('u-acme', second.credentials)).toBe('write');
    expect(accounts.get('u-acme')?.webhookSecret).toBe(first.of('webhookSecret'));
    const list = await told((tell) => listAccounts(config(), tell));
    expect(list.lines).toEqual(['u-acme', `  ${second.of('token')}  write, not used so far`]);
  });

  test('no secret stands in the database', async () => {
    const first = await added();
    const { rows } = await admin.query<{ account: string }>('select account::text from convoke_accounts');
    for (const secret of [first.of('secret'), first.of('webhookSecret')])
      expect(rows[0]?.account).not.toContain(secret);
  });

  test('a token that is revoked is refused by all within 10 s, and a new one taken', async () => {
    const first = await added();
    const readers = await Promise.all([reader(), reader(), reader()]);
    for (const { accounts } of readers) expect(accounts.verify('u-acme', first.credentials)).toBe('write');
    const next = await told((tell) => rotateToken(config(), 'u-acme', { scope: 'write' }, tell));
    await revokeToken(config(), 'u-acme', first.of('token'), quietly);
    await until(
      'all refuse it',
      () => readers.every(({ accounts }) => accounts.verify('u-acme', first.credentials) === undefined),
      REFUSED_WITHIN_MS,
    );
    for (const { accounts } of readers) expect(accounts.verify('u-acme', next.credentials)).toBe('write');
    expect(readers[0].changes).toContainEqual({ event: 'token-removed', account: 'u-acme', token: first.of('token') });
  });

  test('what is changed by hand is read too', async () => {
    const first = await added();
    const { accounts } = await reader();
    await admin.query('delete from convoke_accounts');
    await admin.query(`insert into convoke_accounts values ('u-hand', $1)`, [
      { userId: 'u-hand', tokens: [], webhookSecret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` },
    ]);
    await until('it is read', () => accounts.has('u-hand'), REFUSED_WITHIN_MS);
    expect(accounts.verify('u-acme', first.credentials)).toBeUndefined();
  });

  test('what is wrong changes nothing, and is told', async () => {
    const first = await added();
    const { accounts, lines } = await reader();
    await admin.query(`update convoke_accounts set account = account || '{"limits": {"createsPerSecond": "many"}}'`);
    await until(
      'it is told',
      () => lines.some((line) => /ACCOUNTS_URL: .* cannot be used: .*createsPerSecond.*stay as they were/.test(line)),
      REFUSED_WITHIN_MS,
    );
    expect(accounts.verify('u-acme', first.credentials)).toBe('write');
  });

  test('while the database is away, what was read last holds and that is told; then what has changed is read', async () => {
    const first = await added();
    const { accounts, lines } = await reader();
    await admin.end();
    await postgres.kill();
    await until(
      'it is told',
      () => lines.some((line) => /cannot be asked: .*ECONNREFUSED.*stay as they were/.test(line)),
      REFUSED_WITHIN_MS,
    );
    await stays('it holds', () => accounts.verify('u-acme', first.credentials) === 'write', 3_000);
    expect(lines.filter((line) => line.includes('ECONNREFUSED'))).toHaveLength(1);
    await postgres.start();
    await connect();
    await revokeToken(config(), 'u-acme', first.of('token'), quietly);
    await until('it is refused', () => accounts.verify('u-acme', first.credentials) === undefined, REFUSED_WITHIN_MS);
    expect(lines.at(-1)).toContain('has been read again: 1 accounts');
  });

  test('a database that is there and says nothing is told of too, and keeps nobody from stopping', async () => {
    const first = await added();
    const { accounts } = await reader();
    await admin.end();
    postgres.signal('SIGSTOP');
    try {
      // Its children go on with what they have; a new connection is what nobody takes.
      await admin.end();
      const late = await store();
      await expect(late.read()).rejects.toThrow(/ACCOUNTS_URL: .* cannot be asked: .*timeout/i);
      expect(accounts.verify('u-acme', first.credentials)).toBe('write');
    } finally {
      postgres.signal('SIGCONT');
    }
  }, 60_000);

  test('whoever starts without it is told, and not with its password', async () => {
    await admin.end();
    const away = config({ ACCOUNTS_URL: 'postgres://convoke:very-secret@127.0.0.1:9/accounts' });
    const why = await openAccounts(away).catch((error: unknown) => String(error));
    expect(why).toMatch(/AccountsError: ACCOUNTS_URL: 127\.0\.0\.1:9\/accounts cannot be asked/);
    expect(why).not.toContain('very-secret');
    await connect();
    await expect(openAccounts(config())).rejects.toThrow('has no accounts yet: "convoke accounts add" makes the first');
  });

  test('no account is lost where many are made at once, or one is made wrong', async () => {
    const ids = Array.from({ length: 12 }, (_, number) => `u-${number}`);
    await Promise.all(ids.map((userId) => added(userId)));
    await expect(added('not an id')).rejects.toThrow('userId');
    await expect(rotateToken(config(), 'u-3', { scope: 'write', expires: 'tomorrow' }, quietly)).rejects.toThrow(
      'expires',
    );
    const { accounts } = await reader();
    expect(accounts.all().map(({ userId }) => userId)).toEqual(ids.toSorted());
  });

  test('a role that may only read reads, and its gateway goes on where it cannot note who came', async () => {
    const first = await added();
    await admin.query('create role only_reads login');
    await admin.query('grant select on convoke_accounts, convoke_accounts_version to only_reads');
    url = url.replace('postgres@', 'only_reads@');
    const { accounts, store: own } = await reader();
    const warned: string[] = [];
    const stop = noteTokenUses(accounts, own, { warn: (line: string) => void warned.push(line) } as never);
    expect(accounts.verify('u-acme', first.credentials)).toBe('write');
    await stop();
    expect(warned).toEqual([expect.stringContaining('permission denied')]);
    url = url.replace('only_reads@', 'postgres@');
    await admin.query('drop owned by only_reads');
    await admin.query('drop role only_reads');
  });

  test('it shows when tokens were used, of all gateways the latest', async () => {
    const first = await added();
    const own = await store();
    const [one, other] = [new Accounts(await own.read()), new Accounts(await own.read())];
    one.verify('u-acme', first.credentials, Date.parse('2026-01-31T12:00:00Z'));
    other.verify('u-acme', first.credentials, Date.parse('2026-01-31T11:00:00Z'));
    for (const accounts of [one, other]) await noteTokenUses(accounts, own, { warn: quietly } as never)();
    const list = await told((tell) => listAccounts(config(), tell));
    expect(list.lines[1]).toBe(`  ${first.of('token')}  write, last used 2026-01-31T12:00:00.000Z`);
  });
});
