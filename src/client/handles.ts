import type { Client, WorkflowHandle } from '@temporalio/client';
import { aftercareWorkflowId, conferenceWorkflowId, type ConferenceIds } from '../workflows/messages.ts';

/** The latest run of a conference's workflow. */
export function conferenceHandle(client: Client, ids: ConferenceIds): WorkflowHandle {
  return client.workflow.getHandle(conferenceWorkflowId(ids));
}

/** The latest run of what looks after a conference that has closed. */
export function aftercareHandle(client: Client, ids: ConferenceIds): WorkflowHandle {
  return client.workflow.getHandle(aftercareWorkflowId(ids));
}
