import { isFirst } from './facts/answers.ts';
import { ask } from './facts/change-queue.ts';
import { askFor, keepWatch } from './facts/watch.ts';
import { buryWhereNowhere, deliverAgain } from './outbox/lanes.ts';
import { settle } from './outbox/outbox.ts';
import { takeBatch } from './rules/callbacks.ts';
import { proceed, settled } from './rules/changes.ts';
import { awaitLateCreated, creationFailed, meet } from './rules/creating.ts';
import { completedUnseen, end, giveUp, platformCompleted } from './rules/ending.ts';
import { decide, keepTime, onTime, open } from './rules/limits.ts';
import { callParticipants } from './rules/participants.ts';
import { takeReading } from './rules/reconciling.ts';
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
export function advance(state: ConferenceState, input: Input, context: Context): Effect[] {
  const step: Step = { ...context, effects: [] };
  apply(state, input, step);
  return step.effects;
}

function apply(state: ConferenceState, input: Input, step: Step): void {
  switch (input.type) {
    case 'opened':
      open(state, step);
      break;
    case 'asked':
      state.asked = true;
      return;
    case 'callbacks':
      takeBatch(state, input.batch, step);
      break;
    case 'creation-succeeded':
      state.creation = 'over';
      state.attempts[input.attemptId] ??= input.platformId;
      meet(state, input.platformId, `answered attempt ${input.attemptId}`, step);
      break;
    case 'creation-failed':
      creationFailed(state, input, step);
      break;
    case 'creation-stopped':
      state.creation = 'over';
      awaitLateCreated(state, step);
      break;
    case 'platform-completed':
      platformCompleted(state, input.platformId, step);
      break;
    case 'change':
      ask(state, input, step);
      break;
    case 'change-settled':
      settled(state, input.id, input.outcome, step);
      break;
    case 'cancel':
      end(state, 'cancelled', step);
      break;
    case 'settled':
      settle(state.outbox, input.lane, input.result, step);
      return buryWhereNowhere(state, input.lane, step);
    case 'redeliver':
      if (isFirst(state, input.key)) for (const record of input.records) deliverAgain(state, record, step);
      return;
    case 'reconcile':
      askFor(state, input.why);
      break;
    case 'platform-read':
      takeReading(state, input.reading, step);
      decide(state, step);
      break;
    case 'clock':
      ring(state, step);
  }
  callParticipants(state, step);
  proceed(state, step);
  keepWatch(state, step);
  keepTime(state, step);
}

/** Those of the watch are looked at after every step. */
const onDue: Partial<Record<DeadlineName, (state: ConferenceState, step: Step) => void>> = {
  'late-created': giveUp,
  'late-completed': completedUnseen,
  'late-hangups': () => undefined,
  ...onTime,
};

/** The alarm rang: every deadline that has passed is acted on, earliest first; what follows one may have passed too. */
function ring(state: ConferenceState, step: Step): void {
  for (;;) {
    const [name] = deadlinesOf(state.deadlines).find(([due, at]) => onDue[due] !== undefined && at <= step.now) ?? [];
    if (name === undefined) return;
    delete state.deadlines[name];
    onDue[name]?.(state, step);
  }
}
