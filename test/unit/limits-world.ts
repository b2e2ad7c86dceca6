import { Accounts, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { limits, type Limits } from '../../src/accounts/limits.ts';
import { CatapultError } from '../../src/catapult/errors.ts';
import { parseRequest } from '../../src/catapult/parse.ts';
import { createConferenceRequest } from '../../src/catapult/requests.ts';
import { AccountLimits, type AccountLimitsOptions } from '../../src/gateway/limits/account-limits.ts';

/* One account, at one gateway or at several; time passes when it is told to. */

export const USER = 'u-1';
export const request = (fields: object = {}) =>
  parseRequest(createConferenceRequest, { from: '+19195551234', ...fields });
export const PLAIN = request();
export const withPeople = (people: number) =>
  request({ participants: Array.from({ length: people }, () => ({ to: '+19195550001' })) });

/** Temporal's index, the clock, and the gateways that hold an account to its limits. */
export class LimitsWorld {
  now = 0;
  /** What Temporal's index says. */
  conferences = 0;
  begunKeys: string[] = [];
  counts = 0;
  turn = true;
  readonly gateways: AccountLimits[];

  constructor(gateways = 1, own: Partial<Limits> = {}, options: Partial<AccountLimitsOptions> = {}) {
    const account = { ...LOCAL_ACCOUNT, userId: USER, limits: limits.parse(own) };
    const accounts = new Accounts([account, { ...account, userId: 'u-2' }, { ...LOCAL_ACCOUNT, userId: 'u-free' }]);
    this.gateways = Array.from(
      { length: gateways },
      () =>
        new AccountLimits({
          ...{ accounts, gateways: () => gateways, now: () => this.now },
          count: () => Promise.resolve((this.counts += 1)).then(() => this.conferences),
          isBegun: (_userId, key) => Promise.resolve(this.begunKeys.includes(key)),
          takeRedeliveryTurn: () => Promise.resolve(this.turn ? () => undefined : undefined),
          ...options,
        }),
    );
  }

  get gateway(): AccountLimits {
    const [one] = this.gateways;
    if (one === undefined) throw new Error('there is one');
    return one;
  }

  /** How many of so many are let in, taken in turn by all gateways. */
  async passed(times: number, take: (gateway: AccountLimits) => unknown): Promise<number> {
    let passed = 0;
    for (let time = 0; time < times; time += 1) {
      const gateway = this.gateways[time % this.gateways.length] ?? this.gateway;
      passed += (await refusalOf(() => take(gateway))) === undefined ? 1 : 0;
    }
    return passed;
  }

  /** The same in one second, spread over it evenly. */
  async passedInASecond(times: number, take: (gateway: AccountLimits) => unknown): Promise<number> {
    let passed = 0;
    for (let time = 0; time < times; time += 1) {
      this.now += 1_000 / times;
      const gateway = this.gateways[time % this.gateways.length] ?? this.gateway;
      passed += (await refusalOf(() => take(gateway))) === undefined ? 1 : 0;
    }
    return passed;
  }
}

/** The 429 with which it was refused, if it was. */
export async function refusalOf(take: () => unknown): Promise<CatapultError | undefined> {
  try {
    await take();
    return undefined;
  } catch (error) {
    if (error instanceof CatapultError && error.status === 429) return error;
    throw error;
  }
}
