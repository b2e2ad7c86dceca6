import type { LoadedDataConverter } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { whyUnfitRequest } from '../conference/facts/bounds.ts';
import { isObject } from '../conference/facts/shapes.ts';
import type { ConferenceIds } from '../conference/state/ids.ts';
import { present } from '../catapult/present.ts';
import { parseWorkflowId, type ConferenceInput } from '../workflows/messages.ts';
import { CALLBACKS_WAIT, NEXT_ATTEMPT } from '../workflows/summaries.ts';
import { saidIn, type Came, type Outcome } from './came.ts';
import { errorOf, summaryOf, valuesOf, type HistoryEvent } from './opened.ts';

/* The history of a run, told as what came to the conference, task by task, and which activities each task began. */

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
    } else if (cancel) {
      this.coming.push({ is: 'input', input: { type: 'cancel' } });
    } else if (continued) {
      this.nextRunId = continued.newExecutionRunId ?? undefined;
    } else if (terminated) {
      this.terminatedAt = tsToMs(event.eventTime);
    } else {
      await this.addSaid(event);
      await this.addTimer(event);
      await this.addActivity(event);
      this.addNotification(event);
    }
  }

  private async addSaid(event: HistoryEvent): Promise<void> {
    const said = await saidIn(event, this.converter);
    if (said?.by === 'signal') this.coming.push(...said.came);
    if (said?.by === 'update') this.insertUpdates(said.came);
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
