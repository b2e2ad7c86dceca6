import { createHmac, randomBytes } from 'node:crypto';
import type { Doorkeeper } from '../../accounts/operator.ts';
import type { Permission } from '../../accounts/tokens.ts';
import type { Credentials } from '../../catapult/credentials.ts';
import { outsideText } from '../../catapult/outside-text.ts';
import type { Logger } from '../../telemetry/log.ts';
import { FAILURES_IN_MS, MAX_FAILURES_OF_ADDRESS, MAX_FAILURES_OF_PAIR, MAX_FAILURES_REMEMBERED } from '../budget.ts';
import { networkOf } from '../network-of.ts';
import { Bucket } from './bucket.ts';
import { Recent } from './recent.ts';
import { limited } from './refusal.ts';

/** Failures of one user id from one address. */
interface Pair {
  bucket: Bucket;
  /** Since the last log line, and when that was (ms, monotonic). */
  untold: number;
  toldAt: number;
}

/** No user has this id. */
const ANY_USER = '*';

export interface FailedCredentialsOptions {
  accounts: Pick<Doorkeeper, 'has' | 'verify'>;
  /** How many gateways there are: each takes its share of failures. */
  gateways: () => number;
  logger: Pick<Logger, 'warn'>;
  /** A clock (ms) that is never set. */
  now?: () => number;
}

/**
 * Lets users in, and bounds guessing: after too many failures for a user id from an address, or from an address for all, what comes is refused
 * without a look, until a minute has passed. Credentials that have fitted before are looked at in any case, so that nobody is locked out
 * by what others try from the same address.
 */
export class FailedCredentials {
  private readonly options: Required<FailedCredentialsOptions>;
  private readonly pairs = new Recent<Pair>(MAX_FAILURES_REMEMBERED);
  private readonly addresses = new Recent<Bucket>(MAX_FAILURES_REMEMBERED);
  private readonly fitted = new Recent<true>(MAX_FAILURES_REMEMBERED);
  /** What is kept of credentials is of no use outside this process. */
  private readonly key = randomBytes(32);

  constructor(options: FailedCredentialsOptions) {
    this.options = { now: () => performance.now(), ...options };
  }

  /** What these let do; undefined where they are not the user's. @throws CatapultError 429 where too many were not. */
  check(userId: string, credentials: Credentials, from: string): Permission | undefined {
    const address = networkOf(from);
    const digest = this.digestOf(userId, credentials);
    const ofAddress = this.bucketOf(address);
    // User ids cost nothing: of an address that is refused altogether they are not told apart.
    const who = ofAddress.waitMs() > 0 ? ANY_USER : userId;
    const pair = this.pairOf(who, address);
    const waitMs = Math.max(pair.bucket.waitMs(), ofAddress.waitMs());
    if (waitMs > 0 && this.fitted.get(digest) === undefined) {
      this.tell(pair, who, address, 'too many failures: not looked at');
      throw limited('Authorization: too many credentials did not fit.', waitMs);
    }
    const scope = this.options.accounts.verify(userId, credentials);
    if (scope !== undefined) {
      this.fitted.set(digest, true);
      return scope;
    }
    this.fitted.delete(digest);
    pair.bucket.take();
    ofAddress.take();
    this.tell(pair, who, address, this.options.accounts.has(userId) ? 'they do not fit' : 'no such user');
    return undefined;
  }

  private digestOf(userId: string, { token, secret }: Credentials): string {
    return createHmac('sha256', this.key)
      .update(JSON.stringify([userId, token, secret]))
      .digest('base64');
  }

  private pairOf(userId: string, address: string): Pair {
    const key = `${address} ${userId}`;
    const pair = this.pairs.get(key) ?? { bucket: this.bucket(MAX_FAILURES_OF_PAIR), untold: 0, toldAt: -Infinity };
    this.pairs.set(key, pair);
    return pair;
  }

  private bucketOf(address: string): Bucket {
    const bucket = this.addresses.get(address) ?? this.bucket(MAX_FAILURES_OF_ADDRESS);
    this.addresses.set(address, bucket);
    return bucket;
  }

  private bucket(failures: number): Bucket {
    const { gateways, now } = this.options;
    const perSecond = failures / (FAILURES_IN_MS / 1_000);
    return new Bucket(() => ({ perSecond: perSecond / gateways(), most: Math.max(1, failures / gateways()) }), now);
  }

  /** One line a minute for each pair, however many come. */
  private tell(pair: Pair, userId: string, address: string, reason: string): void {
    pair.untold += 1;
    if (this.options.now() < pair.toldAt + FAILURES_IN_MS) return;
    const failures = pair.untold;
    Object.assign(pair, { untold: 0, toldAt: this.options.now() });
    this.options.logger.warn(
      { userId: outsideText(userId, 100), address, reason, failures },
      'credentials were refused',
    );
  }
}
