import { timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import type { Credentials } from '../catapult/credentials.ts';
import { phoneNumber } from '../catapult/kinds.ts';
import { limits, type Limits } from './limits.ts';
import { isSealed, unseal, type SealingKeys } from './sealed.ts';
import type { TokenUses } from './token-uses.ts';
import { MAX_TOKENS_OF_SCOPE, sha256, token, type Scope } from './tokens.ts';

const plainId = z.string({ error: 'a text' }).regex(/^(?!(\.\.?|-)$)[A-Za-z0-9._-]{1,64}$/, {
  // A path with a dot or two names another place, and a dash all accounts.
  error: '1 to 64 letters, digits, dots, dashes or underscores, and not ".", ".." or "-"',
});

const webhookSecret = z.custom<string>(isWebhookSecret, { error: '"whsec_" and the base64 of 24 to 64 bytes' });

const text = (error: string) => z.string({ error: 'a text' }).regex(/./s, { error });

const tokenText = z.string({ error: 'a text' }).regex(/^[^:]+$/, { error: 'a text without ":", and not an empty one' });

const networks = z.array(
  z.string().refine((one) => ipaddr.isValidCIDR(one), { error: 'a network such as 10.0.0.0/8' }),
  { error: 'a list of networks such as 10.0.0.0/8' },
);

const number = z.custom<string>((value) => phoneNumber.fits(value), { error: phoneNumber.wants });

const account = z
  .object(
    {
      userId: plainId,
      // Of `token:secret` in a request the first colon ends the token.
      token: tokenText.optional(),
      secret: text('a text that is not empty').optional(),
      tokens: z
        .array(token, { error: 'a list of tokens' })
        .max(2 * MAX_TOKENS_OF_SCOPE, { error: `${2 * MAX_TOKENS_OF_SCOPE} tokens at most` })
        .optional(),
      /** Standard Webhooks secret: `whsec_` and base64 of 24 to 64 bytes. */
      webhookSecret,
      /** The one before it, while receivers change over. */
      previousWebhookSecret: webhookSecret.optional(),
      limits: limits.prefault({}),
      /** Our account at the platform for this one's conferences; all three, or that of the settings. */
      platformUserId: text('a text that is not empty').optional(),
      platformToken: tokenText.optional(),
      platformSecret: text('a text that is not empty').optional(),
      /** What its URLs may reach beyond what the settings say, and what they may not. */
      allowedNetworks: networks.optional(),
      deniedNetworks: networks.optional(),
      /** Its telephone numbers: it may use these and no others, and nobody else may whose they are not. */
      numbers: z.array(number, { error: 'a list of telephone numbers such as "+19195551234"' }).optional(),
    },
    { error: 'an object with userId, tokens (or token and secret) and webhookSecret' },
  )
  .refine((one) => (one.token === undefined) === (one.secret === undefined), {
    path: ['secret'],
    error: 'a text where there is a token, and none where there is not',
  })
  .refine((one) => [0, 3].includes(platformFieldsOf(one).length), {
    path: ['platformUserId'],
    error: 'platformToken and platformSecret beside it, or none of the three',
  });

function platformFieldsOf({ platformUserId, platformToken, platformSecret }: PlatformFields): string[] {
  return [platformUserId, platformToken, platformSecret].filter((field) => field !== undefined);
}

type PlatformFields = Partial<Record<'platformUserId' | 'platformToken' | 'platformSecret', string | undefined>>;

/** Our account at the platform for the conferences of this one; undefined where it is that of the settings. */
export function platformAccountOf(one: Account | undefined): (Credentials & { userId: string }) | undefined {
  const [userId, token, secret] = platformFieldsOf(one ?? {});
  return userId === undefined || token === undefined || secret === undefined ? undefined : { userId, token, secret };
}

/** What an account's URLs may reach beside what holds for all, and what they may not; undefined where nothing is said. */
export function networksOf(one: Account | undefined): { allowed: string[]; denied: string[] } | undefined {
  const { allowedNetworks: allowed = [], deniedNetworks: denied = [] } = one ?? {};
  return allowed.length + denied.length === 0 ? undefined : { allowed, denied };
}

/** What signs an account's events: two secrets while one takes the place of the other. */
export function webhookSecretsOf({ webhookSecret, previousWebhookSecret }: Account): string[] {
  return [webhookSecret, ...(previousWebhookSecret === undefined ? [] : [previousWebhookSecret])];
}

/** One customer: who may call under `/v1/users/{userId}`, and the key that signs what is delivered to them. Without limits it has none. */
export type Account = Omit<z.output<typeof account>, 'limits'> & { limits?: Limits };

const SOME_ACCOUNTS = 'a list of at least one account';
const accountsFile = z.object(
  { accounts: z.array(account, { error: SOME_ACCOUNTS }).min(1, { error: SOME_ACCOUNTS }) },
  { error: 'an object such as {"accounts": [{"userId": …}]}' },
);

/** The account of local runs; its values are known to everyone, and it has nobody to share with. */
export const LOCAL_ACCOUNT: Account & Credentials = {
  userId: 'u-local',
  token: 't-local',
  secret: 's-local',
  webhookSecret: `whsec_${Buffer.from('convoke-local-webhook-secret').toString('base64')}`,
};

/** Raised for accounts or keys that cannot be used; the message names the setting and what is wrong with it. */
export class AccountsError extends Error {
  override readonly name = 'AccountsError';

  constructor(message: string) {
    super(message);
    // The message says all: who starts the program is not helped by a stack.
    delete this.stack;
  }
}

/** What fits an account: a token's id and the hash of its secret. */
interface Key {
  id: string;
  digest: Buffer;
  scope: Scope;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** As many are compared for everybody, known or not. */
const MAX_KEYS = 2 * MAX_TOKENS_OF_SCOPE + 1;
const NOBODY: Key = { id: '', digest: Buffer.alloc(32), scope: 'read', expiresAt: -Infinity };

function keysOf({ token: id, secret, tokens = [] }: Account): Key[] {
  const plain =
    id === undefined || secret === undefined ? [] : [{ id, digest: sha256(secret), scope: 'write' as const }];
  const hashed = tokens.map(({ id: own, secretSha256, scope, expires }) => ({
    ...{ id: own, digest: Buffer.from(secretSha256, 'hex'), scope },
    expiresAt: expires === undefined ? Infinity : Date.parse(expires),
  }));
  return [...plain.map((one) => ({ ...one, expiresAt: Infinity })), ...hashed];
}

/** The accounts, looked up by userId. Others may take their place at any moment. */
export class Accounts {
  private byUserId: ReadonlyMap<string, Account> = new Map();
  private keys: ReadonlyMap<string, Key[]> = new Map();
  /** All that stand on some account's list. */
  private listed: ReadonlySet<string> = new Set();
  /** When tokens were used last (epoch ms). */
  private readonly uses = new Map<string, Map<string, number>>();
  private hasNewUses = false;

  constructor(accounts: readonly Account[]) {
    this.replace(accounts);
  }

  replace(accounts: readonly Account[]): void {
    this.byUserId = new Map(accounts.map((entry) => [entry.userId, entry]));
    this.keys = new Map(accounts.map((entry) => [entry.userId, keysOf(entry)]));
    this.listed = new Set(accounts.flatMap(({ numbers = [] }) => numbers));
  }

  /** Whether an account may use a telephone number: one of its list; without a list one that stands on nobody's. */
  mayUse(userId: string, number: string): boolean {
    const { numbers } = this.byUserId.get(userId) ?? {};
    return numbers === undefined ? !this.listed.has(number) : numbers.includes(number);
  }

  get(userId: string): Account | undefined {
    return this.byUserId.get(userId);
  }

  all(): Account[] {
    return [...this.byUserId.values()];
  }

  has(userId: string): boolean {
    return this.byUserId.has(userId);
  }

  /**
   * What whoever has these credentials may do for this user; undefined if they do not fit. It takes the same time for an unknown user and
   * a wrong secret.
   */
  verify(userId: string, given: Credentials, now = Date.now()): Scope | undefined {
    const known = this.keys.get(userId) ?? [];
    const [id, digest] = [sha256(given.token), sha256(given.secret)];
    let fitting: Key | undefined;
    for (let place = 0; place < MAX_KEYS; place += 1) {
      const key = known[place] ?? NOBODY;
      const isIt = timingSafeEqual(id, sha256(key.id));
      const fits = timingSafeEqual(digest, key.digest);
      if (isIt && fits && now < key.expiresAt) fitting = key;
    }
    if (fitting !== undefined) this.noteUse(userId, fitting.id, now);
    return fitting?.scope;
  }

  /** When the tokens that there are were used last; undefined if none was since it was asked before. */
  takeUses(): TokenUses | undefined {
    if (!this.hasNewUses) return undefined;
    this.hasNewUses = false;
    const known = [...this.uses].map(([userId, tokens]) => {
      const ids = (this.keys.get(userId) ?? []).map(({ id }) => id);
      const times = [...tokens].filter(([id]) => ids.includes(id));
      return [userId, Object.fromEntries(times.map(([id, at]) => [id, new Date(at).toISOString()]))] as const;
    });
    return Object.fromEntries(known);
  }

  private noteUse(userId: string, id: string, at: number): void {
    const known = this.uses.get(userId) ?? new Map<string, number>();
    this.uses.set(userId, known.set(id, at));
    this.hasNewUses = true;
  }
}

/** How long conferences of an account last that do not say so (seconds): as its limits say, or as for all. */
export function defaultMaxDurationIn(accounts: Pick<Accounts, 'get'>, ofAll: number | undefined) {
  return (userId: string): number | undefined => accounts.get(userId)?.limits?.defaultMaxDuration ?? ofAll;
}

/**
 * Reads the accounts from a JSON file `{ "accounts": [{ userId, tokens, webhookSecret }] }`. `keys` open what is sealed in it.
 * @throws AccountsError when the file cannot be read or is not of that shape.
 */
export function readAccounts(file: string, keys: SealingKeys): Account[] {
  const name = `ACCOUNTS_FILE: ${file}`;
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new AccountsError(`${name} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
  return parseAccounts(name, content, keys);
}

/** Reads accounts in JSON; `name` says where they are. @throws AccountsError when they are not of that shape. */
export function parseAccounts(name: string, content: string, keys: SealingKeys): Account[] {
  try {
    return accountsIn(content, keys);
  } catch (error) {
    const wrong =
      error instanceof z.ZodError
        ? error.issues.map(({ path, message }) => `${path.join('.') || 'it'} wants ${message}`).join('; ')
        : error instanceof Error
          ? error.message
          : String(error);
    throw new AccountsError(`${name} cannot be used: ${wrong}`);
  }
}

/** The place that a sealed secret of an account belongs to. */
export function placeOf(userId: unknown, field: string): string {
  return `${String(userId)}\n${field}`;
}

function accountsIn(content: string, keys: SealingKeys): Account[] {
  const { accounts } = accountsFile.parse(JSON.parse(content, opening(keys)));
  const ids = accounts.map(({ userId }) => userId);
  const twice = ids.find((id, index) => ids.indexOf(id) < index);
  if (twice !== undefined) throw new Error(`the userId "${twice}" stands in it twice`);
  for (const { userId, tokens = [] } of accounts) {
    const own = tokens.map(({ id }) => id);
    if (new Set(own).size < own.length) throw new Error(`a token of ${userId} stands in it twice`);
  }
  return accounts;
}

/** Opens what is sealed, as the JSON is read. */
function opening(keys: SealingKeys) {
  return (_name: string, value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || !('userId' in value)) return value;
    const opened = Object.entries(value).map(([field, one]: [string, unknown]) => [
      field,
      isSealed(one) ? unseal(one, placeOf(value.userId, field), keys) : one,
    ]);
    return Object.fromEntries(opened) as unknown;
  };
}

function isWebhookSecret(given: unknown): boolean {
  if (typeof given !== 'string') return false;
  const encoded = given.replace(/^whsec_/, '');
  const key = Buffer.from(encoded, 'base64');
  return given.startsWith('whsec_') && key.length >= 24 && key.length <= 64 && key.toString('base64') === encoded;
}
