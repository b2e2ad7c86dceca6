import { COUNTED_AGAIN_AFTER_MS, COUNT_HOLDS_FOR_MS, COUNTED_WITHIN_MS } from '../budget.ts';

/**
 * How many conferences, or schedules, an account has. They are counted in Temporal's index, and not for each request: a count holds for as long as the account,
 * at its limit of creates, cannot have reached what it may have.
 */
export class OpenCount {
  private readonly count: () => Promise<number>;
  private readonly now: () => number;
  private counting: Promise<void> | undefined;
  private counted = 0;
  private countedAt = -Infinity;
  /** Those that were let in since. */
  private begun = 0;

  /** The clock (ms) is one that is never set. */
  constructor(count: () => Promise<number>, now: () => number) {
    this.count = count;
    this.now = now;
  }

  /** Whether there may not be so many more; `perSecond` is how many the account may create at most, everywhere. Without an answer what is known holds. */
  async isFull(most: number, perSecond: number, more = 1): Promise<boolean> {
    const age = this.now() - this.countedAt;
    const holdsFor = Math.min(((most - this.counted) / perSecond) * 1_000, COUNT_HOLDS_FOR_MS);
    const isOld = age > holdsFor || this.counted + this.begun + more > most;
    if (isOld && age > COUNTED_AGAIN_AFTER_MS) await this.atMost(COUNTED_WITHIN_MS, this.countAnew());
    return this.counted + this.begun + more > most;
  }

  noteBegun(count = 1): void {
    this.begun += count;
  }

  private countAnew(): Promise<void> {
    this.counting ??= this.read().finally(() => (this.counting = undefined));
    return this.counting;
  }

  private async read(): Promise<void> {
    const [at, before] = [this.now(), this.begun];
    const counted = await this.count().catch(() => undefined);
    if (counted === undefined) return;
    this.counted = counted;
    this.countedAt = at;
    this.begun -= before;
  }

  private async atMost(milliseconds: number, work: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
    await Promise.race([work, late]).finally(() => clearTimeout(timer));
  }
}
