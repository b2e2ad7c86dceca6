import { claimKey } from './facts/answers.ts';
import { submitChange } from './facts/change-queue.ts';
import { requestReading, keepWatch } from './facts/watch.ts';
import { deadLetterWithoutTarget, redeliver } from './outbox/lanes.ts';
import { settleDelivery } from './outbox/outbox.ts';
import { takeBatch } from './rules/callbacks.ts';
import { advanceChanges, settleChange } from './rules/changes.ts';
import { awaitLateCreated, noteCreationFailed, adoptOrComplete } from './rules/creating.ts';
import { completeWithoutEvent, endConference, failCreation, notePlatformCompleted } from './rules/ending.ts';
import { decideQuestionedEnd, setLimits, onCustomerDeadline, openConference } from './rules/limits.ts';
import { dialParticipants } from './rules/participants.ts';
import { applyReading } from './rules/reconciling.ts';
import { deadlinesOf, type DeadlineName } from './state/deadlines.ts';
import type { Context, Effect, Step } from './state/effects.ts';
import type { Input } from './state/inputs.ts';
import type { ConferenceState } from './state/state.ts';

/*
 * The rules of a conference's life: (state, input) → state and effects, on plain data. What follows what, what is a
 * repetition, which deadline is next and why a conference ended is decided here and in the files it calls: creating, events,
 * changes, reconciling, schedule, ending. run.ts only does it.
 */

/**
 * Takes one input: changes the state in place and returns what is to be done. In place, since a conference may hold thousands
 * of events: a step costs what it changes, and nothing for what is remembered. Depends on its arguments alone.
 */
export function reduce(state: ConferenceState, input: Input, context: Context): Effect[] {
  const step: Step = { ...context, effects: [] };
  dispatch(state, input, step);
  return step.effects;
}

function dispatch(state: ConferenceState, input: Input, step: Step): void {
  switch (input.type) {
    case 'opened':
      openConference(state, step);
      break;
    case 'creation-awaited':
      state.creationAwaited = true;
      return;
    case 'callbacks':
      takeBatch(state, input.batch, step);
      break;
    case 'creation-succeeded':
      state.creation = 'over';
      state.attempts[input.attemptId] ??= input.platformId;
      adoptOrComplete(state, input.platformId, `answered attempt ${input.attemptId}`, step);
      break;
    case 'creation-failed':
      noteCreationFailed(state, input, step);
      break;
    case 'creation-stopped':
      state.creation = 'over';
      awaitLateCreated(state, step);
      break;
    case 'platform-completed':
      notePlatformCompleted(state, input.platformId, step);
      break;
    case 'change':
      submitChange(state, input, step);
      break;
    case 'change-settled':
      settleChange(state, input.id, input.outcome, step);
      break;
    case 'cancel':
      endConference(state, 'cancelled', step);
      break;
    case 'delivery-settled':
      settleDelivery(state.outbox, input.lane, input.result, step);
      return deadLetterWithoutTarget(state, input.lane, step);
    case 'redeliver':
      if (claimKey(state, input.key)) for (const record of input.records) redeliver(state, record, step);
      return;
    case 'reconcile':
      requestReading(state, input.why);
      break;
    case 'platform-read':
      applyReading(state, input.reading, step);
      decideQuestionedEnd(state, step);
      break;
    case 'clock':
      meetDeadlines(state, step);
  }
  dialParticipants(state, step);
  advanceChanges(state, step);
  keepWatch(state, step);
  setLimits(state, step);
}

/** Those of the watch are looked at after every step. */
const onDue: Partial<Record<DeadlineName, (state: ConferenceState, step: Step) => void>> = {
  'late-created': failCreation,
  'late-completed': completeWithoutEvent,
  'late-hangups': () => undefined,
  ...onCustomerDeadline,
};

/** The alarm rang: every deadline that has passed is acted on, earliest first; what follows one may have passed too. */
function meetDeadlines(state: ConferenceState, step: Step): void {
  for (;;) {
    const [name] = deadlinesOf(state.deadlines).find(([due, at]) => onDue[due] !== undefined && at <= step.now) ?? [];
    if (name === undefined) return;
    delete state.deadlines[name];
    onDue[name]?.(state, step);
  }
}
