import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { placeOf } from './accounts/accounts.ts';
import { changesBetween } from './accounts/changes.ts';
import { storeOf } from './accounts/open.ts';
import { isSealed, seal, unseal, type SealingKeys } from './accounts/sealed.ts';
import type { AccountsStore, Entry } from './accounts/store.ts';
import { MAX_TOKENS_OF_SCOPE, newToken, type Scope } from './accounts/tokens.ts';
import { auditLogOf } from './audit.ts';
import type { Config } from './config.ts';
import { Failure } from './failure.ts';

/* `convoke accounts`: changes the accounts, which gateways and workers then read again by themselves. */

export interface TokenOptions {
  scope: Scope;
  expires?: string | undefined;
}

type Print = (line: string) => void;
const print: Print = (line) => process.stdout.write(`${line}\n`);

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
  tell(`The token ${tokenId} of ${userId} is refused within 10 s, wherever the accounts are read.`);
}

/** Our account at the platform for the conferences of one account, which comes into force within 10 s; without it that of the settings. */
export async function setPlatform(
  config: Config,
  userId: string,
  platform: { userId: string; token: string; secret: string } | undefined,
  tell: Print = print,
): Promise<void> {
  await change(config, (entries) =>
    withEntry(entries, userId, ({ platformUserId: _id, platformToken: _token, platformSecret: _secret, ...entry }) => {
      if (platform === undefined) return entry;
      const platformSecret = seal(platform.secret, placeOf(userId, 'platformSecret'), config.accountsKeys);
      return { ...entry, platformUserId: platform.userId, platformToken: platform.token, platformSecret };
    }),
  );
  tell(`Conferences of ${userId} are held on the platform as ${platform?.userId ?? 'PLATFORM_USER_ID says'}.`);
}

/** What URLs of an account may reach beside what the settings say, and what they may not. */
export async function setTargets(
  config: Config,
  userId: string,
  { allow, deny }: { allow: string[]; deny: string[] },
  tell: Print = print,
): Promise<void> {
  await change(config, (entries) =>
    withEntry(entries, userId, (entry) => ({ ...entry, allowedNetworks: allow, deniedNetworks: deny })),
  );
  tell(
    `URLs of ${userId} may reach ${[...allow, 'what the settings say'].join(', ')}, but not ${deny.join(', ') || 'more'}.`,
  );
}

/** The telephone numbers that an account may use, and nobody else may whose they are not; undefined: any that is on nobody's list. */
export async function setNumbers(
  config: Config,
  userId: string,
  numbers: string[] | undefined,
  tell: Print = print,
): Promise<void> {
  let others: string[] = [];
  let [taken, left]: [string[], string[]] = [[], []];
  await change(config, (entries) => {
    const listOf = ({ numbers: list }: Entry) => (Array.isArray(list) ? (list as string[]) : []);
    const isOther = (entry: Entry) => entry.userId !== userId && numbers?.some((one) => listOf(entry).includes(one));
    others = entries.filter(isOther).map((entry) => entry.userId);
    taken = entries
      .filter((one) => one.userId === userId)
      .flatMap(listOf)
      .filter((one) => numbers?.includes(one) !== true);
    left = taken.filter((one) => !entries.some((entry) => entry.userId !== userId && listOf(entry).includes(one)));
    return withEntry(entries, userId, ({ numbers: _before, ...entry }) =>
      numbers === undefined ? entry : { ...entry, numbers },
    );
  });
  tell(`${userId} may use ${numbers?.join(', ') ?? 'every number that is on no account’s list'}.`);
  // A mistake lets one account take the calls of another.
  if (others.length > 0) tell(`Some of these are on the list of ${others.join(', ')} too: they share them.`);
  if (left.length > 0) tell(`${left.join(', ')} is on nobody’s list now: every account without one may use it.`);
  if (taken.length > 0)
    tell('Conferences that are open keep their number until they end: whoever calls it joins them.');
}

/** Seals every secret that can be sealed with the first key, whichever it was sealed with before. */
export async function sealAll(config: Config, tell: Print = print): Promise<void> {
  if (config.accountsKeys.size === 0) throw new Failure('ACCOUNTS_KEYS: got none, wants the key to seal with.');
  await change(config, (entries) => entries.map((entry) => sealedEntry(entry, config.accountsKeys)));
  tell(
    `All webhook secrets and secrets of the platform are sealed with the key ${[...config.accountsKeys.keys()][0] ?? ''}.`,
  );
}

const SEALED = ['webhookSecret', 'previousWebhookSecret', 'platformSecret'];

function sealedEntry(entry: Entry, keys: SealingKeys): Entry {
  const sealed = SEALED.flatMap((field) => {
    const [value, place] = [entry[field], placeOf(entry.userId, field)];
    if (typeof value !== 'string') return [];
    return [[field, seal(isSealed(value) ? unseal(value, place, keys) : value, place, keys)] as const];
  });
  return { ...entry, ...Object.fromEntries<string>(sealed) };
}

/** The accounts and their tokens, without secrets, and when they were used: in words, or one JSON value a line. */
export async function listAccounts(config: Config, tell: Print = print, asJson = false): Promise<void> {
  const [accounts, uses] = await withStore(config, async (store) => [await store.read(), await store.uses()] as const);
  for (const { userId, token, tokens = [], numbers } of accounts) {
    const ofFile = token === undefined ? [] : [{ id: token, scope: 'write' }];
    const usedAt = (id: string) => uses[userId]?.[id];
    if (asJson) {
      const shown = [...ofFile, ...tokens.map(({ id, scope, expires }) => ({ id, scope, expires }))];
      tell(JSON.stringify({ userId, numbers, tokens: shown.map((one) => ({ ...one, usedAt: usedAt(one.id) })) }));
      continue;
    }
    const used = (id: string) => {
      const at = usedAt(id);
      return at === undefined ? 'not used so far' : `last used ${at}`;
    };
    tell(`${userId}${numbers === undefined ? '' : `  ${numbers.join(', ')}`}`);
    for (const { id } of ofFile) tell(`  ${id}  write, with its secret as it is, ${used(id)}`);
    for (const { id, scope, expires } of tokens)
      tell(`  ${id}  ${scope}${expires === undefined ? '' : `, until ${expires}`}, ${used(id)}`);
  }
}

function withEntry(entries: Entry[], userId: string, work: (entry: Entry) => Entry): Entry[] {
  if (!entries.some((entry) => entry.userId === userId)) throw new Failure(`There is no account ${userId}.`);
  return entries.map((entry) => (entry.userId === userId ? work(entry) : entry));
}

/** Changes the accounts, whole or not at all, if it can be told of. */
async function change(config: Config, work: (entries: Entry[]) => Entry[]): Promise<void> {
  const audit = await auditLogOf(config, logger);
  try {
    const { before, after } = await withStore(config, (store) => store.change(work));
    for (const one of changesBetween(before, after)) audit?.write({ ...one, by: userInfo().username });
  } finally {
    await audit?.close();
  }
}

async function withStore<Value>(config: Config, work: (store: AccountsStore) => Promise<Value>): Promise<Value> {
  const store = await storeOf(config);
  if (store === undefined)
    throw new Failure('ACCOUNTS_FILE: got none, wants the file of the accounts, or ACCOUNTS_URL their database.');
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

const logger = { info: () => undefined, error: (message: string) => void process.stderr.write(`${message}\n`) };
