import { defaultPayloadConverter, type LoadedDataConverter, type Payload } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { outsideText } from '../../catapult/outside-text.ts';
import { present } from '../../catapult/present.ts';
import type { Step } from '../../catapult/watching-resources.ts';
import { changeName } from '../../conference/state/changes.ts';
import { saidIn, type Came } from '../../explain/came.ts';
import { errorOf, summaryOf, type Failure, type HistoryEvent } from '../../explain/opened.ts';
import { searchAttributes } from '../../workflows/messages.ts';
import { MAX_STEP_CHARACTERS } from '../budget.ts';

/*
 * What an event of a workflow's history tells people. Most tell nothing: they are Temporal's own bookkeeping, or callbacks, which are
 * events of the conference.
 */

/** Something has begun, or was done at once; has been tried; is over. `place` is the number of the event that began it. */
export type Told =
  | {
      is: 'begun' | 'was';
      place: string;
      kind: Step['kind'];
      does: string;
      time: string;
      activityId?: string;
      error?: string;
    }
  | { is: 'tried'; place: string; attempts: number; error?: string }
  | { is: 'over'; place: string; time: string; state: 'done' | 'failed'; error?: string };

/** What people are told by one event of a history. */
export async function readStep(event: HistoryEvent, converter: LoadedDataConverter): Promise<Told[]> {
  const time = new Date(tsToMs(event.eventTime)).toISOString();
  const place = String(event.eventId);
  const was = (kind: Step['kind'], does: string, error?: string): Told =>
    present({ is: 'was' as const, place, kind, does: shortened(does), time, error });
  const {
    workflowExecutionStartedEventAttributes: started,
    upsertWorkflowSearchAttributesEventAttributes: upserted,
    workflowExecutionCancelRequestedEventAttributes: cancel,
    workflowExecutionTerminatedEventAttributes: terminated,
  } = event;
  if (started)
    return [
      was('run', started.continuedExecutionRunId ? 'goes on in a new run' : 'begins'),
      ...phaseIn(started.searchAttributes, was),
    ];
  if (upserted) return phaseIn(upserted.searchAttributes, was);
  if (cancel) return [was('change', `cancel in Temporal${cancel.identity ? ` by ${cancel.identity}` : ''}`)];
  if (terminated) return [was('change', `terminate in Temporal: ${terminated.reason || 'no reason given'}`)];
  const said = await saidIn(event, converter);
  if (said !== undefined) return said.came.flatMap(askedIn).map((does) => was('change', does));
  return await ofActivity(event, { place, time }, converter);
}

type Was = (kind: Step['kind'], does: string, error?: string) => Told;

function phaseIn(attributes: { indexedFields?: Record<string, Payload> | null } | null | undefined, was: Was): Told[] {
  const read = (name: string): unknown => {
    const payload = attributes?.indexedFields?.[name];
    return payload === undefined ? undefined : defaultPayloadConverter.fromPayload(payload);
  };
  const [phase, reason] = [read(searchAttributes.state.name), read(searchAttributes.reason.name)];
  if (typeof phase !== 'string') return [];
  return [was('phase', typeof reason === 'string' ? `${phase} (${reason})` : phase)];
}

/** What was asked for, in words. What is no change is an event of the conference, or concerns gateways and watchers alone. */
function askedIn(came: Came): string[] {
  if (came.is !== 'input') return [];
  const { input } = came;
  if (input.type === 'change') return [changeName(input.change)];
  if (input.type === 'redeliver') return input.records.map(({ sequence }) => `deliver event ${sequence} again`);
  return input.type === 'reconcile' ? [`ask the platform: ${input.why}`] : [];
}

async function ofActivity(
  event: HistoryEvent,
  { place, time }: { place: string; time: string },
  converter: LoadedDataConverter,
): Promise<Told[]> {
  const {
    activityTaskScheduledEventAttributes: scheduled,
    activityTaskStartedEventAttributes: begun,
    activityTaskCompletedEventAttributes: completed,
    activityTaskFailedEventAttributes: failed,
    activityTaskTimedOutEventAttributes: late,
    activityTaskCanceledEventAttributes: cancelled,
  } = event;
  if (scheduled) {
    const name = scheduled.activityType?.name ?? '';
    const isDelivery = name === 'deliverCallbacks' || name === 'recallLease';
    const does = shortened((await summaryOf(event, converter)) ?? name);
    const activityId = scheduled.activityId ?? '';
    return [{ is: 'begun', place, kind: isDelivery ? 'delivery' : 'platform', does, time, activityId }];
  }
  if (begun) {
    const { scheduledEventId, attempt, lastFailure } = begun;
    const error = await wordsOfFailure(lastFailure, converter);
    return [present({ is: 'tried' as const, place: String(scheduledEventId), attempts: attempt ?? 1, error })];
  }
  const over = completed ?? failed ?? late ?? cancelled;
  if (!over) return [];
  const error = await wordsOfFailure(failed?.failure ?? late?.failure, converter);
  const ended = {
    is: 'over',
    place: String(over.scheduledEventId),
    time,
    state: completed ? 'done' : 'failed',
  } as const;
  return [{ ...ended, ...present({ error: cancelled ? 'cancelled' : error }) }];
}

/** The words of a failure, opened where texts are sealed. */
export async function wordsOfFailure(failure: Failure, converter: LoadedDataConverter): Promise<string | undefined> {
  const error = await errorOf(failure, converter);
  return error === undefined ? undefined : shortened(error.message);
}

function shortened(text: string): string {
  return outsideText(text, MAX_STEP_CHARACTERS);
}
