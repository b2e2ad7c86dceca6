import pg from 'pg';
import { z } from 'zod';
import { AccountsError, parseAccounts, type Account } from './accounts.ts';
import type { SealingKeys } from './sealed.ts';
import type { AccountsStore, Entry } from './store.ts';
import type { TokenUses } from './token-uses.ts';

/*
 * Accounts in PostgreSQL, for gateways and workers on many machines: each one's entry as the file has it, sealed secrets too. Whoever only reads
 * needs SELECT on two tables, and a gateway INSERT and UPDATE on the third, if it is to be noted when tokens are used.
 */

const CONNECTED_WITHIN_MS = 5_000;
const ANSWERED_WITHIN_MS = 5_000;
/** One to look, one for what is noted. */
const MAX_CONNECTIONS = 2;

/** Drawn once; others that use the database have other numbers. */
const LOCK = 0x636f6e76;

/** Every change raises the version, also one that somebody makes by hand; who raises it waits for others who do. */
const TABLES = `
create table convoke_accounts (user_id text primary key, account jsonb not null);
create table convoke_accounts_version (only_one boolean primary key default true check (only_one), version bigint not null);
insert into convoke_accounts_version (version) values (0);
create table convoke_token_uses (user_id text, token_id text, used_at timestamptz not null, primary key (user_id, token_id));
create function convoke_accounts_changed() returns trigger language plpgsql as $$
  begin update convoke_accounts_version set version = version + 1; return null; end $$;
create trigger convoke_accounts_changed after insert or update or delete or truncate on convoke_accounts
  for each statement execute function convoke_accounts_changed();
`;

const versionRow = z.object({ version: z.string() });
const accountRow = z.object({ account: z.looseObject({ userId: z.string() }) });
const thereRow = z.object({ there: z.string().nullable() });
const useRow = z.object({ user_id: z.string(), token_id: z.string(), used_at: z.date() });

/** PostgreSQL's code of what is said to somebody who names a table that is not there. */
const NO_SUCH_TABLE = '42P01';

export class AccountsInPostgres implements AccountsStore {
  readonly name: string;
  private readonly pool: pg.Pool;
  private readonly keys: SealingKeys;

  constructor(url: string, keys: SealingKeys) {
    const { host, pathname } = new URL(url);
    // Without user and password.
    this.name = `ACCOUNTS_URL: ${host}${pathname}`;
    this.keys = keys;
    this.pool = new pg.Pool({
      connectionString: url,
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECTED_WITHIN_MS,
      query_timeout: ANSWERED_WITHIN_MS,
      keepAlive: true,
      application_name: 'convoke',
    });
    // Of one that nobody uses at the moment: whoever asks next gets a new one, or is told.
    this.pool.on('error', () => undefined);
  }

  async read(): Promise<Account[]> {
    return await this.asked(async () => this.parsed(await entriesFrom(this.pool)));
  }

  async version(): Promise<string> {
    return await this.asked(async () => {
      const { rows } = await this.pool.query('select version::text from convoke_accounts_version');
      return versionRow.parse(rows[0]).version;
    });
  }

  async change(work: (entries: Entry[]) => Entry[]): Promise<{ before: Account[]; after: Account[] }> {
    const client = await this.asked(() => this.pool.connect());
    try {
      await client.query('begin');
      await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
      const { rows } = await client.query("select to_regclass('convoke_token_uses')::text as there");
      if (thereRow.parse(rows[0]).there === null) await client.query(TABLES);
      const old = await entriesFrom(client);
      const before = old.length > 0 ? this.parsed(old) : [];
      const entries = work(old);
      const after = this.parsed(entries);
      await client.query('delete from convoke_accounts where not (user_id = any($1))', [
        entries.map(({ userId }) => userId),
      ]);
      for (const entry of entries) await client.query(KEEP, [entry.userId, JSON.stringify(entry)]);
      await client.query('commit');
      client.release();
      return { before, after };
    } catch (error) {
      // Closed, it takes back what was not committed.
      client.release(true);
      throw error;
    }
  }

  async uses(): Promise<TokenUses> {
    return await this.asked(async () => {
      const { rows } = await this.pool.query('select user_id, token_id, used_at from convoke_token_uses');
      const uses: TokenUses = {};
      for (const { user_id: userId, token_id: id, used_at: at } of z.array(useRow).parse(rows))
        uses[userId] = { ...uses[userId], [id]: at.toISOString() };
      return uses;
    });
  }

  async noteUses(uses: TokenUses): Promise<void> {
    const all = Object.entries(uses).flatMap(([userId, tokens]) =>
      Object.entries(tokens).map(([id, at]) => [userId, id, at] as const),
    );
    await this.asked(() =>
      this.pool.query(NOTE, [all.map(([userId]) => userId), all.map(([, id]) => id), all.map(([, , at]) => at)]),
    );
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private parsed(entries: readonly Entry[]): Account[] {
    return parseAccounts(this.name, JSON.stringify({ accounts: entries }), this.keys);
  }

  private async asked<Value>(work: () => Promise<Value>): Promise<Value> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof AccountsError) throw error;
      const { code } = Object(error) as { code?: string };
      if (code === NO_SUCH_TABLE)
        throw new AccountsError(
          `${this.name} has no accounts yet: "convoke accounts add" makes the first, and the tables`,
        );
      throw new AccountsError(
        `${this.name} cannot be asked: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}

const KEEP = `insert into convoke_accounts (user_id, account) values ($1, $2)
  on conflict (user_id) do update set account = excluded.account where convoke_accounts.account is distinct from excluded.account`;

const NOTE = `insert into convoke_token_uses (user_id, token_id, used_at)
  select * from unnest($1::text[], $2::text[], $3::timestamptz[])
  on conflict (user_id, token_id) do update set used_at = greatest(convoke_token_uses.used_at, excluded.used_at)`;

async function entriesFrom(client: Pick<pg.Pool, 'query'>): Promise<Entry[]> {
  const { rows } = await client.query('select account from convoke_accounts order by user_id');
  return z
    .array(accountRow)
    .parse(rows)
    .map(({ account }) => account);
}
