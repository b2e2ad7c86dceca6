import { CALLBACK_EXPECTED_WITHIN_MS, SURE_AFTER_CREATES } from './budget.ts';

/**
 * Whether the callbacks of conferences that are created from here come here too. It shows: of one gateway they do, of several behind a
 * load balancer some do not. A lease that another gateway needs first would hold up what comes there.
 */
export class Affinity {
  /** Those of which no callback has come yet; since when (ms, monotonic). */
  private readonly expected = new Map<string, number>();
  private inARow = 0;

  /** One is created: whether its callbacks will come here, by those before it. */
  expects(key: string): boolean {
    this.sweep();
    this.expected.set(key, performance.now());
    return this.inARow >= SURE_AFTER_CREATES;
  }

  noteArrival(key: string): void {
    if (this.expected.delete(key)) this.inARow += 1;
  }

  /** None will come of one that was not created. */
  forget(key: string): void {
    this.expected.delete(key);
  }

  /** What has not come by now went elsewhere. */
  sweep(): void {
    const late = performance.now() - CALLBACK_EXPECTED_WITHIN_MS;
    for (const [key, since] of this.expected) {
      if (since > late) return;
      this.expected.delete(key);
      this.inARow = 0;
    }
  }
}
