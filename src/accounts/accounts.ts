import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Credentials } from '../catapult/credentials.ts';
import { limits, type Limits } from './limits.ts';

const plainId = z.string({ error: 'a text' }).regex(/^(?!\.\.?$)[A-Za-z0-9._-]{1,64}$/, {
  // A path with one of these names another place.
  error: '1 to 64 letters, digits, dots, dashes or underscores, and not "." or ".."',
});

const webhookSecret = z.custom<string>(isWebhookSecret, { error: '"whsec_" and the base64 of 24 to 64 bytes' });

const account = z.object(
  {
    userId: plainId,
    // Of `token:secret` in a request the first colon ends the token.
    token: z.string({ error: 'a text' }).regex(/^[^:]+$/, { error: 'a text without ":", and not an empty one' }),
    secret: z.string({ error: 'a text' }).min(1, { error: 'a text that is not empty' }),
    /** Standard Webhooks secret: `whsec_` and base64 of 24 to 64 bytes. */
    webhookSecret,
    /** The one before it, while receivers change over. */
    previousWebhookSecret: webhookSecret.optional(),
    limits: limits.prefault({}),
  },
  { error: 'an object with userId, token, secret and webhookSecret' },
);

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
export const LOCAL_ACCOUNT: Account = {
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

/** The accounts, looked up by userId. */
export class Accounts {
  private readonly byUserId: ReadonlyMap<string, Account>;

  constructor(accounts: readonly Account[]) {
    this.byUserId = new Map(accounts.map((entry) => [entry.userId, entry]));
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

  /** Whether the credentials are this user's; takes the same time for an unknown user and a wrong secret. */
  verify(userId: string, given: Credentials): boolean {
    const known = this.byUserId.get(userId);
    const expected = known ?? { token: '', secret: '' };
    const token = sameText(given.token, expected.token);
    const secret = sameText(given.secret, expected.secret);
    return token && secret && known !== undefined;
  }
}

/**
 * Reads the accounts from a JSON file `{ "accounts": [{ userId, token, secret, webhookSecret }] }`; without a file there
 * is the local account only.
 * @throws AccountsError when the file cannot be read or is not of that shape.
 */
export function loadAccounts(file: string | undefined): Accounts {
  if (file === undefined) return new Accounts([LOCAL_ACCOUNT]);
  try {
    const { accounts } = accountsFile.parse(JSON.parse(readFileSync(file, 'utf8')));
    const ids = accounts.map(({ userId }) => userId);
    const twice = ids.find((id, index) => ids.indexOf(id) < index);
    if (twice !== undefined) throw new Error(`the userId "${twice}" stands in it twice`);
    return new Accounts(accounts);
  } catch (error) {
    const wrong =
      error instanceof z.ZodError
        ? error.issues.map(({ path, message }) => `${path.join('.') || 'it'} wants ${message}`).join('; ')
        : error instanceof Error
          ? error.message
          : String(error);
    throw new AccountsError(`ACCOUNTS_FILE: ${file} cannot be used: ${wrong}`);
  }
}

function isWebhookSecret(text: unknown): boolean {
  if (typeof text !== 'string') return false;
  const encoded = text.replace(/^whsec_/, '');
  const key = Buffer.from(encoded, 'base64');
  return text.startsWith('whsec_') && key.length >= 24 && key.length <= 64 && key.toString('base64') === encoded;
}

function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
