import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { setTimeout as sleep } from 'node:timers/promises';

/** What Temporal's server calls an update that came to a worker with a workflow task and was not in what the worker answered. */
const UNPROCESSED = 'UnprocessedUpdate';
const AGAIN_AFTER_MS = 50;

/**
 * Whether a worker has dropped an update, which was not done then. A worker that has to forget a run (src/workflows/early-events.ts) may forget
 * with it the updates of the task that it gets next.
 */
export function wasDropped(error: unknown): boolean {
  return hasFailedAs(error, UNPROCESSED);
}

/** Whether an update has failed with an application failure of this type. */
export function hasFailedAs(error: unknown, type: string): boolean {
  return (
    error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure && error.cause.type === type
  );
}

/** Sends an update, again as long as workers drop it; the deadline of the call (`withDeadline`) ends that. */
export async function untilProcessed<Answer>(send: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (!wasDropped(error)) throw error;
    }
    await sleep(AGAIN_AFTER_MS);
  }
}
