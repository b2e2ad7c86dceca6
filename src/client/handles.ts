import { WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { ConferenceIds } from '../conference/state/ids.ts';
import { aftercareWorkflowId, conferenceWorkflowId } from '../workflows/messages.ts';

/** A run of a workflow, the latest one unless it is named. */
export interface Execution {
  workflowId: string;
  runId?: string;
}

export function conferenceOf(ids: ConferenceIds): Execution {
  return { workflowId: conferenceWorkflowId(ids) };
}

/** What looks after a conference since it has closed, begun or not; undefined while it is open. */
export async function aftercareOf(client: Client, ids: ConferenceIds): Promise<Execution | undefined> {
  try {
    const { runId, status } = await conferenceHandle(client, ids).describe();
    return status.name === 'RUNNING' ? undefined : { workflowId: aftercareWorkflowId(ids, runId) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { workflowId: aftercareWorkflowId(ids) };
    throw error;
  }
}

/** The latest run of a conference's workflow. */
export function conferenceHandle(client: Client, ids: ConferenceIds): WorkflowHandle {
  return client.workflow.getHandle(conferenceWorkflowId(ids));
}
