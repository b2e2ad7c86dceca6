import { wireTime } from '../../catapult/resources.ts';
import { nobodyComes } from './participants.ts';
import { tell } from '../outbox/lanes.ts';
import { everybodyLeft } from '../facts/members.ts';
import { isClosed, log, type ConferenceState, type Reason, type Step } from '../state/state.ts';

/* How a conference ends: on the platform, for its customer, and in its own state. */

/** How long after the platform's confirmation its `completed` event may take: both our URLs may be tried, 10 s each. */
export const LATE_COMPLETED = 30_000;

/** How long the calls of a conference that is over may take to show that they are over too. */
export const LATE_HANGUPS = 30_000;

/** A refusal after this time is told by callback too: the caller of the create may have gone with a 202 (after 10 s). */
const TOLD_BY_ANSWER = 8_000;

/** Somebody wants the conference to end. */
export function end(state: ConferenceState, reason: Reason, step: Step): void {
  if (isClosed(state) || state.phase === 'ending') return;
  state.endRequested = reason;
  if (state.phase === 'scheduled') return cancelled(state, step);
  state.phase = 'ending';
  log(step, `is to end (${reason})`);
  if (state.platformId !== undefined) order(state, state.platformId, step);
  else if (state.creation === 'running') stopCreating(state, step);
}

export function stopCreating(state: ConferenceState, step: Step): void {
  state.creation = 'stopping';
  step.effects.push({ type: 'stop-creating' });
}

/** Has a conference on the platform completed: ours, or one that nobody wants. */
export function order(state: ConferenceState, platformId: string, step: Step): void {
  state.orders.push(platformId);
  step.effects.push({ type: 'complete', platformId });
}

/** The platform has confirmed that one of its conferences is complete (or no longer exists). */
export function platformCompleted(state: ConferenceState, platformId: string, step: Step): void {
  state.orders = state.orders.filter((ordered) => ordered !== platformId);
  if (platformId !== state.platformId) return;
  state.platformCompleted = true;
  state.completedTime ??= wireTime(step.now);
  everybodyLeft(state, step);
  if (!isClosed(state)) state.deadlines['late-completed'] = step.now + LATE_COMPLETED;
}

/** The platform's `completed` event has not come; the customer is told all the same. */
export function completedUnseen(state: ConferenceState, step: Step): void {
  close(state, 'completed', state.endRequested ?? 'ended-via-api', step);
  tell(state, 'completed', step);
}

/** There is no conference on the platform and there will be none. */
export function giveUp(state: ConferenceState, step: Step): void {
  if (state.endRequested !== undefined) return cancelled(state, step);
  close(state, 'failed', 'creation-failed', step);
  const toldByAnswer = state.asked && step.now - state.startedAt < TOLD_BY_ANSWER;
  if (!toldByAnswer) tell(state, 'failed', step);
}

/** It was ended before the platform had it. */
function cancelled(state: ConferenceState, step: Step): void {
  delete state.error;
  close(state, 'cancelled', 'cancelled', step);
  tell(state, 'completed', step);
}

export function close(
  state: ConferenceState,
  phase: 'completed' | 'failed' | 'cancelled',
  reason: Reason,
  step: Step,
): void {
  state.phase = phase;
  state.reason = reason;
  state.completedTime ??= wireTime(step.now);
  everybodyLeft(state, step);
  nobodyComes(state, step);
  state.deadlines = {};
  if (Object.values(state.calls).some(({ isOver }) => !isOver)) {
    state.deadlines['late-hangups'] = step.now + LATE_HANGUPS;
  }
  log(step, `${phase} (${reason})`);
}
