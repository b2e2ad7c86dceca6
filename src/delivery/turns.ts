import {
  MAX_SENT_AWAY_SECONDS,
  TURNS_IN_ANY_CASE_PER_SECOND,
  TURNS_OF_ACCOUNT_PER_SECOND,
  TURNS_OF_ORIGIN_PER_SECOND,
} from './budget.ts';
import type { Claim } from './shares.ts';

interface Second {
  given: number;
  origins: Map<string, number>;
}

/** Gives deliveries that cannot be made now a time to come back, so that those of one account do not come all at once. */
export class Turns {
  private readonly accounts = new Map<string, Map<number, Second>>();
  private readonly now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** In how many milliseconds to come back, not before so many. */
  next({ account, origin }: Claim, notBeforeMs: number): number {
    const now = this.now();
    const seconds = this.accounts.get(account) ?? new Map<number, Second>();
    this.accounts.set(account, seconds);
    for (const second of seconds.keys()) if (second < now / 1_000) seconds.delete(second);
    const first = Math.ceil((now + notBeforeMs) / 1_000);
    let second = first;
    while (!isFree(seconds.get(second), origin) && second < first + MAX_SENT_AWAY_SECONDS) second += 1;
    const turn = seconds.get(second) ?? { given: 0, origins: new Map<string, number>() };
    turn.given += 1;
    turn.origins.set(origin, (turn.origins.get(origin) ?? 0) + 1);
    seconds.set(second, turn);
    return second * 1_000 - now + Math.floor(Math.random() * 1_000);
  }
}

function isFree(second: Second | undefined, origin: string): boolean {
  const ofOrigin = second?.origins.get(origin) ?? 0;
  return (
    ofOrigin < TURNS_IN_ANY_CASE_PER_SECOND ||
    (ofOrigin < TURNS_OF_ORIGIN_PER_SECOND && (second?.given ?? 0) < TURNS_OF_ACCOUNT_PER_SECOND)
  );
}
