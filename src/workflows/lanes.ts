import { errorBody } from '../catapult/errors.ts';
import { customerEvent, eventName, type CallbackEvent } from '../catapult/events.ts';
import { conferencePath } from '../catapult/paths.ts';
import type { CallRequest } from '../catapult/requests.ts';
import { enqueue } from './outbox.ts';
import { log, type ConferenceState, type Step } from './state.ts';

/*
 * Which events go to the customer in which lane of the outbox: one lane for the conference, one for each dialled call
 * that has a callbackUrl of its own.
 */

/** The lane of the conference's own events. */
export const CONFERENCE_LANE = 'conference';

/** The attempt id in the callback URLs of a call that a run dials by this change. */
export function dialIdOf(runId: string, changeId: number): string {
  return `${runId}-dial.${changeId}`;
}

/** Whether an attempt id is that of a dialled call, and not of a create attempt. */
export function isDialId(attemptId: string): boolean {
  return attemptId.includes('-dial.');
}

/** The lane of a call's events, by the attempt id in its callback URLs. */
export function callLane(dialId: string): string {
  return `call ${dialId}`;
}

/** Where a lane's events go now. */
export function targetOf({ calls, settings }: ConferenceState, lane: string): LaneTarget {
  const dialId = Object.keys(calls).find((id) => callLane(id) === lane);
  const { callbackUrl, fallbackUrl, callbackHttpMethod, callbackTimeout } =
    (dialId === undefined ? undefined : calls[dialId]) ?? settings;
  return { callbackUrl, fallbackUrl, callbackHttpMethod, callbackTimeout };
}

type LaneTarget = Pick<CallRequest, 'callbackUrl' | 'fallbackUrl' | 'callbackHttpMethod' | 'callbackTimeout'>;

/**
 * Takes an event in, for good: from here it is delivered or becomes a dead letter. `dialId` names the dialled call on whose
 * URL it came; `source` is for one that reconciling has made up.
 */
export function accept(
  state: ConferenceState,
  event: CallbackEvent,
  step: Step,
  { dialId, source }: { dialId?: string | undefined; source?: 'reconciled' } = {},
): void {
  const lane = laneFor(state, event, dialId);
  const { userId, conferenceId } = step;
  const { tag } = state.settings;
  const owner = { userId, conferenceId, tag, platformTag: state.platformTag };
  enqueue(state.outbox, lane, customerEvent(event, owner), step, source);
  const notes = [source ?? [], lane === undefined ? 'no callbackUrl: recorded only' : []].flat().join(', ');
  log(step, `${eventName(event)}${notes === '' ? '' : ` (${notes})`}`);
}

/** An event that we make ourselves, in the shape the platform would give it. */
export function tell(state: ConferenceState, status: 'completed' | 'failed', step: Step): void {
  const { createdTime, completedTime, error } = state;
  // Should the platform's own event come after all, it is a repetition.
  state.memory.statuses.push(status);
  const event: CallbackEvent = {
    eventType: 'conference',
    conferenceId: step.conferenceId,
    conferenceUri: conferencePath(step.userId, step.conferenceId),
    status,
    createdTime,
    completedTime,
    ...(status === 'failed' && error !== undefined ? { error: errorBody(error) } : {}),
  };
  accept(state, event, step);
}

/** A call's digits belong to the conference where the call has no callbackUrl of its own; its other events are its own matter. */
function laneFor(state: ConferenceState, { eventType }: CallbackEvent, dialId: string | undefined): string | undefined {
  const call = dialId === undefined ? undefined : state.calls[dialId];
  if (call === undefined || (eventType === 'dtmf' && call.callbackUrl === undefined)) {
    return state.settings.callbackUrl === undefined ? undefined : CONFERENCE_LANE;
  }
  return dialId === undefined || call.callbackUrl === undefined ? undefined : callLane(dialId);
}
