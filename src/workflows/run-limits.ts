import { workflowInfo } from '@temporalio/workflow';
import { MAX_HISTORY_BYTES, MAX_HISTORY_EVENTS, MAX_SIGNALS_PER_RUN, MAX_UPDATES_PER_RUN } from './budget.ts';

/** How near a run has come to what Temporal allows it. */
export class RunLimits {
  private signals = 0;
  private updates = 0;

  noteSignal(): void {
    this.signals += 1;
  }

  noteUpdate(): void {
    this.updates += 1;
  }

  /** A new run must take over, whatever waits. */
  get areNear(): boolean {
    const { historyLength, historySize } = workflowInfo();
    return (
      historyLength >= MAX_HISTORY_EVENTS ||
      historySize >= MAX_HISTORY_BYTES ||
      this.signals >= MAX_SIGNALS_PER_RUN ||
      this.updates >= MAX_UPDATES_PER_RUN
    );
  }
}
