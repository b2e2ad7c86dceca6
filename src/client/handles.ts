import type { Client, WorkflowHandle } from '@temporalio/client';
import { aftercareWorkflowId, conferenceWorkflowId, type ConferenceIds } from '../workflows/messages.ts';

/** A run of a workflow, the latest one unless it is named. */
export interface Execution {
  workflowId: string;
  runId?: string;
}

export function conferenceOf(ids: ConferenceIds): Execution {
  return { workflowId: conferenceWorkflowId(ids) };
}

export function aftercareOf(ids: ConferenceIds): Execution {
  return { workflowId: aftercareWorkflowId(ids) };
}

/** The latest run of a conference's workflow. */
export function conferenceHandle(client: Client, ids: ConferenceIds): WorkflowHandle {
  return client.workflow.getHandle(conferenceWorkflowId(ids));
}

/** The latest run of what looks after a conference that has closed. */
export function aftercareHandle(client: Client, ids: ConferenceIds): WorkflowHandle {
  return client.workflow.getHandle(aftercareWorkflowId(ids));
}
