import { sleep, workflowInfo } from '@temporalio/workflow';
import type { CallbackBatch } from './state.ts';

/** How many callbacks one workflow task takes, about: what piled up while no worker ran comes in a single task. */
const RECEIPTS_PER_TASK = 200;

/** How long callbacks are held back at most for a customer who takes events while more come than may wait (ms). */
const HELD_BACK_MS = 30_000;

/** How long to wait for the next task (ms): the shortest timer there is. */
const NEXT_TASK_MS = 1;

export interface IntakeOptions {
  take: (batch: CallbackBatch) => void;
  /** Whether taking more now would have events given up that are on their way to the customer. */
  isFull: () => boolean;
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
  /** When it goes on by itself, and since when callbacks are held back (epoch milliseconds). */
  private wakeAt = Infinity;
  private heldSince: number | undefined;

  constructor(options: IntakeOptions) {
    this.options = options;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** Whether it is the turn of this batch now, so that it is to be drained: else it waits behind others. */
  add(batch: CallbackBatch): boolean {
    this.waiting.push(batch);
    return this.wakeAt === Infinity;
  }

  /** Takes what may be taken now. */
  drain(): void {
    while (!this.isEmpty) {
      const pauseMs = this.pauseMs();
      if (pauseMs > 0) return this.wakeIn(pauseMs);
      const batch = this.waiting.shift();
      if (batch === undefined) return;
      this.taken += batch.receipts.length;
      this.options.take(batch);
    }
    this.heldSince = undefined;
  }

  private pauseMs(): number {
    // It grows from task to task, and is the same when the history is replayed.
    const { historyLength } = workflowInfo();
    if (historyLength !== this.task) this.taken = 0;
    this.task = historyLength;
    if (this.options.isFull()) {
      this.heldSince ??= Date.now();
      const leftMs = this.heldSince + HELD_BACK_MS - Date.now();
      if (leftMs > 0) return leftMs;
    }
    return this.taken < RECEIPTS_PER_TASK ? 0 : NEXT_TASK_MS;
  }

  private wakeIn(pauseMs: number): void {
    const at = Date.now() + pauseMs;
    if (at >= this.wakeAt) return;
    this.wakeAt = at;
    void sleep(pauseMs, { summary: `${this.waiting.length} batches of callbacks wait` }).then(() => {
      if (this.wakeAt === at) this.wakeAt = Infinity;
      this.drain();
    });
  }
}
