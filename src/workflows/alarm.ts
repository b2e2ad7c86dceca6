import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import { MUCH_LATER_MS, SOON_MS } from './budget.ts';

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
    const isLate = at > this.armedFor + MUCH_LATER_MS && this.armedFor < Date.now() + SOON_MS;
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
