import { timingSafeEqual } from 'node:crypto';
import type { Credentials } from '../catapult/credentials.ts';
import type { Accounts } from './accounts.ts';
import { sha256, type Permission } from './tokens.ts';

/** Lets in whoever has an account's credentials, or the operator's, which fit each account and all together (`-`). */
export class Doorkeeper {
  private readonly accounts: Pick<Accounts, 'has' | 'verify'>;
  private readonly operator: Credentials | undefined;

  constructor(accounts: Pick<Accounts, 'has' | 'verify'>, operator: Credentials | undefined) {
    this.accounts = accounts;
    this.operator = operator;
  }

  has(userId: string): boolean {
    return this.accounts.has(userId);
  }

  /** What whoever has these credentials may do for this user; undefined if they do not fit. It takes the same time for all. */
  verify(userId: string, given: Credentials): Permission | undefined {
    const scope = this.accounts.verify(userId, given);
    return this.isOperator(given) ? 'operate' : scope;
  }

  private isOperator({ token, secret }: Credentials): boolean {
    const { token: known = '', secret: hidden = '' } = this.operator ?? {};
    const isIt = timingSafeEqual(sha256(token), sha256(known));
    const fits = timingSafeEqual(sha256(secret), sha256(hidden));
    return this.operator !== undefined && isIt && fits;
  }
}
