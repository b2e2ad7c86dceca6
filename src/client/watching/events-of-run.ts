import type { Client } from '@temporalio/client';
import { present } from '../../catapult/present.ts';
import type { ConferenceIds } from '../../conference/state/ids.ts';
import type { HistoryEvent } from '../../explain/history.ts';
import { conferenceWorkflowId } from '../../workflows/messages.ts';
import { wrongToken } from '../page-token.ts';

/** The history of a run of a conference's workflow, from its beginning. */
export async function* eventsOfRun(
  { workflowService, options: { namespace } }: Client,
  ids: ConferenceIds,
  runId: string,
): AsyncGenerator<HistoryEvent, void> {
  const execution = { workflowId: conferenceWorkflowId(ids), runId };
  let nextPageToken: Uint8Array | undefined;
  do {
    const request = { namespace, execution, ...present({ nextPageToken }) };
    const answer = await workflowService.getWorkflowExecutionHistory(request);
    yield* answer.history?.events ?? [];
    nextPageToken = answer.nextPageToken;
  } while (nextPageToken.length > 0);
}

/** @throws CatapultError 400 for a token that names no run. */
export function requireRunId(pageToken: string | undefined): void {
  if (pageToken !== undefined && !/^[\da-f-]{36}$/.test(pageToken)) throw wrongToken(pageToken);
}
