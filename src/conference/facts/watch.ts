import type { CallbackEvent } from '../../catapult/events.ts';
import { instantOf } from '../../catapult/resources.ts';
import { MISSING_AGAIN_AFTER_MS, RECONCILE_AFTER_MS, MAX_DOUBLINGS, SILENCE_MS } from '../budget.ts';
import { setDeadline } from '../state/deadlines.ts';
import { log, type Step } from '../state/effects.ts';
import type { ReasonToRead } from '../state/measurements.ts';
import { isClosed, type ConferenceState } from '../state/state.ts';
import { forgetSettled, reasonToReconcile } from './reasons-to-reconcile.ts';

/* The watch over a conference: when the platform is to be asked what it knows. */

/** Sets the deadlines of the watch anew, and asks the platform where one has come; called after every step. */
export function keepWatch(state: ConferenceState, step: Step): void {
  forgetSettled(state);
  const reason = reasonToReconcile(state);
  setDeadline(state, 'reconcile', reason === undefined ? undefined : reconcileAt(state, step.now));
  setDeadline(state, 'silence', silentUntil(state));
  const { reconcile = Infinity, silence = Infinity } = state.deadlines;
  if (reconcile <= step.now)
    startReading(state, reason ?? '', step, {
      why: state.watch.requested === undefined ? 'missing-event' : 'requested',
    });
  else if (silence <= step.now) startReading(state, 'nothing was heard of it', step, { why: 'silence' });
}

function reconcileAt({ watch, deadlines }: ConferenceState, now: number): number | undefined {
  if (watch.reading !== undefined) return undefined;
  if (watch.requested !== undefined) return now;
  const pause = watch.missing
    ? MISSING_AGAIN_AFTER_MS
    : RECONCILE_AFTER_MS * 2 ** Math.min(watch.fruitlessReadings, MAX_DOUBLINGS);
  return Math.min(deadlines.reconcile ?? Infinity, now + pause);
}

function silentUntil({ watch, phase, platformId }: ConferenceState): number | undefined {
  if (platformId === undefined || watch.reading !== undefined) return undefined;
  if (phase !== 'created' && phase !== 'active') return undefined;
  return watch.heardAt + SILENCE_MS[phase] * 2 ** Math.min(watch.uneventfulReadings, MAX_DOUBLINGS);
}

/** Somebody wants the platform to be asked. */
export function requestReading(state: ConferenceState, why: string): void {
  if (!isClosed(state)) state.watch.requested ??= why;
}

/** The platform is asked at once, before others and before what it is asked already: an end waits for it. */
export function readUrgently(state: ConferenceState, why: string, step: Step): void {
  startReading(state, why, step, { isUrgent: true, why: 'before-end' });
}

function startReading(
  state: ConferenceState,
  inWords: string,
  step: Step,
  { isUrgent = false, why }: { isUrgent?: boolean; why: ReasonToRead },
): void {
  if (state.platformId === undefined) return;
  state.watch.reading = { changedMembers: [], isUrgent, why };
  delete state.watch.requested;
  delete state.deadlines.reconcile;
  delete state.deadlines.silence;
  log(step, `the platform is asked: ${inWords}`);
  step.effects.push({ type: 'read-platform', platformId: state.platformId, isUrgent });
}

/** What an event says of how many there are: if that is not so, an event was lost. Of one who has left meanwhile, both may be. */
export function noteCountedMembers(
  { watch, members }: ConferenceState,
  { eventType, activeMembers, time }: CallbackEvent,
): void {
  if (eventType !== 'conference-member' || activeMembers === undefined) return;
  if (activeMembers > (watch.highestCount ?? 0) && activeMembers > Object.keys(members).length)
    watch.highestCount = activeMembers;
  const at = instantOf(time);
  if (Number.isNaN(at)) return;
  if (at >= (watch.lastCount?.time ?? 0)) watch.lastCount = { said: activeMembers, time: at };
}
