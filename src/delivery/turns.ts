import type { Claim } from './shares.ts';

/**
 * How many deliveries of an account come back in a second, each of which costs a workflow some ten events of its history: those of
 * one origin, those of all, and of an origin in any case, so that none waits for what many others have before it.
 */
const OF_ORIGIN = 20;
const OF_ACCOUNT = 40;
const ALWAYS = 5;

/** Nobody is sent away for longer than this beyond what was to be (s): who finds no free second shares the last one. */
const MOST_SECONDS = 300;

interface Second {
  given: number;
  origins: Map<string, number>;
}

/** Tells deliveries that cannot be made now when to come back, so that those of one account do not come all at once. */
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
    while (!isFree(seconds.get(second), origin) && second < first + MOST_SECONDS) second += 1;
    const turn = seconds.get(second) ?? { given: 0, origins: new Map<string, number>() };
    turn.given += 1;
    turn.origins.set(origin, (turn.origins.get(origin) ?? 0) + 1);
    seconds.set(second, turn);
    return second * 1_000 - now + Math.floor(Math.random() * 1_000);
  }
}

function isFree(second: Second | undefined, origin: string): boolean {
  const ofOrigin = second?.origins.get(origin) ?? 0;
  return ofOrigin < ALWAYS || (ofOrigin < OF_ORIGIN && (second?.given ?? 0) < OF_ACCOUNT);
}
