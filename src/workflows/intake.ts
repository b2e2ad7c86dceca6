import { sleep, workflowInfo } from '@temporalio/workflow';
import type { CallbackBatch } from '../conference/state/inputs.ts';
import { MAX_RECEIPTS_PER_TASK, NEXT_TASK_MS } from './budget.ts';
import { CALLBACKS_WAIT } from './summaries.ts';

export interface IntakeOptions {
  take: (batch: CallbackBatch) => void;
  /** Whether a batch may be taken now: not so while another gateway has the lease. */
  mayTake: (batch: CallbackBatch) => boolean;
  /** Some wait, and none of them may be taken. */
  onBlocked: () => void;
  /** All has been taken that had come and may be taken; what may not, still waits. */
  onTaken: () => void;
}

/**
 * Callbacks on their way into the rules, in the order of their signals. A task takes a bounded number of them and leaves the
 * rest to the next one: a task that takes too long fails, and would fail again each time.
 */
export class Intake {
  private readonly waiting: CallbackBatch[] = [];
  private readonly options: IntakeOptions;
  /** The task that took some last, and how many. */
  private task = -1;
  private taken = 0;
  private isWaitingForTask = false;

  constructor(options: IntakeOptions) {
    this.options = options;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** Whether some wait that may be taken. */
  get hasWork(): boolean {
    return this.waiting.some(this.options.mayTake);
  }

  /** What was blocked may go on. */
  resume(): void {
    if (!this.isWaitingForTask && this.hasWork) this.drain();
  }

  /** Takes a batch now, or behind others in a later task. */
  add(batch: CallbackBatch): void {
    this.waiting.push(batch);
    if (!this.isWaitingForTask) this.drain();
  }

  /** Takes what this task may take. */
  private drain(): void {
    // It grows from task to task, and is the same when the history is replayed.
    const { historyLength } = workflowInfo();
    if (historyLength !== this.task) this.taken = 0;
    this.task = historyLength;
    while (this.taken < MAX_RECEIPTS_PER_TASK) {
      const [batch] = this.waiting.splice(this.nextIndex(), 1);
      if (batch === undefined) return;
      this.taken += batch.receipts.length;
      this.options.take(batch);
      if (!this.hasWork) this.options.onTaken();
    }
    if (this.hasWork) this.waitForTask();
  }

  private nextIndex(): number {
    const index = this.waiting.findIndex(this.options.mayTake);
    if (index < 0 && !this.isEmpty) this.options.onBlocked();
    return index < 0 ? this.waiting.length : index;
  }

  private waitForTask(): void {
    if (this.isWaitingForTask) return;
    this.isWaitingForTask = true;
    void sleep(NEXT_TASK_MS, { summary: `${this.waiting.length} ${CALLBACKS_WAIT}` }).then(() => {
      this.isWaitingForTask = false;
      this.drain();
    });
  }
}
