import {
  DOCUMENTED_EVERY_MS,
  FASTEST_EVERY_MS,
  FIRST_EVERY_MS,
  LATE_FOR_TURN_MS,
  LIMIT_FORGOTTEN_AFTER_MS,
  MAX_AWAY_MS,
  NEAR_TURN_MS,
  RESET_BELIEVED_MS,
  SLOWEST_EVERY_MS,
} from './budget.ts';
import type { WireError } from '../catapult/errors.ts';

/** After each success a little faster; after some in a row, much. */
const RELAXED = 0.9;
const MUCH_RELAXED = 0.7;
const IN_A_ROW = 5;
/** After a further limit so much slower, by what it shows. Measured in the test with 1 to 5 workers: 2 requests a call, little idling. */
const SLOWER_AT_LEAST = 1.02;
const SLOWER_AT_MOST = 1.1;

/** A call that wants to be sent: the same `key` each time it comes, the customer's account, and since when it has wanted to. */
export interface Caller {
  key: string;
  account: string;
  since: number;
}

/** When a call's turn is, and when it is to come again for it (epoch milliseconds); and what the platform said last. */
export interface NotNow {
  turnAt: number;
  comeAgainAt: number;
  error: WireError;
}

interface Waiting extends Caller {
  /** Called when it is its turn; absent while it is away. */
  go?: () => void;
  expectedUntil: number;
}

/**
 * The pace of one kind of call at the platform. Calls go as they come until the platform limits them (429); from then on the accounts
 * take turns, each with its calls in the order in which they were wanted, at the pace that the limit shows: n calls cost some n requests,
 * and not n², and an account that wants many keeps no other from its few. Other processes share
 * the limit: a further 429 slows down, success speeds up again. Its own times are those of `performance.now()`: setting the clock, ours or
 * the platform's, puts nobody off.
 */
export class Pace {
  private intervalMs = 0;
  private nextAt = 0;
  private learntAt = 0;
  private doneAt = -Infinity;
  private doneInARow = 0;
  private error: WireError | undefined;
  /** By when they were wanted. */
  private waiting: Waiting[] = [];
  /** Accounts that have had their turn in this round. */
  private readonly served = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private readonly waitMs: number;

  /** `waitMs`: how long a call can wait here for its turn; half as long again at most. */
  constructor(waitMs: number) {
    this.waitMs = waitMs;
  }

  /** Resolves when the call may be sent; with when to come again, if that is further away than it can wait for. */
  async turn(caller: Caller): Promise<NotNow | undefined> {
    this.forgetLate();
    if (this.waiting.length === 0 && performance.now() > this.nextAt + LIMIT_FORGOTTEN_AFTER_MS) this.intervalMs = 0;
    if (this.error === undefined || this.intervalMs === 0) return undefined;
    const place = this.enter(caller);
    const notNow = this.notNow(place, this.error);
    if (notNow.turnAt > Date.now() + this.waitMs) return notNow;
    let tooLate: NodeJS.Timeout | undefined;
    const isTurn = await new Promise<boolean>((resolve) => {
      place.go = () => resolve(true);
      // Somebody who has waited for longer may have come meanwhile.
      tooLate = setTimeout(() => resolve(false), 1.5 * this.waitMs);
      this.schedule();
    });
    clearTimeout(tooLate);
    delete place.go;
    return isTurn ? undefined : this.notNow(place, this.error);
  }

  /** It does not come again. */
  leave({ key }: Caller): void {
    this.waiting = this.waiting.filter((other) => other.key !== key);
  }

  /** The platform has not limited a call that was sent at this time (`performance.now()`). */
  done(sentAt: number): void {
    if (this.intervalMs === 0) return;
    this.doneAt = Math.max(this.doneAt, sentAt);
    this.doneInARow += 1;
    this.intervalMs *= this.doneInARow > IN_A_ROW ? MUCH_RELAXED : RELAXED;
    if (this.intervalMs < FASTEST_EVERY_MS) this.intervalMs = 0;
    if (this.intervalMs === 0) for (const { go } of this.waiting.splice(0)) go?.();
  }

  /** The platform has limited a call that was sent at this time (`performance.now()`), until `resetAt` (epoch milliseconds) if it is to be believed. */
  limited(caller: Caller, sentAt: number, resetAt: number, error: WireError): NotNow {
    const now = performance.now();
    const resetInMs = resetAt - Date.now();
    const isCredible = resetInMs > 0 && resetInMs <= RESET_BELIEVED_MS;
    const pause = isCredible ? resetInMs : 0;
    // What was sent before the last answer of this kind tells nothing new of the pace.
    const isNews = this.intervalMs === 0 || sentAt >= this.learntAt;
    if (isNews) {
      this.intervalMs = this.slower(isCredible ? now + pause : undefined, pause);
      this.learntAt = now;
      this.doneInARow = 0;
    }
    this.error = error;
    const chance = Math.random() * this.intervalMs * 0.05;
    const nextAt = now + (isCredible ? pause : this.intervalMs) + chance;
    // What was limited has used nothing up, its account's turn included: the pause takes the place of the interval after it.
    this.nextAt = isNews ? nextAt : Math.max(this.nextAt, nextAt);
    this.served.delete(caller.account);
    this.schedule();
    return this.notNow(this.enter(caller), error);
  }

  private slower(resetAt: number | undefined, pause: number): number {
    const before = this.intervalMs;
    if (before === 0)
      return resetAt === undefined ? FIRST_EVERY_MS : Math.min(Math.max(pause, 100), DOCUMENTED_EVERY_MS);
    if (resetAt === undefined) return Math.min(2 * before, SLOWEST_EVERY_MS);
    // From our last success to the reset: where others share the limit, that is our share of it.
    const share = resetAt - this.doneAt;
    return Math.min(Math.max(share, SLOWER_AT_LEAST * before), SLOWER_AT_MOST * before, SLOWEST_EVERY_MS);
  }

  private enter({ key, account, since }: Caller): Waiting {
    const known = this.waiting.find((other) => other.key === key);
    if (known !== undefined) return known;
    const place: Waiting = { key, account, since, expectedUntil: Infinity };
    const behind = this.waiting.findIndex((other) => other.since > since);
    this.waiting.splice(behind < 0 ? this.waiting.length : behind, 0, place);
    return place;
  }

  /** Of these, one of each account in a round, whoever has waited for longest first. */
  private inOrder(waiting: Waiting[]): Waiting[] {
    const nextRounds = new Map<string, number>();
    const rounds: Waiting[][] = [];
    for (const place of waiting) {
      const round = nextRounds.get(place.account) ?? (this.served.has(place.account) ? 1 : 0);
      nextRounds.set(place.account, round + 1);
      (rounds[round] ??= []).push(place);
    }
    return rounds.flat();
  }

  /** An account's second turn begins a new round. */
  private serve(place: Waiting): void {
    if (this.served.has(place.account)) this.served.clear();
    this.served.add(place.account);
    this.leave(place);
    place.go?.();
  }

  private notNow(place: Waiting, error: WireError): NotNow {
    const now = performance.now();
    const turnAt = Math.max(this.nextAt, now) + this.inOrder(this.waiting).indexOf(place) * this.intervalMs;
    const away = turnAt - now;
    const comeAgainAt =
      now + (away > NEAR_TURN_MS ? Math.min(away / 2, MAX_AWAY_MS) : Math.max(away - this.waitMs / 2, 0));
    place.expectedUntil = comeAgainAt + LATE_FOR_TURN_MS;
    const epoch = Date.now() - now;
    return { turnAt: Math.ceil(epoch + turnAt), comeAgainAt: Math.ceil(epoch + comeAgainAt), error };
  }

  /** Who has not come again goes elsewhere: another worker has taken it, or it is over. */
  private forgetLate(): void {
    const now = performance.now();
    this.waiting = this.waiting.filter(({ go, expectedUntil }) => go || expectedUntil > now);
  }

  /** The first of those that are here goes when the time has come. */
  private schedule(): void {
    clearTimeout(this.timer);
    if (!this.waiting.some(({ go }) => go)) return;
    this.timer = setTimeout(
      () => {
        const [first] = this.inOrder(this.waiting.filter(({ go }) => go));
        if (first === undefined) return;
        if (this.nextAt > performance.now()) return this.schedule();
        this.nextAt = performance.now() + this.intervalMs;
        this.serve(first);
        this.schedule();
      },
      Math.max(this.nextAt - performance.now(), 0),
    );
  }
}
