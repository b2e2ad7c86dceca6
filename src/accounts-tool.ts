import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { placeOf, readAccounts } from './accounts/accounts.ts';
import { changesBetween } from './accounts/changes.ts';
import { seal } from './accounts/sealed.ts';
import { MAX_TOKENS_OF_SCOPE, newToken, type Scope, type Token } from './accounts/tokens.ts';
import { auditLogOf } from './audit.ts';
import type { Config } from './config.ts';
import { Failure, reasonOf } from './failure.ts';

/* `convoke accounts`: changes the file of accounts, which gateways and workers then read again by themselves. */

export interface TokenOptions {
  scope: Scope;
  expires?: string | undefined;
}

type Print = (line: string) => void;
const print: Print = (line) => process.stdout.write(`${line}\n`);

/** What of an account stands in the file, and may be changed here; whatever else does stays. */
interface Entry {
  userId: string;
  token?: string;
  secret?: string;
  tokens?: Token[];
}

/** A new account with a first token; its secrets are told once. */
export async function addAccount(
  config: Config,
  userId: string,
  options: TokenOptions,
  tell: Print = print,
): Promise<void> {
  const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`;
  const { token, secret } = newToken(options.scope, options.expires);
  await change(config, (entries) => {
    if (entries.some((entry) => entry.userId === userId)) throw new Failure(`There is an account ${userId} already.`);
    const sealed = seal(webhookSecret, placeOf(userId, 'webhookSecret'), config.accountsKeys);
    return [...entries, { userId, tokens: [token], webhookSecret: sealed }];
  });
  tell(`The account ${userId} was made. These are not shown again:`);
  for (const line of [`token ${token.id}`, `secret ${secret}`, `webhookSecret ${webhookSecret}`]) tell(`  ${line}`);
}

/** One more token, beside the one whose place it takes. */
export async function rotateToken(
  config: Config,
  userId: string,
  options: TokenOptions,
  tell: Print = print,
): Promise<void> {
  const { token, secret } = newToken(options.scope, options.expires);
  await change(config, (entries) =>
    withEntry(entries, userId, (entry) => {
      const others = (entry.tokens ?? []).filter(({ scope }) => scope === token.scope);
      if (others.length >= MAX_TOKENS_OF_SCOPE) {
        const ids = others.map(({ id }) => id).join(' and ');
        throw new Failure(`The account ${userId} has ${ids} already: revoke one of them first.`);
      }
      return { ...entry, tokens: [...(entry.tokens ?? []), token] };
    }),
  );
  tell(`The account ${userId} has one more token. Its secret is not shown again:`);
  for (const line of [`token ${token.id}`, `secret ${secret}`]) tell(`  ${line}`);
}

/** A token, or the one that stands in the file with its secret, fits no more. */
export async function revokeToken(config: Config, userId: string, tokenId: string, tell: Print = print): Promise<void> {
  await change(config, (entries) =>
    withEntry(entries, userId, ({ token, secret, ...entry }) => {
      const left = (entry.tokens ?? []).filter(({ id }) => id !== tokenId);
      if (token !== tokenId && left.length === (entry.tokens ?? []).length)
        throw new Failure(`The account ${userId} has no token ${tokenId}.`);
      const plain = token === undefined || secret === undefined || token === tokenId ? {} : { token, secret };
      return { ...entry, ...plain, tokens: left };
    }),
  );
  tell(`The token ${tokenId} of ${userId} is refused within 10 s, wherever the file is read.`);
}

/** The accounts and their tokens, without secrets. */
export function listAccounts(config: Config, tell: Print = print): void {
  for (const { userId, token, tokens = [] } of readAccounts(fileOf(config), config.accountsKeys)) {
    tell(userId);
    if (token !== undefined) tell(`  ${token}  write, with its secret in the file`);
    for (const { id, scope, expires } of tokens)
      tell(`  ${id}  ${scope}${expires === undefined ? '' : `, until ${expires}`}`);
  }
}

function fileOf({ accountsFile }: Config): string {
  if (accountsFile !== undefined) return accountsFile;
  throw new Failure('ACCOUNTS_FILE: got none, wants the file of the accounts.');
}

function withEntry(entries: Entry[], userId: string, work: (entry: Entry) => Entry): Entry[] {
  if (!entries.some((entry) => entry.userId === userId)) throw new Failure(`There is no account ${userId}.`);
  return entries.map((entry) => (entry.userId === userId ? work(entry) : entry));
}

/** Puts a changed file in the place of the old one, whole or not at all, and only if it can be used and the change be told of. */
async function change(config: Config, work: (entries: Entry[]) => Entry[]): Promise<void> {
  const file = fileOf(config);
  const audit = await auditLogOf(config, logger);
  const unlock = locked(`${file}.lock`);
  const draft = `${file}.${process.pid}`;
  try {
    const whole = existsSync(file)
      ? (JSON.parse(readFileSync(file, 'utf8')) as { accounts: Entry[] })
      : { accounts: [] };
    // Before it is changed: what is wrong with it is not ours.
    const before = whole.accounts.length > 0 ? readAccounts(file, config.accountsKeys) : [];
    const changed = { ...whole, accounts: work(whole.accounts) };
    writeFileSync(draft, `${JSON.stringify(changed, undefined, 2)}\n`, { mode: 0o600 });
    const after = readAccounts(draft, config.accountsKeys);
    renameSync(draft, file);
    for (const one of changesBetween(before, after)) audit?.write({ ...one, by: userInfo().username });
  } finally {
    rmSync(draft, { force: true });
    unlock();
    await audit?.close();
  }
}

const logger = { info: () => undefined, error: (message: string) => void process.stderr.write(`${message}\n`) };

function locked(lock: string): () => void {
  try {
    closeSync(openSync(lock, 'wx', 0o600));
  } catch (error) {
    throw new Failure(
      `Somebody else is changing the accounts, or was stopped at it (then delete ${lock}): ${reasonOf(error)}`,
    );
  }
  return () => rmSync(lock, { force: true });
}
