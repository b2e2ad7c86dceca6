/** How many deliveries of an account come back in a second: each costs a workflow some ten events of its history. */
const PER_SECOND = 5;

/** Nobody is sent away for longer than this beyond what was to be (s): who finds no free second shares the last one. */
const MOST_SECONDS = 300;

/** Tells deliveries that cannot be made now when to come back, so that those of one account do not come all at once. */
export class Turns {
  private readonly accounts = new Map<string, Map<number, number>>();
  private readonly now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** In how many milliseconds to come back, not before so many. */
  next(account: string, notBeforeMs: number): number {
    const now = this.now();
    const given = this.accounts.get(account) ?? new Map<number, number>();
    this.accounts.set(account, given);
    for (const second of given.keys()) if (second < now / 1_000) given.delete(second);
    const first = Math.ceil((now + notBeforeMs) / 1_000);
    let second = first;
    while ((given.get(second) ?? 0) >= PER_SECOND && second < first + MOST_SECONDS) second += 1;
    given.set(second, (given.get(second) ?? 0) + 1);
    return second * 1_000 - now + Math.floor(Math.random() * 1_000);
  }
}
