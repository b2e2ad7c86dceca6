import { present } from '../../catapult/present.ts';
import { instantOf, instantOr } from '../../catapult/resources.ts';
import { log, type Step } from '../state/effects.ts';
import type { ConferenceState } from '../state/state.ts';

/* Since when a conference is what its limits (rules/limits.ts) go by: open, joined, alone. */

/** The time of a scheduled conference has been changed: what it is reminded of begins anew. */
export function rescheduleReminders(state: ConferenceState, step: Step): void {
  if (state.phase !== 'scheduled') return;
  state.timing.reminders = remindersAfter(state, step.now);
  log(step, `the conference is now scheduled for ${state.settings.startAt ?? ''}`);
}

/** Remembers since when the conference is in the state that limits go by: from when it was so, which may be long before it was reported. */
export function noteTimes(state: ConferenceState, step: Step): void {
  const { timing, activeMembers, settings } = state;
  // Nobody's comings and goings are looked at where no limit goes by them.
  if ((settings.noShowTimeout ?? settings.aloneTimeout ?? maxDurationOf(state)) === undefined) return;
  if (state.platformId !== undefined) timing.openedAt ??= step.now;
  const stays = staysOf(state, step.now);
  const joins = stays.map(({ from }) => from);
  if (joins.length > 0) timing.firstJoinAt = Math.min(timing.firstJoinAt ?? step.now, ...joins);
  if (!timing.wereTwo && doOverlap(stays)) timing.wereTwo = true;
  const moves = stays.flatMap(({ from, to = from }) => [from, to]);
  if (activeMembers === 1 && timing.wereTwo) timing.aloneSince ??= Math.max(...moves);
}

/** How long it lasts at most, from its first member on (seconds). */
export function maxDurationOf({ settings, defaultMaxDuration }: ConferenceState): number | undefined {
  return settings.maxDuration ?? defaultMaxDuration;
}

interface Stay {
  from: number;
  /** Undefined while the member is there. */
  to?: number;
}

/** When each member came and left, by our clock. */
function staysOf({ members, createdTime, startedAt }: ConferenceState, now: number): Stay[] {
  // The platform cannot have made the conference before it was asked to: its clock is behind by that, and whole seconds.
  const created = instantOr(createdTime, startedAt);
  const behind = Math.max(0, Math.floor(startedAt / 1_000) * 1_000 - created);
  const ours = (time: string | undefined) => Math.max(startedAt, Math.min(now, instantOr(time, now) + behind));
  return Object.values(members).map(({ state, addedTime, removedTime }) => ({
    from: ours(addedTime),
    ...present({ to: state === 'completed' ? ours(removedTime) : undefined }),
  }));
}

/** Whether two of them were there at one time. In order, each is compared with the latest leave of all before it. */
function doOverlap(stays: Stay[]): boolean {
  const inOrder = stays.map(({ from, to = Infinity }) => ({ from, to })).sort((a, b) => a.from - b.from || a.to - b.to);
  let lastLeave = -Infinity;
  return inOrder.some(({ from, to }) => {
    if (from < lastLeave) return true;
    lastLeave = Math.max(lastLeave, to);
    return false;
  });
}

/** When it ends because nobody has come, or one is left alone, as far as is known. */
export function emptyDeadlines({ settings, timing }: ConferenceState): {
  'no-show': number | undefined;
  alone: number | undefined;
} {
  return {
    'no-show': timing.firstJoinAt === undefined ? after(timing.openedAt, settings.noShowTimeout) : undefined,
    alone: after(timing.aloneSince, settings.aloneTimeout),
  };
}

export function after(since: number | undefined, seconds: number | undefined): number | undefined {
  return since === undefined || seconds === undefined ? undefined : since + seconds * 1_000;
}

/** The reminders that are still to come (seconds before the start), the first one first. */
export function remindersAfter({ settings }: ConferenceState, now: number): number[] {
  const start = instantOf(settings.startAt);
  const before = [...new Set((settings.reminders ?? []).map((reminder) => reminder.before))];
  return before.filter((seconds) => start - seconds * 1_000 > now).sort((a, b) => b - a);
}
