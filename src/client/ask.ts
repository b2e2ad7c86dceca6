import { WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { QueryDefinition } from '@temporalio/common';

/** A query of a closed workflow can get lost while a worker drops it from its cache; then it is asked again (ms). */
const ASK_AGAIN_AFTER = 1_500;

/**
 * Asks a workflow, open or closed, until it answers or the deadline (epoch milliseconds) has come.
 * @throws WorkflowNotFoundError if there is none; any other error when nobody answers.
 */
export async function ask<Value, Args extends unknown[]>(
  client: Client,
  handle: WorkflowHandle,
  deadline: number,
  query: QueryDefinition<Value, Args>,
  ...args: Args
): Promise<Value> {
  for (;;) {
    const until = Math.min(deadline, Date.now() + ASK_AGAIN_AFTER);
    try {
      return await client.withDeadline(until, () => handle.query(query, ...args));
    } catch (error) {
      const isFinal = error instanceof WorkflowNotFoundError || Date.now() < until || until >= deadline;
      if (isFinal) throw error;
    }
  }
}
