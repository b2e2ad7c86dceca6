import { isDeepStrictEqual } from 'node:util';
import { present } from '../catapult/present.ts';
import type { Account } from './accounts.ts';

/** What became of an account, without its secrets. */
export type AccountChange = { event: string; account: string } & Record<string, unknown>;

/** In what two lists of accounts differ: accounts and tokens that came or went, and which fields of an account are others. */
export function changesBetween(before: readonly Account[], after: readonly Account[]): AccountChange[] {
  const [old, now] = [byId(before), byId(after)];
  const gone = before.filter(({ userId }) => !now.has(userId));
  return [
    ...gone.map(({ userId }) => ({ event: 'account-removed', account: userId })),
    ...after.flatMap((account) => changesOf(old.get(account.userId), account)),
  ];
}

function byId(accounts: readonly Account[]): Map<string, Account> {
  return new Map(accounts.map((account) => [account.userId, account]));
}

function changesOf(before: Account | undefined, after: Account): AccountChange[] {
  const { userId: account } = after;
  const [old, now] = [tokensOf(before), tokensOf(after)];
  const fields = Object.keys({ ...before, ...after }).filter(
    (name) => !TOKENS.includes(name) && !isDeepStrictEqual(fieldOf(before, name), fieldOf(after, name)),
  );
  return [
    ...(before === undefined ? [{ event: 'account-added', account }] : []),
    ...[...old].filter(([id]) => !now.has(id)).map(([token]) => ({ event: 'token-removed', account, token })),
    ...[...now].filter(([id, one]) => old.get(id) !== one).map(([token]) => tokenCame(after, token, old.has(token))),
    ...(before !== undefined && fields.length > 0 ? [{ event: 'account-changed', account, fields }] : []),
  ];
}

const TOKENS = ['userId', 'token', 'secret', 'tokens'];

function fieldOf(account: Account | undefined, name: string): unknown {
  return new Map<string, unknown>(Object.entries(account ?? {})).get(name);
}

/** All that is known of each token, in one text. */
function tokensOf({ token, secret, tokens = [] }: Partial<Account> = {}): Map<string, string> {
  const plain = token === undefined ? [] : [[token, JSON.stringify({ secret })] as const];
  return new Map([...plain, ...tokens.map((one) => [one.id, JSON.stringify(one)] as const)]);
}

function tokenCame({ userId: account, tokens = [] }: Account, token: string, wasThere: boolean): AccountChange {
  const { scope = 'write', expires } = tokens.find(({ id }) => id === token) ?? {};
  const event = wasThere ? 'token-changed' : 'token-added';
  return present({ event, account, token, scope, expires });
}
