import type { CallbackEvent } from '../../catapult/events.ts';
import { instantOf } from '../../catapult/resources.ts';
import type { DeadlineName } from '../state/deadlines.ts';
import { log, type Step } from '../state/effects.ts';
import { isClosed, type ConferenceState } from '../state/state.ts';
import { doubtIn } from './reasons-to-reconcile.ts';
/* When the platform is to be asked what it knows. */

/** How long nothing may be heard of a conference with members, and of one without (ms); doubles while nothing is new. */
export const SILENCE = { active: 10 * 60_000, created: 6 * 3_600_000 };

const MOST_DOUBLINGS = 6;

/** How long a doubt may clear up by itself (ms): both our URLs may be tried, 10 s each. Doubles while asking settles nothing. */
export const DOUBT_CLEARS = 15_000;

/** When a platform that does not know the conference is asked once more (ms). */
export const MISSING_AGAIN = 30_000;

/** Sets the deadlines of the watch anew, and asks the platform where one has come; called after every step. */
export function keepWatch(state: ConferenceState, step: Step): void {
  const doubt = doubtIn(state);
  setDeadline(state, 'doubt', doubt === undefined ? undefined : clearsBy(state, step.now));
  setDeadline(state, 'silence', silentUntil(state));
  const { doubt: clears = Infinity, silence = Infinity } = state.deadlines;
  if (clears <= step.now) read(state, doubt ?? '', step);
  else if (silence <= step.now) read(state, 'nothing was heard of it', step);
}

/** What is as it was is left alone, so that a step which changes nothing leaves the state as it is. */
function setDeadline({ deadlines }: ConferenceState, name: DeadlineName, at: number | undefined): void {
  if (at === undefined) delete deadlines[name];
  else if (deadlines[name] !== at) deadlines[name] = at;
}

function clearsBy({ watch, deadlines }: ConferenceState, now: number): number | undefined {
  if (watch.reading !== undefined) return undefined;
  if (watch.asked !== undefined) return now;
  const pause = watch.missing ? MISSING_AGAIN : DOUBT_CLEARS * 2 ** Math.min(watch.fruitless, MOST_DOUBLINGS);
  return Math.min(deadlines.doubt ?? Infinity, now + pause);
}

function silentUntil({ watch, phase, platformId }: ConferenceState): number | undefined {
  if (platformId === undefined || watch.reading !== undefined) return undefined;
  if (phase !== 'created' && phase !== 'active') return undefined;
  return watch.heardAt + SILENCE[phase] * 2 ** Math.min(watch.quiet, MOST_DOUBLINGS);
}

/** Somebody wants the platform to be asked. */
export function askFor(state: ConferenceState, why: string): void {
  if (!isClosed(state)) state.watch.asked ??= why;
}

/** The platform is asked at once, before others and before what it is asked already: an end waits for it. */
export function askNow(state: ConferenceState, why: string, step: Step): void {
  read(state, why, step, { isUrgent: true });
}

function read(state: ConferenceState, why: string, step: Step, { isUrgent = false } = {}): void {
  if (state.platformId === undefined) return;
  state.watch.reading = { touched: [], isUrgent };
  delete state.watch.asked;
  delete state.deadlines.doubt;
  delete state.deadlines.silence;
  log(step, `the platform is asked: ${why}`);
  step.effects.push({ type: 'read-platform', platformId: state.platformId, isUrgent });
}

/** What an event says of how many there are: if that is not so, an event was lost. Of one who has left meanwhile, both may be. */
export function noteCount(
  { watch, members }: ConferenceState,
  { eventType, activeMembers, time }: CallbackEvent,
): void {
  if (eventType !== 'conference-member' || activeMembers === undefined) return;
  if (activeMembers > Math.max(Object.keys(members).length, watch.most ?? 0)) watch.most = activeMembers;
  const at = instantOf(time);
  if (Number.isNaN(at)) return;
  if (at >= (watch.count?.time ?? 0)) watch.count = { said: activeMembers, time: at };
}
