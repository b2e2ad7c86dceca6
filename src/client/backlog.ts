import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { BACKLOG_LOOKED_AT_EVERY_MS, BEHIND_AFTER_MS, BEHIND_FROM_TASKS, BEHIND_KNOWN_WITHIN_MS } from './budget.ts';

/** Temporal's number for workflow tasks. */
const COUNT_OF_WORKFLOW_TASKS: object = { taskQueueType: 1, reportStats: true };

/** Workflow tasks that wait for a worker, as Temporal counts them: how many, and for how long the oldest (ms). */
export interface WaitingTasks {
  count: number;
  oldestMs: number;
}

/** Few may wait for long: workers have just been started again, or there are none, and whoever asks for a conference has it all the same. */
export function areBehind({ count, oldestMs }: WaitingTasks): boolean {
  return count >= BEHIND_FROM_TASKS && oldestMs >= BEHIND_AFTER_MS;
}

/**
 * Whether the workers keep up with the conferences that are made. Temporal is asked, now and then: conferences are made
 * without a worker, so nothing else would tell. It is not asked while none are made.
 */
export class Backlog {
  private readonly client: Client;
  private readonly taskQueue: string;
  private readonly onLook: (areBehind: boolean) => void;
  private looking: Promise<void> | undefined;
  private lookedAt = -Infinity;

  /** `onLook` is called after each look, and until the workers have caught up. */
  constructor(client: Client, taskQueue: string, onLook: (areBehind: boolean) => void) {
    this.client = client;
    this.taskQueue = taskQueue;
    this.onLook = onLook;
  }

  /** A conference is made: looks whether too much waits, if that has not just been done. */
  look(): void {
    if (performance.now() - this.lookedAt < BACKLOG_LOOKED_AT_EVERY_MS) return;
    this.looking ??= this.watch().finally(() => (this.looking = undefined));
  }

  private async watch(): Promise<void> {
    for (let isOver = false; !isOver;) {
      // Who does not answer takes no conference either.
      const behind = await this.waiting().then(areBehind, () => false);
      this.lookedAt = performance.now();
      this.onLook(behind);
      isOver = !behind;
      if (behind) await pause(BACKLOG_LOOKED_AT_EVERY_MS, undefined, { ref: false });
    }
  }

  private async waiting(): Promise<WaitingTasks> {
    const { namespace } = this.client.options;
    const asked = { namespace, taskQueue: { name: this.taskQueue }, ...COUNT_OF_WORKFLOW_TASKS };
    const { stats } = await this.client.withDeadline(Date.now() + BEHIND_KNOWN_WITHIN_MS, () =>
      this.client.workflowService.describeTaskQueue(asked),
    );
    const { seconds, nanos } = stats?.approximateBacklogAge ?? {};
    return {
      count: Number(stats?.approximateBacklogCount ?? 0),
      oldestMs: Number(seconds ?? 0) * 1_000 + (nanos ?? 0) / 1_000_000,
    };
  }
}
