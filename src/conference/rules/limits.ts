import { present } from '../../catapult/present.ts';
import { instantOf } from '../../catapult/resources.ts';
import { FIRST_ATTEMPT_MS } from '../budget.ts';
import { submitChange } from '../facts/change-queue.ts';
import { remindersAfter, noteTimes, after, emptyDeadlines, maxDurationOf } from '../facts/timing.ts';
import { readUrgently } from '../facts/watch.ts';
import { accept } from '../outbox/lanes.ts';
import { conferenceEvent } from '../outbox/own-events.ts';
import { CUSTOMER_DEADLINES, setDeadline, type CustomerDeadline } from '../state/deadlines.ts';
import { log, type Step } from '../state/effects.ts';
import { isClosed, type ConferenceState } from '../state/state.ts';
import { endConference } from './ending.ts';
import { decideOverdueParticipants, nextDialAt } from './participants.ts';

/*
 * Time: when a conference begins, who is reminded before, and what ends it by itself. All of it are deadlines of the one
 * alarm; what came due while no worker ran is done at once, in the order in which it was due.
 */

/** A new conference is created on the platform now, by its workflow or the gateway that has started it, or when its time has come: seen from when it was asked for. */
export function openConference(state: ConferenceState, step: Step): void {
  const { startAt } = state.settings;
  if (state.creation === 'lent') return void (state.deadlines['first-attempt'] = state.startedAt + FIRST_ATTEMPT_MS);
  if (startAt === undefined || instantOf(startAt) <= state.startedAt) return void step.effects.push({ type: 'create' });
  state.phase = 'scheduled';
  state.timing.scheduled = true;
  state.creation = 'over';
  state.timing.reminders = remindersAfter(state, state.startedAt);
  log(step, `the conference is scheduled for ${startAt}`);
}

/** Sets the deadlines of time anew; called after every step. */
export function setLimits(state: ConferenceState, step: Step): void {
  noteTimes(state, step);
  const due = deadlinesFrom(state);
  for (const name of CUSTOMER_DEADLINES) setDeadline(state, name, due[name]);
}

function deadlinesFrom(state: ConferenceState): Partial<Record<CustomerDeadline, number>> {
  const { settings, timing, phase } = state;
  if (isClosed(state) || phase === 'ending') return {};
  if (phase === 'scheduled') {
    const start = instantOf(settings.startAt);
    const [next] = timing.reminders;
    return present({ start, reminder: next === undefined ? undefined : start - next * 1_000 });
  }
  const end = after(timing.firstJoinAt, maxDurationOf(state));
  const warning = timing.warned || settings.maxDurationWarning === undefined ? undefined : settings.maxDurationWarning;
  return present({
    ...(timing.inQuestion === undefined && emptyDeadlines(state)),
    participants: nextDialAt(state),
    'max-duration-warning': end === undefined || warning === undefined ? undefined : end - warning * 1_000,
    'max-duration': end,
  });
}

/** What is done when each of them has come. */
export const onCustomerDeadline: Record<CustomerDeadline, (state: ConferenceState, step: Step) => void> = {
  start: (state, step) => {
    state.phase = 'creating';
    state.creation = 'running';
    state.startedAt = step.now;
    // Whoever asked has long been answered.
    state.creationAwaited = false;
    log(step, 'the start time has come');
    step.effects.push({ type: 'create' });
  },
  reminder: (state, step) => {
    const [before, ...others] = state.timing.reminders;
    state.timing.reminders = others;
    const fields = { status: 'reminder', startAt: state.settings.startAt, before: before ?? 0 };
    accept(state, conferenceEvent(step, fields), step, { source: 'convoke' });
    // The next one may have come too, and before the start.
    setLimits(state, step);
  },
  participants: decideOverdueParticipants,
  'no-show': (state, step) => questionEnd(state, 'no-show', step),
  alone: (state, step) => questionEnd(state, 'alone', step),
  'max-duration': (state, step) => endConference(state, 'max-duration', step),
  'max-duration-warning': (state, step) => {
    state.timing.warned = true;
    const left = Math.round(((deadlinesFrom(state)['max-duration'] ?? step.now) - step.now) / 1_000);
    if (left <= 0) return;
    const sentence = `This conference ends in ${inWords(left)}.`;
    submitChange(state, { change: { kind: 'audio', audio: { sentence } } }, step);
  },
};

/** A join that was never reported must not end a conference: the platform is asked first, and its answer decides. */
function questionEnd(state: ConferenceState, reason: 'no-show' | 'alone', step: Step): void {
  // One that has lasted long enough ends in any case.
  if ((deadlinesFrom(state)['max-duration'] ?? Infinity) <= step.now) return endConference(state, reason, step);
  state.timing.inQuestion = emptyDeadlines(state)[reason] ?? step.now;
  readUrgently(state, `it is to end (${reason}), unless somebody has come`, step);
}

/** The platform has been asked, or could not be in time: who is still taken for absent is. What came up since is asked anew. */
export function decideQuestionedEnd(state: ConferenceState, step: Step): void {
  const { inQuestion: asked } = state.timing;
  if (asked === undefined) return;
  delete state.timing.inQuestion;
  noteTimes(state, step);
  for (const reason of ['no-show', 'alone'] as const)
    if (emptyDeadlines(state)[reason] === asked) endConference(state, reason, step);
}

function inWords(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  const [count, unit] = seconds < 120 && seconds % 60 !== 0 ? [seconds, 'second'] : [minutes, 'minute'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
