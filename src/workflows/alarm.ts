import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';

/**
 * A ring that finds nothing due costs more events than arming anew. So where the next thing due is much later (ms) than the
 * ring, and the ring is soon (ms), it is put off; else it is left alone, since it may be put off yet again.
 */
const MUCH_LATER = 60_000;
const SOON = 60_000;

/**
 * The one timer of a workflow. It is armed for what is due next, armed anew when something earlier appears, and rings
 * once: a late ring may find nothing due. So a deadline that is never reached costs one history event or two.
 */
export class Alarm {
  private readonly ring: () => void;
  private armedFor = Infinity;
  private scope: CancellationScope | undefined;

  constructor(ring: () => void) {
    this.ring = ring;
  }

  /** Makes sure that it rings at `at` (epoch milliseconds) or a little before; `summary` says in the UI what is waited for. */
  set(at: number, summary: string): void {
    const isLate = at > this.armedFor + MUCH_LATER && this.armedFor < Date.now() + SOON;
    if (at >= this.armedFor && !isLate) return;
    this.scope?.cancel();
    this.armedFor = at;
    const scope = new CancellationScope();
    this.scope = scope;
    scope
      .run(() => sleep(Math.max(at - Date.now(), 1), { summary }))
      .then(() => {
        this.armedFor = Infinity;
        this.ring();
      })
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
  }
}
