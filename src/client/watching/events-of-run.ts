import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { present } from '../../catapult/present.ts';
import type { ConferenceIds } from '../../conference/state/ids.ts';
import type { HistoryEvent } from '../../explain/opened.ts';
import { inPieces } from '../../explain/pieces.ts';
import { conferenceWorkflowId } from '../../workflows/messages.ts';
import { GRPC, grpcStatusOf } from '../grpc.ts';
import { conferenceHandle } from '../handles.ts';
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
    yield* inPieces(answer.history?.events ?? []);
    nextPageToken = answer.nextPageToken;
  } while (nextPageToken.length > 0);
}

/** The runs of a conference, oldest first, and the last one as Temporal describes it. */
export interface Runs {
  runIds: string[];
  latest: WorkflowExecutionDescription;
}

/**
 * The runs from the one that a token names, or the oldest that is kept, to the latest. They are looked for backwards: forwards, what somebody
 * has reset leads to runs that were given up, and the first one may be kept no more.
 * @throws CatapultError 400 for a token that names none of them; WorkflowNotFoundError if there is no such conference.
 */
export async function runsOf(client: Client, ids: ConferenceIds, pageToken: string | undefined): Promise<Runs> {
  if (pageToken !== undefined && !/^[\da-f-]{36}$/.test(pageToken)) throw wrongToken(pageToken);
  const latest = await conferenceHandle(client, ids).describe();
  const runIds: string[] = [];
  let runId: string | null | undefined = latest.runId;
  while (runId && (pageToken === undefined || runIds[0] !== pageToken)) {
    const first = await firstEventOf(client, ids, runId);
    if (first === undefined) break;
    runIds.unshift(runId);
    runId = first.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
  }
  if (pageToken !== undefined && runIds[0] !== pageToken) throw wrongToken(pageToken);
  return { runIds, latest };
}

/** Undefined where Temporal does not keep the run any more. */
async function firstEventOf(
  { workflowService, options: { namespace } }: Client,
  ids: ConferenceIds,
  runId: string,
): Promise<HistoryEvent | undefined> {
  const execution = { workflowId: conferenceWorkflowId(ids), runId };
  try {
    const answer = await workflowService.getWorkflowExecutionHistory({ namespace, execution, maximumPageSize: 1 });
    return answer.history?.events?.[0];
  } catch (error) {
    if (grpcStatusOf(error)?.code === GRPC.notFound) return undefined;
    throw error;
  }
}
