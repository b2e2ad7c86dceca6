import { MIN_LEASE_PAUSE_MS } from './budget.ts';

/** When a lease that was refused may be asked for again: each pause is twice the last, until one is granted. */
export class LeasePauses {
  /** By conference: until when (ms, monotonic), and how long that is. */
  private readonly pauses = new Map<string, { until: number; ms: number }>();

  isOver(key: string): boolean {
    return (this.pauses.get(key)?.until ?? 0) <= performance.now();
  }

  begin(key: string, longestMs: number): void {
    const ms = Math.min((this.pauses.get(key)?.ms ?? MIN_LEASE_PAUSE_MS / 2) * 2, longestMs);
    this.pauses.set(key, { until: performance.now() + ms, ms });
  }

  forget(key: string): void {
    this.pauses.delete(key);
  }

  /** Forgets those that have been over for as long as they were. */
  sweep(): void {
    const now = performance.now();
    for (const [key, { until, ms }] of this.pauses) if (until + ms < now) this.pauses.delete(key);
  }
}
