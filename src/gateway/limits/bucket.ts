/** How much comes back in a second, and how much it holds at most. */
export interface Rate {
  perSecond: number;
  most: number;
}

/** What sums of fractions may be off by. */
const ROUNDING = 1e-6;

/** A token bucket. It begins full; what costs more than it holds waits until it is full, and leaves it in debt. */
export class Bucket {
  private readonly rate: () => Rate;
  private readonly now: () => number;
  private taken = 0;
  private at: number;

  /** The rate may change with time; the clock (ms) is one that is never set. */
  constructor(rate: () => Rate, now: () => number) {
    this.rate = rate;
    this.now = now;
    this.at = now();
  }

  /** In how many milliseconds so much may be taken; 0: now. */
  waitMs(cost = 1): number {
    const { perSecond, most } = this.refilled();
    const missing = this.taken + Math.min(cost, most) - most;
    return missing <= ROUNDING ? 0 : Math.ceil((missing / perSecond) * 1_000);
  }

  take(cost = 1): void {
    this.refilled();
    this.taken += cost;
  }

  private refilled(): Rate {
    const rate = this.rate();
    const now = this.now();
    this.taken = Math.max(0, this.taken - ((now - this.at) / 1_000) * rate.perSecond);
    this.at = now;
    return rate;
  }
}
