import {
  QueryRejectedError,
  WorkflowClient,
  WorkflowContinuedAsNewError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure, TerminatedFailure } from '@temporalio/common';
import type { Closed } from '../conference/carry.ts';
import { parseWorkflowId } from '../workflows/messages.ts';
import { QUERY_AGAIN_AFTER_MS } from './budget.ts';
import type { Execution } from './handles.ts';
import type { Question } from './questions.ts';

/**
 * Asks a workflow, open or closed, until it answers or the deadline (epoch milliseconds) has come. What has closed is read from
 * what it has left, if it has left something: that takes no worker. Else its history is replayed for the answer.
 * @throws WorkflowNotFoundError if there is none; any other error when nobody answers.
 */
export async function queryWorkflow<Value, Args extends unknown[]>(
  client: Client,
  { workflowId, runId }: Execution,
  deadline: number,
  { query, ofClosed, ofTerminated = (last) => last }: Question<Value, Args>,
  ...args: Args
): Promise<Value> {
  const ifOpen = askingOpenOnly(client).getHandle(workflowId, runId, { followRuns: false });
  try {
    return await persistently(client, deadline, () => ifOpen.query(query, ...args));
  } catch (error) {
    if (!(error instanceof QueryRejectedError)) throw error;
  }
  const { closed, isTerminated } = await client.withDeadline(deadline, () => leftBy(ifOpen));
  const answer = closed && ofClosed(closed, parseWorkflowId(workflowId), ...args);
  if (answer !== undefined) return answer;
  const handle = client.workflow.getHandle(workflowId, runId);
  const last = await persistently(client, deadline, () => handle.query(query, ...args));
  return isTerminated ? ofTerminated(last) : last;
}

/** Asks a worker by a query until it answers or the deadline (epoch milliseconds) has come. @throws as {@link queryWorkflow} does. */
export async function persistently<Value>(
  client: Client,
  deadline: number,
  query: () => Promise<Value>,
): Promise<Value> {
  for (let patienceMs = QUERY_AGAIN_AFTER_MS; ; patienceMs *= 2) {
    const until = Math.min(deadline, Date.now() + patienceMs);
    try {
      return await client.withDeadline(until, query);
    } catch (error) {
      const isAnswer = error instanceof WorkflowNotFoundError || error instanceof QueryRejectedError;
      if (isAnswer || Date.now() < until || until >= deadline) throw error;
    }
  }
}

/** What a closed workflow has left; nothing where it was terminated or cancelled, or goes on in another run. */
async function leftBy(handle: WorkflowHandle): Promise<{ closed?: Closed | undefined; isTerminated?: boolean }> {
  try {
    return { closed: closedIn(await handle.result()) };
  } catch (error) {
    if (error instanceof WorkflowContinuedAsNewError) return {};
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    if (cause instanceof ApplicationFailure) return { closed: closedIn(cause.details?.[1]) };
    return { isTerminated: cause instanceof TerminatedFailure };
  }
}

function closedIn(value: unknown): Closed | undefined {
  const isClosed = typeof value === 'object' && value !== null && 'records' in value;
  return isClosed ? (value as Closed) : undefined;
}

const openOnly = new WeakMap<Client, WorkflowClient>();

/** On the same connection; its queries are rejected by Temporal itself when the workflow has closed, before a worker replays it. */
function askingOpenOnly(client: Client): WorkflowClient {
  const known = openOnly.get(client);
  if (known !== undefined) return known;
  const { connection } = client;
  const made = new WorkflowClient({ ...client.workflow.options, connection, queryRejectCondition: 'NOT_OPEN' });
  openOnly.set(client, made);
  return made;
}
