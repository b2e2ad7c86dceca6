import { ALL_ACCOUNTS } from '../catapult/paths.ts';
import { isConferenceId, type ConferenceIds } from '../conference/state/ids.ts';
import { checkOptions, requireObject, requireText, unlessAborted, type RequestOptions } from './call.ts';
import type { Asked } from './conferences.ts';
import { noAccount, noConference } from './refusals.ts';

/** The accounts that may be named. */
export interface KnownAccounts {
  has(userId: string): boolean;
  /** All of them, for whoever may look for an id in all. */
  all?(): { userId: string }[];
}

/** What every call has in common: for whom it may be, and how long it is waited for. */
export class CheckedCalls {
  private readonly accounts: KnownAccounts;

  constructor(accounts: KnownAccounts) {
    this.accounts = accounts;
  }

  /** A call about one conference. @throws CatapultError 400, 401, 404; the signal's reason. */
  async of<Value>(ids: ConferenceIds, options: RequestOptions, work: (asked: Asked) => Promise<Value>): Promise<Value> {
    // Whoever calls from JavaScript may give the id alone.
    const { userId, conferenceId } = Object(ids) as Partial<ConferenceIds>;
    requireText('userId', userId, 'the user id of an account, beside the conferenceId, as `create` answers them');
    return await this.ask(userId, options, async (asked) => {
      requireText('conferenceId', conferenceId, 'the id of a conference');
      if (!isConferenceId(conferenceId)) throw noConference(conferenceId);
      return await work(asked);
    });
  }

  /** A call in the name of an account. @throws CatapultError 400, 401; the signal's reason. */
  async ask<Value>(userId: string, options: RequestOptions, work: (asked: Asked) => Promise<Value>): Promise<Value> {
    requireText('userId', userId, 'the user id of an account');
    if (userId === ALL_ACCOUNTS) throw noAccount(userId);
    return await this.askOfAny(userId, options, work);
  }

  /** Whose something may be that is looked for: this account's, or one of all. */
  owners(userId: string): string[] {
    const { accounts } = this;
    return userId === ALL_ACCOUNTS ? (accounts.all?.() ?? []).map((one) => one.userId) : [userId];
  }

  /** The same, or about all accounts (`-`). */
  async askOfAny<Value>(
    userId: string,
    options: RequestOptions,
    work: (asked: Asked) => Promise<Value>,
  ): Promise<Value> {
    requireObject('options', options, 'an object such as {"timeoutMs": 5000}, or nothing');
    const { signal, ...asked } = options;
    signal?.throwIfAborted();
    checkOptions(asked);
    requireText('userId', userId, 'the user id of an account');
    if (userId !== ALL_ACCOUNTS && !this.accounts.has(userId)) throw noAccount(userId);
    return await unlessAborted(signal, work(asked));
  }
}
