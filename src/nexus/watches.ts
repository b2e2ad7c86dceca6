import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { getClient, TemporalOperationResult, type TemporalNexusClient } from '@temporalio/nexus';
import { HandlerError } from 'nexus-rpc';
import { searchAttributes, WATCH_WORKFLOW, type WatchInput } from '../workflows/messages.ts';

/* The workflows that stand behind what lasts. */

export interface WatchOptions {
  workflowId: string;
  taskQueue: string;
  userId: string;
  /** What the Temporal UI says of it. */
  summary: string;
}

/** Starts a workflow that waits, or joins it: its end is the operation's. One that is over gives what it gave; one that has failed is begun anew. */
export async function startWatch<Answer>(
  client: TemporalNexusClient,
  { workflowId, taskQueue, userId, summary }: WatchOptions,
  input: WatchInput,
): Promise<TemporalOperationResult<Answer>> {
  try {
    return await client.startWorkflow<(input: WatchInput) => Promise<Answer>>(WATCH_WORKFLOW, {
      workflowId,
      taskQueue,
      args: [input],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: summary,
      typedSearchAttributes: [{ key: searchAttributes.user, value: userId }],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return TemporalOperationResult.sync((await getClient().workflow.getHandle(workflowId).result()) as Answer);
  }
}

/** Whoever calls says by a token which workflow is meant: it must be one of those that this account's operation starts. One that is over is no error. */
export async function cancelWatch(prefix: string, workflowId: string): Promise<void> {
  if (!workflowId.startsWith(prefix)) throw new HandlerError('NOT_FOUND', 'There is no such operation.');
  try {
    await getClient().workflow.getHandle(workflowId).cancel();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
