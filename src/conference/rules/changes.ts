import { catapultError, type WireError } from '../../catapult/errors.ts';
import type { CallbackEvent } from '../../catapult/events.ts';
import { keptOnUpdate, platformUpdateFields } from '../../catapult/field-uses.ts';
import { present } from '../../catapult/present.ts';
import {
  CONFIRMED_WITHIN_MS,
  CHANGE_ANSWERED_WITHIN_MS,
  AUDIO_CONFIRMED_WITHIN_MS,
  ENDED_WITHIN_MS,
} from '../budget.ts';
import { keepAnswer, reply } from '../facts/answers.ts';
import { openCall, noteUndialledCall } from '../facts/calls.ts';
import { isNext } from '../facts/change-queue.ts';
import { confirmedBy } from '../facts/confirmations.ts';
import { addMember, changeMember, memberOf } from '../facts/members.ts';
import { endsConference, notBegun, refusalInTurn, waitsForHolder } from '../facts/refusals.ts';
import { rescheduleReminders } from '../facts/timing.ts';
import { tryAtOnce } from '../outbox/outbox.ts';
import { changeName, type Change, type ChangeAnswer, type ChangeOutcome, type OpenChange } from '../state/changes.ts';
import { log, type Step } from '../state/effects.ts';
import { memberKey } from '../state/ids.ts';
import { assignGiven } from '../state/plain-data.ts';
import { hasEnded, type ConferenceState } from '../state/state.ts';
import { endConference } from './ending.ts';
import { noteUndialledParticipant, isCallOfParticipant } from './participants.ts';

/*
 * Changes on their way: each is done on the platform through an activity, one after the other where they concern the same
 * thing, and answered to whoever asked. What is done once only is known again by its Idempotency-Key.
 */

/** Starts what may start and answers what can be answered; called after every step. */
export function advanceChanges(state: ConferenceState, step: Step): void {
  for (const open of [...state.changes.open]) {
    if (open.status === 'waiting' && isNext(state, open) && !waitsForHolder(state, open.change))
      startChange(state, open, step);
    else if (open.status === 'ending' && hasEnded(state)) answer(state, open, { outcome: 'done' }, step);
    else if (open.answerBy !== undefined && open.answerBy <= step.now) expire(state, open, step);
  }
}

/** The platform call behind a change has ended. */
export function settleChange(state: ConferenceState, id: number, outcome: ChangeOutcome, step: Step): void {
  const open = state.changes.open.find((change) => change.id === id);
  if (open === undefined) return;
  if (outcome.outcome === 'done') {
    expectConfirmation(state, open, step);
    const call = open.confirmation?.of === 'call' ? state.calls[open.confirmation.dialId] : undefined;
    if (call !== undefined && outcome.id !== undefined) call.callId ??= outcome.id;
    return succeed(state, open, outcome, step);
  }
  if (outcome.outcome === 'lost') {
    if (open.confirmed !== undefined) return succeed(state, open, open.confirmed, step);
    open.status = 'lost';
    open.answerBy = Math.min(step.now + CONFIRMED_WITHIN_MS, open.acceptedAt + CHANGE_ANSWERED_WITHIN_MS);
    return;
  }
  if (isRemovalOfOneThatLeft(state, open.change)) return succeed(state, open, {}, step);
  // Whatever the platform says: a call that sends events was dialled.
  if (open.change.kind === 'dial' && open.confirmed !== undefined) return succeed(state, open, open.confirmed, step);
  if (outcome.error.code === 'conference-not-found') state.watch.missing = true;
  if (open.confirmation?.of === 'call') {
    const isCertain = outcome.error.status < 500 || outcome.isUndone === true;
    // Whether a participant's call was made is shown by its events, or by the time that passes without any.
    if (isCertain || !isCallOfParticipant(state, open.confirmation.dialId))
      noteUndialledCall(state, open.confirmation.dialId, isCertain, step);
    if (isCertain) noteUndialledParticipant(state, open.confirmation.dialId, outcome, step);
  }
  answer(state, open, { ...outcome, error: withOurIds(state, outcome.error, step) }, step);
}

/** An event may be the confirmation of a change whose answer is not there yet, or was lost. */
export function confirmByEvent(
  state: ConferenceState,
  event: CallbackEvent,
  dialId: string | undefined,
  step: Step,
): void {
  if (takeDueConfirmation(state, event, step)) return;
  const isKnownMember = event.memberId !== undefined && memberOf(state, event.memberId) !== undefined;
  for (const pending of [...state.changes.open, ...state.changes.keptAnswers]) {
    if (pending.confirmation === undefined || (pending.confirmation.of === 'member' && isKnownMember)) continue;
    const confirmed = confirmedBy(pending.confirmation, event, dialId);
    if (confirmed === undefined) continue;
    if ('answer' in pending) pending.answer = { outcome: 'done', ...confirmed };
    else if (pending.status === 'lost') succeed(state, pending, confirmed, step);
    else if (pending.status === 'running') pending.confirmed = confirmed;
    else continue;
    delete pending.confirmation;
    return;
  }
}

/** The events of audio hold little: those of the next audio must not be mistaken for those of this one. */
function expectConfirmation(
  { changes }: ConferenceState,
  { confirmation, confirmed }: OpenChange,
  { now }: Step,
): void {
  if (confirmation?.of !== 'audio' || confirmed !== undefined) return;
  changes.dueConfirmations = [
    ...changes.dueConfirmations.filter(({ until }) => until > now),
    { confirmation, until: now + AUDIO_CONFIRMED_WITHIN_MS },
  ];
}

function takeDueConfirmation({ changes }: ConferenceState, event: CallbackEvent, { now }: Step): boolean {
  const index = changes.dueConfirmations.findIndex(
    ({ confirmation, until }) => until > now && confirmedBy(confirmation, event, undefined) !== undefined,
  );
  if (index >= 0) changes.dueConfirmations.splice(index, 1);
  return index >= 0;
}

function startChange(state: ConferenceState, open: OpenChange, step: Step): void {
  const { change, confirmation } = open;
  // What came before it, or the wait itself, may have changed what is possible.
  const error = refusalInTurn(state, open, step);
  if (error !== undefined) return answer(state, open, notBegun(error), step);
  if (endsConference(change)) {
    applyChange(state, change, undefined, step);
    endConference(state, 'ended-via-api', step);
    if (hasEnded(state)) return answer(state, open, { outcome: 'done' }, step);
    open.status = 'ending';
    open.answerBy = step.now + ENDED_WITHIN_MS;
    return;
  }
  if (!needsPlatform(change) || isRemovalOfOneThatLeft(state, change)) return succeed(state, open, {}, step);
  if (change.kind === 'dial' && confirmation?.of === 'call') openCall(state, confirmation.dialId, change.call, step);
  open.status = 'running';
  delete open.answerBy;
  step.effects.push({ type: 'run-change', id: open.id });
}

/** Nobody can be kept waiting any longer. */
function expire(state: ConferenceState, open: OpenChange, step: Step): void {
  if (open.status === 'ending') return answer(state, open, { outcome: 'pending' }, step);
  if (open.status === 'lost') return answer(state, open, { outcome: 'unknown' }, step);
  const message = 'Earlier changes are still under way, so this one has not been done: try again in a moment.';
  answer(state, open, notBegun(catapultError('gateway-unavailable', message).wire), step);
}

function succeed(state: ConferenceState, open: OpenChange, { id }: { id?: string }, step: Step): void {
  applyChange(state, open.change, id, step);
  answer(state, open, present({ outcome: 'done' as const, id }), step);
}

/** What a change that has been done means for what we know. */
function applyChange(state: ConferenceState, change: Change, id: string | undefined, step: Step): void {
  if (change.kind === 'add-member' && id !== undefined) addMember(state, id, change.member, step);
  if (change.kind === 'member') {
    state.watch.reading?.changedMembers.push(memberKey(change.memberId));
    changeMember(state, change.memberId, change.fields, step);
  }
  if (change.kind !== 'conference') return;
  if (change.fields.state === undefined) assignGiven(state, platformUpdateFields(change.fields));
  const settings = keptOnUpdate(change.fields);
  assignGiven(state.settings, settings);
  if (change.fields.tag !== undefined && state.indexed !== undefined) state.indexed = change.indexed ?? {};
  if (settings.startAt !== undefined) rescheduleReminders(state, step);
  if (settings.callbackUrl === undefined && settings.fallbackUrl === undefined) return;
  tryAtOnce(state.outbox);
  step.effects.push({ type: 'restart-delivery' });
}

/** A change leaves with its answer. */
function answer(
  state: ConferenceState,
  { id, change, requesters, key, confirmation }: OpenChange,
  given: ChangeAnswer,
  step: Step,
): void {
  const { changes } = state;
  changes.open = changes.open.filter((open) => open.id !== id);
  if (key !== undefined) keepAnswer(state, key, confirmation, given);
  const result = given.outcome === 'refused' ? `${given.error.status} ${given.error.code}` : given.outcome;
  log(step, `${changeName(change)}: ${result}`);
  reply(state, requesters, given, step);
}

/** Whether the platform has to do something; callback fields and tag are our own matter. */
function needsPlatform(change: Change): boolean {
  if (change.kind === 'conference') return Object.keys(platformUpdateFields(change.fields)).length > 0;
  if (change.kind === 'member') return Object.values(change.fields).some((value) => value !== undefined);
  return true;
}

function isRemovalOfOneThatLeft(state: ConferenceState, change: Change): boolean {
  if (change.kind !== 'member' || change.fields.state !== 'completed') return false;
  return memberOf(state, change.memberId)?.state === 'completed';
}

/** The platform speaks of its own conference; the caller knows ours. */
function withOurIds({ platformId }: ConferenceState, error: WireError, { conferenceId }: Step): WireError {
  if (platformId === undefined) return error;
  const details = error.details?.map(({ name, value }) => ({
    name,
    value: value.replaceAll(platformId, conferenceId),
  }));
  return { ...error, message: error.message.replaceAll(platformId, conferenceId), ...present({ details }) };
}
