import type { Client } from '@temporalio/client';
import type { LoadedDataConverter, Payload } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { whyUnfitRequest } from '../conference/facts/bounds.ts';
import { isObject } from '../conference/facts/shapes.ts';
import type { Change, ChangeRequests, IdempotencyKey } from '../conference/state/changes.ts';
import type { LoggedEvent } from '../conference/state/event-log.ts';
import type { ConferenceIds } from '../conference/state/ids.ts';
import type { CallbackBatch, Input } from '../conference/state/inputs.ts';
import type { LeaseAsk } from '../conference/state/lease.ts';
import type { Awaited as Wanted } from '../conference/state/watchers.ts';
import { present } from '../catapult/present.ts';
import {
  begunUpdate,
  callbacksSignal,
  changeSignal,
  changesUpdate,
  createdUpdate,
  leaseUpdate,
  parseWorkflowId,
  reconcileSignal,
  redeliverSignal,
  unwatchSignal,
  watchSignal,
  type ConferenceInput,
} from '../workflows/messages.ts';
import { CALLBACKS_WAIT, NEXT_ATTEMPT } from '../workflows/summaries.ts';
import { whyUnfit } from '../workflows/unfit.ts';
import { errorOf, summaryOf, valuesOf } from './opened.ts';

/* The history of a run, told as what came to the conference, task by task, and which activities each task began. */

type History = Awaited<ReturnType<Client['workflowService']['getWorkflowExecutionHistory']>>['history'];
export type HistoryEvent = NonNullable<NonNullable<History>['events']>[number];

/** What came of an activity. */
export type Outcome = { result: unknown } | { error: unknown; isCancelled: boolean };

/** Something that came: callbacks, any other input, the end of an activity (by its number in the history), the alarm. */
export type Came =
  | { is: 'callbacks'; batch: CallbackBatch }
  | { is: 'input'; input: Input }
  | { is: 'begun-awaited' }
  | { is: 'ended'; activity: string; outcome: Outcome }
  | { is: 'rang'; timer: 'alarm' | 'callbacks' | 'attempt' | 'wait' };

/** An activity that was begun. */
export interface Begun {
  activity: string;
  name: string;
  order: unknown;
}

/** A workflow task: when it was, what had come until then, and what it began. */
export interface Task {
  at: number;
  came: Came[];
  begun: Begun[];
}

export interface RunHistory {
  ids: ConferenceIds;
  /** Epoch milliseconds. */
  startedAt: number;
  input: ConferenceInput;
  tasks: Task[];
  /** The activities that were told to stop. */
  stopped: ReadonlySet<string>;
  /** The run that goes on after this one. */
  nextRunId?: string;
  /** When somebody has terminated it in Temporal. */
  terminatedAt?: number;
}

/** The conference has not begun: its workflow was started with what none can be made of. */
export class UnfitHistory extends Error {}

/** Reads the events of a run, in their order. */
export class HistoryReader {
  private readonly converter: LoadedDataConverter;
  private head: Pick<RunHistory, 'ids' | 'startedAt' | 'input'> | undefined;
  private readonly tasks: Task[] = [];
  private readonly stopped = new Set<string>();
  /** What has come since the latest task that was completed; how much of it the present task has seen, and when it began. */
  private coming: Came[] = [];
  private seen = 0;
  private taskAt = 0;
  private readonly timers = new Map<string, Extract<Came, { is: 'rang' }>['timer']>();
  private readonly signalled = new Map<string, string>();
  private nextRunId: string | undefined;
  private terminatedAt: number | undefined;

  constructor(converter: LoadedDataConverter) {
    this.converter = converter;
  }

  /** @throws Error if there was no beginning. */
  get history(): RunHistory {
    if (this.head === undefined) throw new Error('a history without a beginning');
    const { tasks, stopped, nextRunId, terminatedAt } = this;
    return { ...this.head, tasks, stopped, ...present({ nextRunId, terminatedAt }) };
  }

  /** @throws UnfitHistory */
  async add(event: HistoryEvent): Promise<void> {
    const {
      workflowExecutionStartedEventAttributes: started,
      workflowTaskStartedEventAttributes: taskStarted,
      workflowTaskCompletedEventAttributes: taskCompleted,
      workflowExecutionSignaledEventAttributes: signal,
      workflowExecutionUpdateAcceptedEventAttributes: update,
      workflowExecutionCancelRequestedEventAttributes: cancel,
      workflowExecutionContinuedAsNewEventAttributes: continued,
      workflowExecutionTerminatedEventAttributes: terminated,
    } = event;
    if (started) {
      const [input] = await valuesOf(started.input?.payloads, this.converter);
      const ids = parseWorkflowId(started.workflowId ?? '');
      const why = whyUnfitStart(input, tsToMs(event.eventTime), ids);
      if (why !== undefined) throw new UnfitHistory(why);
      this.head = { ids, startedAt: tsToMs(event.eventTime), input: input as ConferenceInput };
    } else if (taskStarted) {
      this.seen = this.coming.length;
      this.taskAt = tsToMs(event.eventTime);
    } else if (taskCompleted) {
      this.tasks.push({ at: this.taskAt, came: this.coming.splice(0, this.seen), begun: [] });
    } else if (signal) {
      this.coming.push(...(await signalled(signal.signalName, signal.input?.payloads, this.converter)));
    } else if (update) {
      const { name, args } = update.acceptedRequest?.input ?? {};
      this.insertUpdates(await updated(name, args?.payloads, this.converter));
    } else if (cancel) {
      this.coming.push({ is: 'input', input: { type: 'cancel' } });
    } else if (continued) {
      this.nextRunId = continued.newExecutionRunId ?? undefined;
    } else if (terminated) {
      this.terminatedAt = tsToMs(event.eventTime);
    } else {
      await this.addTimer(event);
      await this.addActivity(event);
      this.addNotification(event);
    }
  }

  /** An update stands behind the task that has taken it: after the signals of that task, and before all that was awaited there. */
  private insertUpdates(updates: Came[]): void {
    const came = this.tasks.at(-1)?.came ?? [];
    const index = came.findIndex(({ is }) => is === 'ended' || is === 'rang');
    came.splice(index < 0 ? came.length : index, 0, ...updates);
  }

  private async addTimer(event: HistoryEvent): Promise<void> {
    const { timerStartedEventAttributes: started, timerFiredEventAttributes: fired } = event;
    if (started) {
      const summary = (await summaryOf(event, this.converter)) ?? '';
      this.timers.set(String(event.eventId), timerOf(summary));
    }
    if (fired) this.coming.push({ is: 'rang', timer: this.timers.get(String(fired.startedEventId)) ?? 'alarm' });
  }

  private async addActivity(event: HistoryEvent): Promise<void> {
    const {
      activityTaskScheduledEventAttributes: scheduled,
      activityTaskCancelRequestedEventAttributes: stopped,
      activityTaskCompletedEventAttributes: completed,
      activityTaskFailedEventAttributes: failed,
      activityTaskTimedOutEventAttributes: late,
      activityTaskCanceledEventAttributes: cancelled,
    } = event;
    if (scheduled) {
      const [order] = await valuesOf(scheduled.input?.payloads, this.converter);
      const activity = String(event.eventId);
      this.tasks.at(-1)?.begun.push({ activity, name: scheduled.activityType?.name ?? '', order });
    }
    if (stopped) this.stopped.add(String(stopped.scheduledEventId));
    const ended = completed ?? failed ?? late ?? cancelled;
    if (!ended) return;
    const outcome: Outcome = completed
      ? { result: (await valuesOf(completed.result?.payloads, this.converter))[0] }
      : {
          error: await errorOf(failed?.failure ?? late?.failure, this.converter),
          isCancelled: cancelled !== null && cancelled !== undefined,
        };
    this.coming.push({ is: 'ended', activity: String(ended.scheduledEventId), outcome });
  }

  private addNotification(event: HistoryEvent): void {
    const {
      signalExternalWorkflowExecutionInitiatedEventAttributes: begun,
      externalWorkflowExecutionSignaledEventAttributes: taken,
      signalExternalWorkflowExecutionFailedEventAttributes: failed,
    } = event;
    if (begun) this.signalled.set(String(event.eventId), begun.workflowExecution?.workflowId ?? '');
    const ended = taken ?? failed;
    const id = ended ? this.signalled.get(String(ended.initiatedEventId)) : undefined;
    if (id !== undefined) this.coming.push({ is: 'input', input: { type: 'watcher-notified', id } });
  }
}

function timerOf(summary: string): Extract<Came, { is: 'rang' }>['timer'] {
  if (summary === '') return 'wait';
  if (summary === NEXT_ATTEMPT) return 'attempt';
  return summary.endsWith(CALLBACKS_WAIT) ? 'callbacks' : 'alarm';
}

function whyUnfitStart(input: unknown, startedAt: number, { conferenceId }: ConferenceIds): string | undefined {
  if (!isObject(input)) return 'it wants a request';
  return isObject(input['state']) ? undefined : whyUnfitRequest(input['request'], startedAt, conferenceId);
}

/** What a workflow leaves out, for it would break the rules (workflows/unfit.ts). */
function whyUnfitSignal(name: string, [first, second]: unknown[]): string | undefined {
  switch (name) {
    case callbacksSignal.name:
      return whyUnfit.batch(first);
    case changeSignal.name:
      return whyUnfit.change(first);
    case redeliverSignal.name:
      return whyUnfit.redelivery(first, second);
    case reconcileSignal.name:
      return whyUnfit.reason(first);
    case watchSignal.name:
      return whyUnfit.watch(first, second);
    case unwatchSignal.name:
      return whyUnfit.id(first);
    default:
      return 'it is none of ours';
  }
}

type Payloads = Payload[] | null | undefined;

async function signalled(
  name: string | null | undefined,
  payloads: Payloads,
  converter: LoadedDataConverter,
): Promise<Came[]> {
  const values = await valuesOf(payloads, converter);
  if (whyUnfitSignal(name ?? '', values) !== undefined) return [];
  const input = (of: Input): Came[] => [{ is: 'input', input: of }];
  switch (name ?? '') {
    case callbacksSignal.name:
      return [{ is: 'callbacks', batch: values[0] as CallbackBatch }];
    case changeSignal.name:
      return input({ type: 'change', change: values[0] as Change });
    case redeliverSignal.name: {
      const [records, key] = values as [LoggedEvent[], IdempotencyKey?];
      return input(present({ type: 'redeliver' as const, records, key }));
    }
    case reconcileSignal.name:
      return input({ type: 'reconcile', why: (values[0] as string | undefined) ?? 'somebody wants it' });
    case watchSignal.name:
      return input({ type: 'watch', id: values[0] as string, awaited: values[1] as Wanted });
    case unwatchSignal.name:
      return input({ type: 'unwatch', id: values[0] as string });
    default:
      return [];
  }
}

async function updated(
  name: string | null | undefined,
  payloads: Payloads,
  converter: LoadedDataConverter,
): Promise<Came[]> {
  const [value] = await valuesOf(payloads, converter);
  switch (name ?? '') {
    case createdUpdate.name:
      return [{ is: 'input', input: { type: 'creation-awaited' } }];
    case begunUpdate.name:
      return [{ is: 'begun-awaited' }];
    case leaseUpdate.name:
      return [{ is: 'input', input: { type: 'lease-asked', ask: value as LeaseAsk } }];
    case changesUpdate.name:
      return (value as ChangeRequests).requests.map((request) => ({
        is: 'input',
        input: { type: 'change', ...request },
      }));
    default:
      return [];
  }
}
