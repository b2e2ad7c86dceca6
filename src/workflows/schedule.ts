import { conferencePath } from '../catapult/paths.ts';
import { instantOf } from '../catapult/resources.ts';
import { ask } from './changes.ts';
import { end } from './ending.ts';
import { nextCallAt, participantsDue } from './invited.ts';
import { accept } from './lanes.ts';
import { askNow } from './reconciling.ts';
import { isClosed, log, type ConferenceState, type DeadlineName, type Step } from './state.ts';

/*
 * Time: when a conference begins, who is reminded before, and what ends it by itself. All of it are deadlines of the one
 * alarm; what came due while no worker ran is done at once, in the order in which it was due.
 */

/** A new conference is created on the platform now, or when its time has come: seen from when it was asked for. */
export function open(state: ConferenceState, step: Step): void {
  const { startAt } = state.settings;
  if (startAt === undefined || instantOf(startAt) <= state.startedAt) return void step.effects.push({ type: 'create' });
  state.phase = 'scheduled';
  state.timing.scheduled = true;
  state.creation = 'over';
  state.timing.reminders = remindersAfter(state, state.startedAt);
  log(step, `is scheduled for ${startAt}`);
}

/** The time of a scheduled conference has been changed: what it is reminded of begins anew. */
export function moved(state: ConferenceState, step: Step): void {
  if (state.phase !== 'scheduled') return;
  state.timing.reminders = remindersAfter(state, step.now);
  log(step, `is scheduled for ${state.settings.startAt ?? ''} now`);
}

/** Sets the deadlines of time anew; called after every step. */
export function keepTime(state: ConferenceState, step: Step): void {
  note(state, step);
  const due = deadlinesFrom(state);
  for (const name of TIMED) {
    const at = due[name];
    if (at === undefined) delete state.deadlines[name];
    else if (state.deadlines[name] !== at) state.deadlines[name] = at;
  }
}

/** The deadlines that a customer has asked for. */
export const TIMED = [
  ...(['start', 'reminder', 'participants', 'no-show', 'alone'] as const),
  ...(['max-duration-warning', 'max-duration'] as const),
] as const;
type Timed = (typeof TIMED)[number];

/** Remembers since when it is what limits go by: from when it was so, which may be long before it was told. */
function note(state: ConferenceState, step: Step): void {
  const { timing, activeMembers, settings } = state;
  // Nobody's comings and goings are looked at where no limit goes by them.
  if ((settings.noShowTimeout ?? settings.aloneTimeout ?? settings.maxDuration) === undefined) return;
  if (state.platformId !== undefined) timing.openedAt ??= step.now;
  const stays = staysOf(state, step.now);
  const joins = stays.map(({ from }) => from);
  if (joins.length > 0) timing.firstJoinAt = Math.min(timing.firstJoinAt ?? step.now, ...joins);
  if (!timing.wereTwo && doOverlap(stays)) timing.wereTwo = true;
  const moves = stays.flatMap(({ from, to = from }) => [from, to]);
  if (activeMembers === 1 && timing.wereTwo) timing.aloneSince ??= Math.max(...moves);
}

interface Stay {
  from: number;
  /** Undefined while the member is there. */
  to?: number;
}

/** When each member came and left, by our clock. */
function staysOf({ members, createdTime, startedAt }: ConferenceState, now: number): Stay[] {
  // The platform cannot have made the conference before it was asked to: its clock is behind by that, and whole seconds.
  const created = instantOf(createdTime) || startedAt;
  const behind = Math.max(0, Math.floor(startedAt / 1_000) * 1_000 - created);
  const ours = (time: string | undefined) => Math.max(startedAt, Math.min(now, (instantOf(time) || now) + behind));
  return Object.values(members).map(({ state, addedTime, removedTime }) => ({
    from: ours(addedTime),
    ...(state === 'completed' ? { to: ours(removedTime) } : {}),
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
function emptyBy({ settings, timing }: ConferenceState): { 'no-show': number | undefined; alone: number | undefined } {
  return {
    'no-show': timing.firstJoinAt === undefined ? after(timing.openedAt, settings.noShowTimeout) : undefined,
    alone: after(timing.aloneSince, settings.aloneTimeout),
  };
}

function after(since: number | undefined, seconds: number | undefined): number | undefined {
  return since === undefined || seconds === undefined ? undefined : since + seconds * 1_000;
}

function deadlinesFrom(state: ConferenceState): Partial<Record<Timed, number>> {
  const { settings, timing, phase } = state;
  if (isClosed(state) || phase === 'ending') return {};
  if (phase === 'scheduled') {
    const start = instantOf(settings.startAt);
    const [next] = timing.reminders;
    return { start, ...(next === undefined ? {} : { reminder: start - next * 1_000 }) };
  }
  const end = after(timing.firstJoinAt, settings.maxDuration);
  const warning = timing.warned || settings.maxDurationWarning === undefined ? undefined : settings.maxDurationWarning;
  return given({
    ...(timing.inQuestion === undefined ? emptyBy(state) : {}),
    participants: nextCallAt(state),
    'max-duration-warning': end === undefined || warning === undefined ? undefined : end - warning * 1_000,
    'max-duration': end,
  });
}

/** What is done when each of them has come. */
export const onTime: Record<Timed, (state: ConferenceState, step: Step) => void> = {
  start: (state, step) => {
    state.phase = 'creating';
    state.creation = 'running';
    state.startedAt = step.now;
    // Whoever asked has long been answered.
    state.asked = false;
    log(step, 'its time has come');
    step.effects.push({ type: 'create' });
  },
  reminder: (state, step) => {
    const [before, ...others] = state.timing.reminders;
    state.timing.reminders = others;
    remind(state, before ?? 0, step);
    // The next one may have come too, and before the start.
    keepTime(state, step);
  },
  participants: participantsDue,
  'no-show': (state, step) => inQuestion(state, 'no-show', step),
  alone: (state, step) => inQuestion(state, 'alone', step),
  'max-duration': (state, step) => end(state, 'max-duration', step),
  'max-duration-warning': (state, step) => {
    state.timing.warned = true;
    const left = Math.round(((deadlinesFrom(state)['max-duration'] ?? step.now) - step.now) / 1_000);
    if (left <= 0) return;
    const sentence = `This conference ends in ${inWords(left)}.`;
    ask(state, { change: { kind: 'audio', audio: { sentence } } }, step);
  },
};

/** A join that was never told must not end a conference: the platform is asked first, and its answer decides. */
function inQuestion(state: ConferenceState, reason: 'no-show' | 'alone', step: Step): void {
  // One that has lasted long enough ends in any case.
  if ((deadlinesFrom(state)['max-duration'] ?? Infinity) <= step.now) return end(state, reason, step);
  state.timing.inQuestion = emptyBy(state)[reason] ?? step.now;
  askNow(state, `it is to end (${reason}), unless somebody has come`, step);
}

/** The platform has been asked, or could not be in time: who is still taken for absent is. What came up since is asked anew. */
export function decide(state: ConferenceState, step: Step): void {
  const { inQuestion: asked } = state.timing;
  if (asked === undefined) return;
  delete state.timing.inQuestion;
  note(state, step);
  for (const reason of ['no-show', 'alone'] as const) if (emptyBy(state)[reason] === asked) end(state, reason, step);
}

function remind({ settings, ...state }: ConferenceState, before: number, step: Step): void {
  const { userId, conferenceId } = step;
  const event = {
    eventType: 'conference',
    conferenceId,
    conferenceUri: conferencePath(userId, conferenceId),
    status: 'reminder',
    startAt: settings.startAt,
    before,
  };
  accept({ settings, ...state }, event, step, { source: 'convoke' });
}

/** The reminders that are still to come (seconds before the start), the first one first. */
function remindersAfter({ settings }: ConferenceState, now: number): number[] {
  const start = instantOf(settings.startAt);
  const before = [...new Set((settings.reminders ?? []).map((reminder) => reminder.before))];
  return before.filter((seconds) => start - seconds * 1_000 > now).sort((a, b) => b - a);
}

function inWords(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  const [count, unit] = seconds < 120 && seconds % 60 !== 0 ? [seconds, 'second'] : [minutes, 'minute'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

function given(deadlines: Record<string, number | undefined>): Partial<Record<DeadlineName, number>> {
  return Object.fromEntries(Object.entries(deadlines).filter(([, at]) => at !== undefined));
}
