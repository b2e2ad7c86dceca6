import {
  QueryNotRegisteredError,
  QueryRejectedError,
  WorkflowClient,
  WorkflowContinuedAsNewError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowClientInterceptor,
  type WorkflowClientOptions,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure, defaultPayloadConverter, TerminatedFailure } from '@temporalio/common';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { present } from '../catapult/present.ts';
import type { Closed } from '../conference/carry.ts';
import { initialState } from '../conference/state/state.ts';
import {
  begunUpdate,
  EVENTS_WITHOUT_A_TASK,
  OF_CLOSED_HEADER,
  parseWorkflowId,
  type ConferenceInput,
} from '../workflows/messages.ts';
import { QUERY_AGAIN_AFTER_MS } from './budget.ts';
import { grpcStatusOf } from './grpc.ts';
import type { Execution } from './handles.ts';
import type { Question } from './questions.ts';
import { untilProcessed } from './updates.ts';

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
    return await persistently(client, deadline, () => onceBegun(ifOpen, () => ifOpen.query(query, ...args)));
  } catch (error) {
    if (!(error instanceof QueryRejectedError)) throw error;
  }
  const { closed, isTerminated } = await client.withDeadline(deadline, () => leftBy(ifOpen));
  const answer = closed && ofClosed(closed, parseWorkflowId(workflowId), ...args);
  if (answer !== undefined) return answer;
  const handle = askingClosed(client).getHandle(workflowId, runId);
  try {
    const last = await persistently(client, deadline, () => handle.query(query, ...args));
    return isTerminated ? ofTerminated(last) : last;
  } catch (error) {
    if (grpcStatusOf(error)?.details.includes(NEVER_BEGUN) !== true) throw error;
    const unbegun = await client.withDeadline(deadline, () =>
      leftBeforeItBegan(client, present({ workflowId, runId })),
    );
    const last = ofClosed(unbegun, parseWorkflowId(workflowId), ...args);
    if (last === undefined) throw error;
    return ofTerminated(last);
  }
}

/** What Temporal says of a query that comes within a start delay, and of one that comes after the workflow was terminated within it. */
const NOT_BEGUN = 'Workflow task is not scheduled yet';
const NEVER_BEGUN = 'closed before WorkflowTaskStarted';

/** A conference that its gateway creates has no workflow task at first: an update begins one, a query does not. */
async function onceBegun<Value>(handle: WorkflowHandle, query: () => Promise<Value>): Promise<Value> {
  try {
    return await query();
  } catch (error) {
    if (grpcStatusOf(error)?.details.includes(NOT_BEGUN) !== true) throw error;
  }
  try {
    await untilProcessed(() => handle.executeUpdate(begunUpdate));
  } catch (error) {
    // It has closed meanwhile.
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  return await query();
}

/** What a conference was that was terminated before its first workflow task: what it was started with. */
async function leftBeforeItBegan(client: Client, execution: Execution): Promise<Closed> {
  const { namespace, loadedDataConverter } = client.options;
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    ...{ namespace, execution, maximumPageSize: 1 },
  });
  const [started] = history?.events ?? [];
  const { input } = started?.workflowExecutionStartedEventAttributes ?? {};
  const [given] = await decodeArrayFromPayloads(loadedDataConverter, input?.payloads);
  const { request, ...others } = given as Extract<ConferenceInput, { request: unknown }>;
  return { state: initialState(request, tsToMs(started?.eventTime), others), records: [] };
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
      if (isTooEarly(error) && Date.now() < deadline) continue;
      const isAnswer = error instanceof WorkflowNotFoundError || error instanceof QueryRejectedError;
      if (isAnswer || Date.now() < until || until >= deadline) throw error;
    }
  }
}

/** Whether a worker had the query before it had the task of what has come last; that is done first when it is asked again. */
function isTooEarly(error: unknown): boolean {
  return error instanceof QueryNotRegisteredError && error.message.includes(EVENTS_WITHOUT_A_TASK);
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

/** On the same connection; its queries are rejected by Temporal itself when the workflow has closed, before a worker replays it. */
const askingOpenOnly = likeThatOf((options) => new WorkflowClient({ ...options, queryRejectCondition: 'NOT_OPEN' }));

/** On the same connection; its queries say that they are of a run that has closed. */
const askingClosed = likeThatOf((options) => {
  const header = { [OF_CLOSED_HEADER]: defaultPayloadConverter.toPayload(true) };
  const says: WorkflowClientInterceptor = {
    query: (input, next) => next({ ...input, headers: { ...input.headers, ...header } }),
  };
  return new WorkflowClient({ ...options, interceptors: [says] });
});

/** A client's workflow client with other options, made once for each. */
function likeThatOf(make: (options: WorkflowClientOptions) => WorkflowClient): (client: Client) => WorkflowClient {
  const made = new WeakMap<Client, WorkflowClient>();
  return (client) => {
    const known = made.get(client);
    if (known !== undefined) return known;
    const one = make({ ...client.workflow.options, connection: client.connection });
    made.set(client, one);
    return one;
  };
}
