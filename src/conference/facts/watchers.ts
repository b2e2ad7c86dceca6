import { catapultError, type WireError } from '../../catapult/errors.ts';
import { present } from '../../catapult/present.ts';
import { MAX_REFUSED_WATCHERS, MAX_WATCHERS } from '../budget.ts';
import { log, type Step } from '../state/effects.ts';
import type { ConferenceState } from '../state/state.ts';
import type { Awaited, Standing, Watcher, Word } from '../state/watchers.ts';

/* Watchers: workflows that wait for something of a conference (src/workflows/watch.ts). Each is notified once, and then forgotten. */

/** The outcome for a watcher; undefined as long as what it waits for may still come. */
export function outcomeOf(awaited: Awaited, standing: Standing): 'reached' | 'over' | undefined {
  if (hasCome(awaited, standing)) return 'reached';
  return ['completed', 'failed', 'cancelled', 'terminated'].includes(standing.phase) ? 'over' : undefined;
}

/** A phase that has passed has come; of one that is ending, only its end says whether the platform ever had it. */
function hasCome(awaited: Awaited, { phase, activeMembers, hadMembers }: Standing): boolean {
  if ('members' in awaited) return activeMembers >= awaited.members;
  switch (awaited.phase) {
    case 'created':
      return ['created', 'active', 'completed'].includes(phase);
    case 'active':
      return hadMembers;
    case 'completed':
      return ['completed', 'failed', 'cancelled'].includes(phase);
  }
}

/** The error for a watcher that waits in vain. */
export function refusalBy({ outcome, standing: { phase, reason } }: Word, awaited: Awaited): WireError {
  const what = 'members' in awaited ? `had ${awaited.members} members at a time` : `was ${awaited.phase}`;
  const message =
    outcome === 'too-many'
      ? `${MAX_WATCHERS} workflows wait for this conference already, and no more may: let one of them tell the others.`
      : phase === 'terminated'
        ? 'The conference’s workflow was terminated: nothing follows the conference any more, so nobody can wait for it.'
        : `The conference has ended (${[phase, reason].filter(Boolean).join(', ')}) before it ${what}.`;
  return catapultError('conference-error', message).wire;
}

export function standingOf({ phase, reason, activeMembers, members }: ConferenceState): Standing {
  return present({ phase, reason, activeMembers, hadMembers: Object.keys(members).length > 0 });
}

/** Adds a watcher. One too many is refused by a notification; beyond those that can be notified, watchers ask again by themselves. */
export function addWatcher(state: ConferenceState, id: string, awaited: Awaited, step: Step): void {
  const watchers = (state.watchers ??= []);
  if (watchers.some((one) => one.id === id)) return;
  if (watchers.length < MAX_WATCHERS) return void watchers.push({ id, awaited });
  log(step, `more than ${MAX_WATCHERS} wait for it: one is turned away`);
  if (watchers.length >= MAX_WATCHERS + MAX_REFUSED_WATCHERS) return;
  watchers.push({ id, awaited, word: { outcome: 'too-many', standing: standingOf(state) } });
}

/** Forgets a watcher that has been notified, or waits no more. */
export function removeWatcher(state: ConferenceState, id: string): void {
  if (state.watchers === undefined) return;
  state.watchers = state.watchers.filter((one) => one.id !== id);
  if (state.watchers.length === 0) delete state.watchers;
}

/** Sees whether something has come that is waited for; also in the midst of a step, after which it may be gone again. */
export function noteForWatchers(state: ConferenceState): void {
  if (state.watchers === undefined) return;
  const standing = standingOf(state);
  for (const watcher of state.watchers) {
    const outcome = watcher.word === undefined ? outcomeOf(watcher.awaited, standing) : undefined;
    if (outcome !== undefined) watcher.word = { outcome, standing };
  }
}

/** Notifies the watchers that have an outcome; called after every step. */
export function notifyWatchers(state: ConferenceState, step: Step): void {
  noteForWatchers(state);
  for (const watcher of state.watchers ?? []) {
    if (watcher.word === undefined || watcher.isBeingNotified) continue;
    watcher.isBeingNotified = true;
    step.effects.push({ type: 'notify-watcher', id: watcher.id, word: watcher.word });
  }
}

/** The watchers whose notification was under way when a run ended: the next run notifies them, perhaps again. */
export function toNotifyAgain({ watchers = [] }: ConferenceState): { id: string; word: Word }[] {
  return watchers.flatMap(({ id, word, isBeingNotified: isBeingNotified }: Watcher) =>
    word !== undefined && isBeingNotified ? [{ id, word }] : [],
  );
}
