import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { getClient, TemporalOperationResult, type TemporalNexusClient } from '@temporalio/nexus';
import { HandlerError, OperationError } from 'nexus-rpc';
import { searchAttributes, WATCH_WORKFLOW, type WatchInput } from '../workflows/messages.ts';

/* The workflows that stand behind what lasts. */

export interface WatchOptions {
  workflowId: string;
  taskQueue: string;
  userId: string;
  /** What the Temporal UI says of it. */
  summary: string;
}

/** Starts a workflow that waits, or joins it: its end is the operation's. One that is over gives what it gave. */
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
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: summary,
      typedSearchAttributes: [{ key: searchAttributes.user, value: userId }],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return TemporalOperationResult.sync(await resultOf<Answer>(workflowId));
  }
}

async function resultOf<Answer>(workflowId: string): Promise<Answer> {
  try {
    return (await getClient().workflow.getHandle(workflowId).result()) as Answer;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    if (cause instanceof CancelledFailure) throw new OperationError('canceled', 'It was cancelled.', { cause });
    const message =
      cause instanceof TerminatedFailure ? 'Its workflow was terminated.' : (cause?.message ?? 'It failed.');
    throw new OperationError('failed', message, { cause });
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
