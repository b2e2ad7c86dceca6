import { claimKey } from './facts/answers.ts';
import { submitChange } from './facts/change-queue.ts';
import { requestReading, keepWatch } from './facts/watch.ts';
import { addWatcher, removeWatcher, notifyWatchers } from './facts/watchers.ts';
import { accept, deadLetterWithoutTarget, redeliver } from './outbox/lanes.ts';
import { expireLease, postpone, nextPostponed, wantLease } from './outbox/lease.ts';
import { settleDelivery } from './outbox/outbox.ts';
import { takeBatch } from './rules/callbacks.ts';
import { advanceChanges, settleChange } from './rules/changes.ts';
import { noteCreationFailed, noteCreationStopped, noteCreationSucceeded } from './rules/creating.ts';
import { completeWithoutEvent, endConference, failCreation, notePlatformCompleted } from './rules/ending.ts';
import { keepLease, grantLease, noteRecalled, waitsForLease } from './rules/leases.ts';
import { decideQuestionedEnd, setLimits, onCustomerDeadline, openConference } from './rules/limits.ts';
import { dialParticipants } from './rules/participants.ts';
import { applyReading } from './rules/reconciling.ts';
import { deadlinesOf, type DeadlineName } from './state/deadlines.ts';
import { measure, type Context, type Effect, type Step } from './state/effects.ts';
import type { Input } from './state/inputs.ts';
import type { Postponed } from './state/lease-state.ts';
import type { ConferenceState } from './state/state.ts';

/*
 * The rules of a conference's life, on plain data: (state, input) → state and effects. Each input goes to its rule in rules/; src/workflows/run.ts
 * does what the effects say, and nothing else.
 */

type Follow = (state: ConferenceState, step: Step) => void;

/**
 * Takes one input: changes the state in place, and returns what is to be done.
 *
 * It depends on its arguments alone: the time, the ids and chance come with the context. So a history that is replayed makes the same effects,
 * and thousands of random ones can be tried without a server. In place, since a conference may hold thousands of events: a step
 * costs what it changes, and nothing for what is remembered. Whoever awaits something must not read the state afterwards as if it were as
 * before: other inputs have been taken meanwhile.
 */
export function reduce(state: ConferenceState, input: Input, context: Context): Effect[] {
  const step: Step = { ...context, effects: [] };
  take(state, input, step);
  for (let postponed = nextPostponed(state); postponed !== undefined; postponed = nextPostponed(state))
    takePostponed(state, postponed, step);
  if (!INPUTS_WITHOUT_CONSEQUENCES.has(input.type)) for (const follow of AFTER_EACH_STEP) follow(state, step);
  return step.effects;
}

/**
 * What may follow from any input, and is done after each. In this order: what became of a participant's call may ask for a change (to dial
 * again, to mute); a change that begins may end the conference, or dial; only then is it known what is missing and whether the platform is to be
 * asked; the limits are set by all of that; and all of it may number an event, so the lease comes after it. Who waits for the conference is told
 * last, of all that has come of it.
 */
const AFTER_EACH_STEP: readonly Follow[] = [
  dialParticipants,
  advanceChanges,
  keepWatch,
  setLimits,
  keepLease,
  notifyWatchers,
];

/**
 * Inputs after which nothing of that can follow: they say who waits for an answer, or concern the outbox alone, and none of the above reads
 * that but `keepLease`. For it, an outbox that fills or empties changes no reason to recall the lease, only the deadline by which the lease is
 * waited for, and that is set with the next input. Deliveries are the most frequent of all inputs, so their steps are to cost nothing more.
 */
const INPUTS_WITHOUT_CONSEQUENCES: ReadonlySet<Input['type']> = new Set([
  'creation-awaited',
  'delivery-settled',
  'redeliver',
]);

function takePostponed(state: ConferenceState, postponed: Postponed, step: Step): void {
  if ('input' in postponed) return take(state, postponed.input, step);
  if ('isEnd' in postponed) return completeWithoutEvent(state, step);
  const { event, ...about } = postponed;
  accept(state, event, step, about);
}

function take(state: ConferenceState, input: Input, step: Step): void {
  if (waitsForLease(state, input)) return postpone(state, { input });
  switch (input.type) {
    case 'opened':
      return openConference(state, step);
    case 'creation-awaited':
      state.creationAwaited = true;
      return;
    case 'callbacks':
      return takeBatch(state, input.batch, step);
    case 'creation-succeeded':
      return noteCreationSucceeded(state, input, step);
    case 'creation-failed':
      return noteCreationFailed(state, input, step);
    case 'creation-stopped':
      return noteCreationStopped(state, step);
    case 'platform-completed':
      return notePlatformCompleted(state, input.platformId, step);
    case 'change':
      return submitChange(state, input, step);
    case 'change-settled':
      return settleChange(state, input.id, input.outcome, step);
    case 'cancel':
      return endConference(state, 'cancelled', step);
    case 'delivery-settled':
      settleDelivery(state.outbox, input.lane, input.result, step);
      return deadLetterWithoutTarget(state, input.lane, step);
    case 'redeliver':
      if (claimKey(state, input.key)) for (const record of input.records) redeliver(state, record, step);
      return;
    case 'reconcile':
      return requestReading(state, input.why);
    case 'platform-read':
      applyReading(state, input.reading, step);
      return decideQuestionedEnd(state, step);
    case 'lease-asked':
      return grantLease(state, input.ask, step);
    case 'lease-wanted':
      return wantLease(state, input.why);
    case 'lease-recalled':
      return noteRecalled(state, input.epoch, input.isBack, step);
    case 'watch':
      return addWatcher(state, input.id, input.awaited, step);
    case 'unwatch':
    case 'watcher-notified':
      return removeWatcher(state, input.id);
    case 'clock':
      return meetDeadlines(state, step);
  }
}

/** What is done when a deadline has come; those of the watch are looked at after each step. */
const onDeadline: Partial<Record<DeadlineName, Follow>> = {
  'late-created': failCreation,
  'late-completed': completeWithoutEvent,
  'late-hangups': () => undefined,
  'first-attempt': (state) => wantLease(state, 'nothing is known of the attempt to create the conference'),
  lease: expireLease,
  ...onCustomerDeadline,
};

/** Every deadline that has passed is acted on, the earliest first; what follows from one may have passed too. */
function meetDeadlines(state: ConferenceState, step: Step): void {
  for (;;) {
    const isDue = ([name, at]: [DeadlineName, number]) => onDeadline[name] !== undefined && at <= step.now;
    const [name, at = step.now] = deadlinesOf(state.deadlines).find(isDue) ?? [];
    if (name === undefined) return;
    delete state.deadlines[name];
    measure(step, { of: 'timer', timer: name, seconds: (step.now - at) / 1_000 });
    onDeadline[name]?.(state, step);
  }
}
