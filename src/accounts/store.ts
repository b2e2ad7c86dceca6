import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { AccountsError, readAccounts, type Account } from './accounts.ts';
import type { SealingKeys } from './sealed.ts';
import { merged, type TokenUses } from './token-uses.ts';
import type { Token } from './tokens.ts';

/** What is kept of an account, as far as it is changed here; whatever else stands there stays. */
export interface Entry extends Record<string, unknown> {
  userId: string;
  token?: string;
  secret?: string;
  tokens?: Token[];
}

/** Where accounts are kept, for all processes that need them. */
export interface AccountsStore {
  /** The setting and where it leads, as messages begin. */
  readonly name: string;
  /** @throws AccountsError where they cannot be read, or used. */
  read(): Promise<Account[]>;
  /** What differs once the accounts may have changed. It costs little. @throws AccountsError where that cannot be seen. */
  version(): Promise<string>;
  /**
   * Changes them, whole or not at all, and only to what can be used; nobody else changes them meanwhile.
   * @throws AccountsError, and what `work` throws.
   */
  change(work: (entries: Entry[]) => Entry[]): Promise<{ before: Account[]; after: Account[] }>;
  /** When tokens were used last, as far as it was noted. */
  uses(): Promise<TokenUses>;
  /** Notes that; of two times the later one stays. */
  noteUses(uses: TokenUses): Promise<void>;
  close(): Promise<void>;
}

/** Accounts in a JSON file. */
export class AccountsInFile implements AccountsStore {
  readonly name: string;
  private readonly file: string;
  private readonly keys: SealingKeys;

  constructor(file: string, keys: SealingKeys) {
    this.name = `ACCOUNTS_FILE: ${file}`;
    this.file = file;
    this.keys = keys;
  }

  read(): Promise<Account[]> {
    return settled(() => readAccounts(this.file, this.keys));
  }

  /** By what a file differs from one that has taken its place; links lead to where they lead now. */
  version(): Promise<string> {
    return settled(() => {
      const known = statSync(this.file, { throwIfNoEntry: false });
      return known === undefined ? 'gone' : [known.mtimeMs, known.size, known.ino].join();
    });
  }

  change(work: (entries: Entry[]) => Entry[]): Promise<{ before: Account[]; after: Account[] }> {
    return settled(() => {
      const unlock = locked(`${this.file}.lock`);
      const draft = draftOf(this.file);
      try {
        const whole = existsSync(this.file)
          ? (JSON.parse(readFileSync(this.file, 'utf8')) as { accounts: Entry[] })
          : { accounts: [] };
        // Before it is changed: what is wrong with it is not ours.
        const before = whole.accounts.length > 0 ? readAccounts(this.file, this.keys) : [];
        write(draft, { ...whole, accounts: work(whole.accounts) });
        const after = readAccounts(draft, this.keys);
        renameSync(draft, this.file);
        return { before, after };
      } finally {
        rmSync(draft, { force: true });
        unlock();
      }
    });
  }

  uses(): Promise<TokenUses> {
    return settled(() => usesIn(`${this.file}.used`));
  }

  noteUses(uses: TokenUses): Promise<void> {
    return settled(() => {
      const file = `${this.file}.used`;
      const draft = draftOf(file);
      try {
        // Another gateway may write between these two: whoever writes next has all that it knows in it.
        write(draft, merged(usesIn(file), uses));
        renameSync(draft, file);
      } finally {
        rmSync(draft, { force: true });
      }
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const usesFile = z.record(z.string(), z.record(z.string(), z.iso.datetime()));

function usesIn(file: string): TokenUses {
  if (!existsSync(file)) return {};
  const text = readFileSync(file, 'utf8');
  try {
    return usesFile.parse(JSON.parse(text));
  } catch {
    // What is noted there is of little importance: it is begun anew.
    return {};
  }
}

function draftOf(file: string): string {
  return `${file}.${process.pid}`;
}

function write(file: string, content: unknown): void {
  writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
}

async function settled<Value>(work: () => Value): Promise<Value> {
  return await Promise.resolve().then(work);
}

function locked(lock: string): () => void {
  try {
    closeSync(openSync(lock, 'wx', 0o600));
  } catch (error) {
    throw new AccountsError(
      `Somebody else is changing the accounts, or was stopped at it (then delete ${lock}): ${String(error)}`,
    );
  }
  return () => rmSync(lock, { force: true });
}
