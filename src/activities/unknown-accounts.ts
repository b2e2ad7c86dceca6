import { log } from '@temporalio/activity';
import type { Accounts } from '../accounts/accounts.ts';
import { catapultError, type CatapultError } from '../catapult/errors.ts';
import type { DeliveryResult } from '../conference/state/outbox.ts';
import {
  UNKNOWN_ACCOUNT_LOGGED_EVERY_MS,
  MIN_UNKNOWN_ACCOUNT_PAUSE_MS,
  MAX_UNKNOWN_ACCOUNT_PAUSE_MS,
} from './budget.ts';

/** Why no conference is opened for an account that this worker does not know: nobody could be told what becomes of it. */
export function unknownTo(accounts: Pick<Accounts, 'has'>, userId: string): CatapultError | undefined {
  if (accounts.has(userId)) return undefined;
  const message = `The workers do not know the account ${userId} (ACCOUNTS_FILE), so the conference has not been opened.`;
  return catapultError('user-access-denied', message);
}

/** What is on record of an event that was not sent. */
const NOT_SENT = 'not sent: the worker does not know the account (ACCOUNTS_FILE)';

/** The result of a delivery for an event that is not sent. */
interface NotSent {
  events: readonly { sequence: number }[];
  target: { callbackUrl?: string | undefined };
}

interface Unknown {
  since: number;
  loggedAt: number;
}

/**
 * Accounts that this worker does not know, yet or any more. Their events cannot be signed, so they are not sent; that is nobody's
 * failure, and they are tried again, here or by another worker.
 */
export class UnknownAccounts {
  private readonly known = new Map<string, Unknown>();

  /** What a delivery for such an account comes to. */
  notSent(userId: string, { events, target }: NotSent): DeliveryResult {
    const now = Date.now();
    const unknown = this.known.get(userId) ?? { since: now, loggedAt: -Infinity };
    this.known.set(userId, unknown);
    if (now - unknown.loggedAt >= UNKNOWN_ACCOUNT_LOGGED_EVERY_MS) {
      unknown.loggedAt = now;
      log.error(
        `events of the account "${userId}" are not delivered: it does not stand in ACCOUNTS_FILE of this worker`,
      );
    }
    const url = target.callbackUrl === undefined ? 'fallbackUrl' : 'callbackUrl';
    const [first] = events;
    const about = { at: now, url, ok: false, result: NOT_SENT, milliseconds: 0 } as const;
    const busy =
      Math.min(Math.max(now - unknown.since, MIN_UNKNOWN_ACCOUNT_PAUSE_MS), MAX_UNKNOWN_ACCOUNT_PAUSE_MS) *
      (0.9 + Math.random() / 5);
    return {
      attempts: first === undefined ? [] : [{ sequence: first.sequence, ...about }],
      busyForMs: Math.round(busy),
    };
  }
}
