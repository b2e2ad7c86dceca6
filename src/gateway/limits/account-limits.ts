import type { Accounts } from '../../accounts/accounts.ts';
import type { Limits } from '../../accounts/limits.ts';
import { catapultError } from '../../catapult/errors.ts';
import type { CreateConferenceRequest } from '../../catapult/requests.ts';
import type { ScheduleAsked } from '../../client/index.ts';
import { COUNTED_AGAIN_AFTER_MS, IN_FLIGHT_AGAIN_AFTER_MS, REDELIVERY_AGAIN_AFTER_MS } from '../budget.ts';
import { Bucket } from './bucket.ts';
import { OpenCount } from './open-count.ts';
import { limited } from './refusal.ts';

/** What is counted in Temporal's index. */
type Counted = 'open' | 'scheduled' | 'schedules';

export interface AccountLimitsOptions {
  accounts: Pick<Accounts, 'get'>;
  /** How many gateways there are: each holds its share of what is counted by time, and of what is in flight. */
  gateways: () => number;
  count: (userId: string, which: Counted) => Promise<number>;
  /** Whether a conference has been begun under this key: who asks again for it is not refused for want of room. */
  isBegun: (userId: string, idempotencyKey: string) => Promise<boolean>;
  /** The turn of delivering all dead letters again; undefined while another gateway has it. */
  takeRedeliveryTurn: (userId: string) => Promise<(() => void) | undefined>;
  /** A clock (ms) that is never set. */
  now?: () => number;
}

/** How many conferences are begun, and of which kind. */
interface Begun {
  count: number;
  which: 'open' | 'scheduled';
  idempotencyKey?: string | undefined;
}

/** What one account has taken of its limits at this gateway. */
interface Taken {
  requests: Bucket;
  creates: Bucket;
  dials: Bucket;
  inFlight: number;
  open: OpenCount;
  scheduled: OpenCount;
  schedules: OpenCount;
  isRedelivering: boolean;
}

/**
 * Holds each account to its limits. Every method throws a CatapultError 429, before anything is done, where one is reached; an account
 * without limits is let through.
 */
export class AccountLimits {
  private readonly options: AccountLimitsOptions;
  private readonly now: () => number;
  private readonly takenBy = new Map<string, Taken>();

  constructor({ now = () => performance.now(), ...options }: AccountLimitsOptions) {
    this.options = { ...options, now };
    this.now = now;
  }

  /** One request is let in; it is to be told when it has been worked on. */
  enter(userId: string): () => void {
    const limits = this.options.accounts.get(userId)?.limits;
    if (limits === undefined) return () => undefined;
    const taken = this.takenOf(userId);
    const waitMs = taken.requests.waitMs();
    if (waitMs > 0) throw limited(`The account sends more than ${limits.requestsPerSecond} requests a second.`, waitMs);
    if (taken.inFlight >= this.share(limits.requestsInFlight))
      throw limited(
        `The account has ${limits.requestsInFlight} requests in flight, or this gateway's share of them.`,
        IN_FLIGHT_AGAIN_AFTER_MS,
      );
    taken.requests.take();
    taken.inFlight += 1;
    return () => (taken.inFlight -= 1);
  }

  /** A conference is created, with those whom it dials. */
  async create(userId: string, request: CreateConferenceRequest, idempotencyKey?: string): Promise<void> {
    const which = request.startAt === undefined ? 'open' : 'scheduled';
    await this.begin(userId, request, { count: 1, which, idempotencyKey });
  }

  /** A schedule starts so many conferences at once, as if each were created. */
  async start(
    userId: string,
    request: CreateConferenceRequest,
    count: number,
    which: 'open' | 'scheduled' = 'open',
  ): Promise<void> {
    await this.begin(userId, request, { count, which });
  }

  private async begin(userId: string, request: CreateConferenceRequest, { count, which, idempotencyKey }: Begun) {
    const limits = this.options.accounts.get(userId)?.limits;
    if (limits === undefined || count === 0) return;
    const { creates, dials, [which]: counted } = this.takenOf(userId);
    const dialled = count * mostDials(request);
    refuseFor(creates.waitMs(count), `The account creates more than ${limits.createsPerSecond} conferences a second.`);
    if (dialled > 0) refuseFor(dials.waitMs(dialled), dialsTooMany(limits));
    // Before it is waited for: others come meanwhile.
    creates.take(count);
    dials.take(dialled);
    const most = which === 'open' ? limits.openConferences : limits.scheduledConferences;
    const isFull = await counted.isFull(most, limits.createsPerSecond, count);
    const isKnown = isFull && idempotencyKey !== undefined && (await this.options.isBegun(userId, idempotencyKey));
    if (isFull && !isKnown) {
      dials.take(-dialled);
      const message = `The account may have ${most} ${which} conferences, and has no room for ${count} more.`;
      throw limited(message, COUNTED_AGAIN_AFTER_MS);
    }
    if (!isKnown) counted.noteBegun(count);
  }

  /**
   * A schedule is made, or gets other times. What it makes in its times is not refused: so its times are held apart.
   * @throws CatapultError 400 where they are too close; 429 where there are too many schedules, or conferences to be started at once.
   */
  async schedule(userId: string, { isNew, request, begins, startedAtOnce }: ScheduleAsked): Promise<void> {
    const limits = this.options.accounts.get(userId)?.limits;
    if (limits === undefined) return;
    mustBeApart(begins, limits);
    const { schedules } = this.takenOf(userId);
    if (isNew && (await schedules.isFull(limits.schedules, limits.createsPerSecond))) {
      const message = `The account has ${limits.schedules} schedules, which is all it may have.`;
      throw limited(message, COUNTED_AGAIN_AFTER_MS);
    }
    await this.start(userId, request, startedAtOnce, 'scheduled');
    if (isNew) schedules.noteBegun();
  }

  /** Somebody is dialled. */
  dial(userId: string): void {
    const limits = this.options.accounts.get(userId)?.limits;
    if (limits === undefined) return;
    const { dials } = this.takenOf(userId);
    refuseFor(dials.waitMs(), dialsTooMany(limits));
    dials.take();
  }

  /** All dead letters are delivered again; the answer is to be called when that is over. */
  async redeliver(userId: string): Promise<() => void> {
    if (this.options.accounts.get(userId)?.limits === undefined) return () => undefined;
    const taken = this.takenOf(userId);
    const goesOn = limited('The account has dead letters delivered again already.', REDELIVERY_AGAIN_AFTER_MS);
    if (taken.isRedelivering) throw goesOn;
    taken.isRedelivering = true;
    const over = () => (taken.isRedelivering = false);
    const giveBack = await this.options.takeRedeliveryTurn(userId).catch((error: unknown): never => {
      over();
      throw error;
    });
    if (giveBack === undefined) {
      over();
      throw goesOn;
    }
    return () => {
      over();
      giveBack();
    };
  }

  private share(limit: number): number {
    return Math.max(1, Math.floor(limit / this.options.gateways()));
  }

  private takenOf(userId: string): Taken {
    const known = this.takenBy.get(userId);
    if (known !== undefined) return known;
    const { accounts, gateways, count } = this.options;
    const bucket = (rateOf: (limits: Limits) => { perSecond: number; most: number }) =>
      new Bucket(() => {
        const limits = accounts.get(userId)?.limits;
        const { perSecond, most } = limits === undefined ? { perSecond: Infinity, most: Infinity } : rateOf(limits);
        return { perSecond: perSecond / gateways(), most: Math.max(1, most / gateways()) };
      }, this.now);
    const taken: Taken = {
      requests: bucket((limits) => ({ perSecond: limits.requestsPerSecond, most: limits.requestsAtOnce })),
      creates: bucket((limits) => ({ perSecond: limits.createsPerSecond, most: limits.createsPerSecond })),
      dials: bucket((limits) => ({ perSecond: limits.dialsPerMinute / 60, most: limits.dialsPerMinute })),
      inFlight: 0,
      open: new OpenCount(() => count(userId, 'open'), this.now),
      scheduled: new OpenCount(() => count(userId, 'scheduled'), this.now),
      schedules: new OpenCount(() => count(userId, 'schedules'), this.now),
      isRedelivering: false,
    };
    this.takenBy.set(userId, taken);
    return taken;
  }
}

/** No gateway is asked when somebody is dialled again: so that counts when it is asked for. */
function mostDials({ participants = [] }: CreateConferenceRequest): number {
  return participants.reduce((sum, { maxAttempts }) => sum + maxAttempts, 0);
}

function refuseFor(waitMs: number, message: string): void {
  if (waitMs > 0) throw limited(message, waitMs);
}

function dialsTooMany({ dialsPerMinute }: Limits): string {
  return `The account dials more than ${dialsPerMinute} times a minute: those count with whom it creates conferences, by their maxAttempts.`;
}

function mustBeApart(begins: readonly number[], { secondsBetweenRuns }: Limits): void {
  const pauses = begins.slice(1).map((at, index) => (at - (begins[index] ?? NaN)) / 1_000);
  const shortest = Math.min(...pauses);
  if (shortest >= secondsBetweenRuns) return;
  const value = `${shortest} s between two conferences`;
  const message = `The times: got ${value}, wants ${secondsBetweenRuns} s for this account, at least.`;
  throw catapultError('validation-error', message, { details: [{ name: 'secondsBetweenRuns', value }] });
}
