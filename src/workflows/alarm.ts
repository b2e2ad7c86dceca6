import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';

/**
 * The one timer of a workflow. It is armed for the earliest instant asked for, armed anew only when an earlier one
 * appears, and rings once: a late ring may find nothing due. So a deadline that is never reached costs one history event.
 */
export class Alarm {
  private readonly ring: () => void;
  private armedFor = Infinity;
  private scope: CancellationScope | undefined;

  constructor(ring: () => void) {
    this.ring = ring;
  }

  /** Makes sure that it rings at `at` (epoch milliseconds) or before; `summary` says in the UI what is waited for. */
  set(at: number, summary: string): void {
    if (at >= this.armedFor) return;
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
