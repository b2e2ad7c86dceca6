import { activityInfo } from '@temporalio/activity';
import type { ConferenceIds } from '../conference/state/ids.ts';
import { parseWorkflowId } from '../workflows/messages.ts';

/** The conference this activity works for, and the id of this very attempt: `{runId}.{attempt}`. */
export function currentAttempt(): ConferenceIds & { attempt: number; attemptId: string } {
  const { workflowExecution, attempt } = activityInfo();
  if (workflowExecution === undefined) throw new Error('this activity runs in a conference’s workflow only');
  return {
    ...parseWorkflowId(workflowExecution.workflowId),
    attempt,
    attemptId: `${workflowExecution.runId}.${attempt}`,
  };
}
