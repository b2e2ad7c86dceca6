import type { Client } from '@temporalio/client';
import { TASK_QUEUE } from '../workflows/messages.ts';

/** How long Temporal may take to tell of itself, in milliseconds. */
const WITHIN = 2_000;

/** Whether Temporal answers, and how many workers it knows for our task queue (seen within the last minutes). */
export interface TemporalHealth {
  reachable: boolean;
  workers: number;
}

/** Asks Temporal for the pollers of the conferences' task queue. Never throws. */
export async function temporalHealth(client: Client, taskQueue: string = TASK_QUEUE): Promise<TemporalHealth> {
  try {
    const { pollers } = await client.withDeadline(Date.now() + WITHIN, () =>
      client.workflowService.describeTaskQueue({
        namespace: client.options.namespace,
        taskQueue: { name: taskQueue },
      }),
    );
    return { reachable: true, workers: pollers.length };
  } catch {
    return { reachable: false, workers: 0 };
  }
}
