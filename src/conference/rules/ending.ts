import { errorBody } from '../../catapult/errors.ts';
import { present } from '../../catapult/present.ts';
import { wireTime } from '../../catapult/resources.ts';
import { LATE_COMPLETED_MS, FAILED_BY_ANSWER_MS, LATE_HANGUPS_MS } from '../budget.ts';
import { rememberStatus } from '../facts/dedupe.ts';
import { markEverybodyLeft } from '../facts/members.ts';
import { reasonToReconcile } from '../facts/reasons-to-reconcile.ts';
import { accept } from '../outbox/lanes.ts';
import { postpone, leaseOf } from '../outbox/lease.ts';
import { isEmpty } from '../outbox/outbox.ts';
import { conferenceEvent } from '../outbox/own-events.ts';
import { log, measure, type Step } from '../state/effects.ts';
import { isClosed, type ConferenceState, type EndReason } from '../state/state.ts';
import { failRemainingParticipants } from './participants.ts';

/* How a conference ends: on the platform, for its customer, and in its own state. */

/** Somebody wants the conference to end. */
export function endConference(state: ConferenceState, reason: EndReason, step: Step): void {
  if (isClosed(state) || state.phase === 'ending') return;
  state.endRequested = reason;
  if (state.phase === 'scheduled') return closeAsCancelled(state, step);
  state.phase = 'ending';
  log(step, `the conference is to end (${reason})`);
  if (state.platformId !== undefined) completeOnPlatform(state, state.platformId, step);
  else if (state.creation === 'running') stopCreating(state, step);
}

export function stopCreating(state: ConferenceState, step: Step): void {
  state.creation = 'stopping';
  step.effects.push({ type: 'stop-creating' });
}

/** Has a conference on the platform completed: ours, or one that nobody wants. */
export function completeOnPlatform(state: ConferenceState, platformId: string, step: Step): void {
  state.completing.push(platformId);
  step.effects.push({ type: 'complete', platformId });
}

/** The platform has confirmed that one of its conferences is complete (or no longer exists). */
export function notePlatformCompleted(state: ConferenceState, platformId: string, step: Step): void {
  state.completing = state.completing.filter((ordered) => ordered !== platformId);
  if (platformId !== state.platformId) return;
  state.platformCompleted = true;
  state.completedTime ??= wireTime(step.now);
  markEverybodyLeft(state, step);
  if (!isClosed(state)) state.deadlines['late-completed'] = step.now + LATE_COMPLETED_MS;
}

/** The platform's `completed` event has not come; the customer gets one all the same. */
export function completeWithoutEvent(state: ConferenceState, step: Step): void {
  if (isClosed(state)) return;
  if (leaseOf(state) !== undefined) return postpone(state, { isEnd: true });
  close(state, 'completed', state.endRequested ?? 'ended-via-api', step);
  emitEnd(state, 'completed', step);
}

/** There is no conference on the platform and there will be none. */
export function failCreation(state: ConferenceState, step: Step): void {
  if (state.endRequested !== undefined) return closeAsCancelled(state, step);
  close(state, 'failed', 'creation-failed', step);
  const isKnownByAnswer = state.creationAwaited && step.now - state.startedAt < FAILED_BY_ANSWER_MS;
  if (!isKnownByAnswer) emitEnd(state, 'failed', step);
}

/** It was ended before the platform had it. */
function closeAsCancelled(state: ConferenceState, step: Step): void {
  delete state.error;
  close(state, 'cancelled', 'cancelled', step);
  emitEnd(state, 'completed', step);
}

export function close(
  state: ConferenceState,
  phase: 'completed' | 'failed' | 'cancelled',
  reason: EndReason,
  step: Step,
): void {
  state.phase = phase;
  state.reason = reason;
  state.completedTime ??= wireTime(step.now);
  markEverybodyLeft(state, step);
  failRemainingParticipants(state, step);
  state.deadlines = {};
  if (Object.values(state.calls).some(({ ended }) => !ended)) {
    state.deadlines['late-hangups'] = step.now + LATE_HANGUPS_MS;
  }
  log(step, `the conference is ${phase} (${reason})`);
  measure(step, { of: 'end', reason });
}

/** Whether the workflow may close: nothing runs, nothing is due, and every event is delivered or dead. */
export function mayClose(state: ConferenceState): boolean {
  const nothingIsDue = state.deadlines['late-hangups'] === undefined && reasonToReconcile(state) === undefined;
  const nothingRuns = state.creation === 'over' && state.completing.length === 0 && nothingIsDue;
  const nothingWaits = isEmpty(state.outbox) && leaseOf(state) === undefined && !state.leases?.postponed.length;
  const nobodyWaits = state.changes.open.length === 0 && state.watchers === undefined;
  return isClosed(state) && nobodyWaits && nothingRuns && nothingWaits;
}

/** Emits the end, in the shape that the platform would give it; the platform's own event is a repetition then. */
export function emitEnd(state: ConferenceState, status: 'completed' | 'failed', step: Step): void {
  const { createdTime, completedTime, error } = state;
  rememberStatus(state.dedupe, status);
  const why = present({ error: status === 'failed' && error !== undefined ? errorBody(error) : undefined });
  const event = conferenceEvent(step, { status, createdTime, completedTime, ...why });
  accept(state, event, step, { source: 'convoke' });
}
