import { eventName, isEnd, isKnownType, saidBy, type CallbackEvent } from '../../catapult/events.ts';
import { wireTime } from '../../catapult/resources.ts';
import { MAX_OPENINGS } from '../budget.ts';
import { applyCallEvent } from '../facts/calls.ts';
import { classify } from '../facts/dedupe.ts';
import { applyMemberEvent } from '../facts/members.ts';
import { noteCountedMembers } from '../facts/watch.ts';
import { accept, deadLetterWithoutTarget } from '../outbox/lanes.ts';
import { endLease } from '../outbox/lease.ts';
import { settleDelivery } from '../outbox/outbox.ts';
import { log, type Step } from '../state/effects.ts';
import { recordOf } from '../state/event-log.ts';
import { isDialId, sequenceOf } from '../state/ids.ts';
import type { CallbackBatch, Receipt } from '../state/inputs.ts';
import { isClosed, type ConferenceState } from '../state/state.ts';
import { confirmByEvent } from './changes.ts';
import { adoptOrComplete, noteFirstAttempt } from './creating.ts';
import { close } from './ending.ts';

/* What comes in from the platform: what is ours, what is a repetition, and what an event says about the conference. */

/** Takes a batch of arrivals; one that was sent again is known by its opening and sequences. With it comes what its gateway did under a lease. */
export function takeBatch(state: ConferenceState, batch: CallbackBatch, step: Step): void {
  const { opening, receipts, outcomes = [], firstAttempt } = batch;
  // What it has made is adopted before its events are judged; but they may show what the platform's answer has not.
  if (firstAttempt?.outcome === 'created') noteFirstAttempt(state, firstAttempt, step);
  if (isHoldersLast(state, batch)) endLease(state);
  for (const receipt of receipts) {
    if (receipt.sequence <= (state.highestSequences[opening] ?? 0)) continue;
    delete state.highestSequences[opening];
    state.highestSequences[opening] = receipt.sequence;
    takeEvent(state, receipt, step);
  }
  const [oldest, ...others] = Object.keys(state.highestSequences);
  if (oldest !== undefined && others.length >= MAX_OPENINGS) delete state.highestSequences[oldest];
  for (const { id, lane, result } of outcomes) {
    if (!isOfEvent(state, id, step)) continue;
    settleDelivery(state.outbox, lane, result, step);
    deadLetterWithoutTarget(state, lane, step);
  }
  noteGivenBack(state, batch);
  if (firstAttempt !== undefined && firstAttempt.outcome !== 'created') noteFirstAttempt(state, firstAttempt, step);
}

/** Whether an event with this id is on record: its number may have been given to another one, after a Reset say. */
function isOfEvent({ outbox }: ConferenceState, id: string, { conferenceId }: Step): boolean {
  return recordOf(outbox.log, sequenceOf(id, conferenceId) ?? 0)?.id === id;
}

/** Whether this shows that the lease is over: its holder has died and is followed by another opening, or judges no more. */
function isHoldersLast(
  { leases, highestSequences }: ConferenceState,
  { opening, follows = [], receipts }: CallbackBatch,
): boolean {
  if (leases?.lease === undefined) return false;
  if (leases.lease.opening !== opening) return follows.includes(leases.lease.opening);
  // A batch of the time before the lease may come again.
  const known = highestSequences[opening] ?? 0;
  return receipts.some(({ sequence, lent }) => sequence > known && lent?.epoch !== leases.epoch);
}

function noteGivenBack(state: ConferenceState, { opening, returned, returning }: CallbackBatch): void {
  const { leases } = state;
  if (leases?.lease?.opening !== opening) return;
  if (returned === leases.epoch) endLease(state);
  else if (returning === leases.epoch) leases.lease.returning = 'closing';
}

function takeEvent(state: ConferenceState, receipt: Receipt, step: Step): void {
  const event = saidBy(receipt.event);
  const dialId = isDialId(receipt.attemptId) ? receipt.attemptId : undefined;
  if (
    dialId === undefined
      ? !admitAttemptEvent(state, receipt.attemptId, event, step)
      : !admitCallEvent(state, dialId, event, step)
  )
    return;
  const verdict = classify(state.dedupe, { ...receipt, event, digest: digestOf(receipt) });
  if (verdict === 'repeated') return log(step, `${eventName(event)} came again (${receipt.channel}): dropped`);
  if (!isKnownType(event)) log(step, `${eventName(event)} has a type that Convoke does not know: passed on`);
  state.watch.heardAt = step.now;
  state.watch.uneventfulReadings = 0;
  delete state.watch.missing;
  if (verdict === 'new') applyEvent(state, event, dialId, step);
  noteCountedMembers(state, event);
  // Passed on as it came.
  accept(state, receipt.event, step, { dialId, lent: receipt.lent, trace: receipt.trace });
}

/** Two calls may say the same; two create attempts are of one conference. */
export function digestOf({ digest, attemptId }: Pick<Receipt, 'digest' | 'attemptId'>): string {
  return isDialId(attemptId) ? `${attemptId} ${digest}` : digest;
}

/** A call's URL speaks for that call only, as long as we know it. */
function admitCallEvent(state: ConferenceState, dialId: string, event: CallbackEvent, step: Step): boolean {
  if (state.calls[dialId] !== undefined && !isOfConference(event)) return true;
  log(step, `${eventName(event)} came on the URL of a call that is not known, or is not that call's: dropped`);
  return false;
}

export function isOfConference({ eventType }: CallbackEvent): boolean {
  return eventType === 'conference' || eventType === 'conference-member';
}

/** Whether an event on a create attempt's URL is the adopted conference's; another one that turns up is completed. */
function admitAttemptEvent(state: ConferenceState, attemptId: string, event: CallbackEvent, step: Step): boolean {
  if (!matchesAttempt(state, attemptId, event)) {
    log(step, `${eventName(event)} came on the URL of an attempt that made another conference: dropped`);
    return false;
  }
  if (event.conferenceId === undefined) return true;
  const decided = state.platformId !== undefined || isClosed(state);
  // An orphan that is complete already needs no completing; but the first one seen is ours, even if its end comes first.
  if (!isEnd(event) || !decided)
    adoptOrComplete(state, event.conferenceId, `shown by its ${eventName(event)} event`, step);
  return event.conferenceId === state.platformId;
}

/**
 * A callback URL speaks for one conference: the first that its attempt shows, by answer or event. An event that names none
 * counts if the attempt's is the adopted one.
 */
function matchesAttempt(state: ConferenceState, attemptId: string, event: CallbackEvent): boolean {
  if (event.conferenceId === undefined)
    return (state.createAttempts[attemptId] ?? state.platformId) === state.platformId;
  return (state.createAttempts[attemptId] ??= event.conferenceId) === event.conferenceId;
}

/** What an accepted event says about the conference. */
export function applyEvent(state: ConferenceState, event: CallbackEvent, dialId: string | undefined, step: Step): void {
  confirmByEvent(state, event, dialId, step);
  const call = dialId === undefined ? undefined : state.calls[dialId];
  if (call !== undefined) return applyCallEvent(state, call, event, step);
  if (isClosed(state)) return;
  if (event.eventType === 'conference' && event.createdTime !== undefined) state.createdTime = event.createdTime;
  if (event.eventType === 'conference-member') applyMemberEvent(state, event, step);
  if (isEnd(event)) {
    state.completedTime = event.completedTime ?? state.completedTime ?? wireTime(step.now);
    const hadMembers = Object.keys(state.members).length > 0;
    close(state, 'completed', state.endRequested ?? (hadMembers ? 'last-member-left' : 'ended-via-api'), step);
  }
}
