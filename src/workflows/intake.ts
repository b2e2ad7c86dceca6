import { sleep, workflowInfo } from '@temporalio/workflow';
import type { CallbackBatch } from '../conference/state/inputs.ts';
import { MAX_RECEIPTS_PER_TASK, NEXT_TASK_MS } from './budget.ts';

export interface IntakeOptions {
  take: (batch: CallbackBatch) => void;
  /** All that had come has been taken. */
  onEmpty: () => void;
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

  /** Whether it is the turn of this batch now, so that it is to be drained: else it waits behind others. */
  add(batch: CallbackBatch): boolean {
    this.waiting.push(batch);
    return !this.isWaitingForTask;
  }

  /** Takes what this task may take. */
  drain(): void {
    // It grows from task to task, and is the same when the history is replayed.
    const { historyLength } = workflowInfo();
    if (historyLength !== this.task) this.taken = 0;
    this.task = historyLength;
    while (this.taken < MAX_RECEIPTS_PER_TASK) {
      const batch = this.waiting.shift();
      if (batch === undefined) return;
      this.taken += batch.receipts.length;
      this.options.take(batch);
      if (this.isEmpty) this.options.onEmpty();
    }
    if (!this.isEmpty) this.waitForTask();
  }

  private waitForTask(): void {
    if (this.isWaitingForTask) return;
    this.isWaitingForTask = true;
    void sleep(NEXT_TASK_MS, { summary: `${this.waiting.length} batches of callbacks wait` }).then(() => {
      this.isWaitingForTask = false;
      this.drain();
    });
  }
}
