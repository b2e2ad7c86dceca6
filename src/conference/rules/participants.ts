import type { WireError } from '../../catapult/errors.ts';
import { callOf, memberSettingsOf } from '../../catapult/field-uses.ts';
import {
  CALLBACK_TIMEOUT_MS,
  DIAL_PAUSE_MS,
  MAX_DIAL_PAUSE_MS,
  CALL_EVENTS_WITHIN_MS,
  MAX_RETRY_AFTER_MS,
} from '../budget.ts';
import { causeInOurWords } from '../facts/calls.ts';
import { submitChange } from '../facts/change-queue.ts';
import { requestReading } from '../facts/watch.ts';
import { jitter } from '../outbox/back-off.ts';
import { accept } from '../outbox/lanes.ts';
import { participantEvent } from '../outbox/own-events.ts';
import { log, type Step } from '../state/effects.ts';
import { dialIdOf } from '../state/ids.ts';
import type { Call, ConferenceState, Participant } from '../state/state.ts';

/*
 * Participants: who is dialled when the conference opens, and dialled again. Each call goes the way of any other dial-out: it
 * is sent once, and its own events show what became of it.
 */

/** Looks at what became of the calls, and dials who has not been dialled; called after every step. */
export function dialParticipants(state: ConferenceState, step: Step): void {
  for (const participant of state.participants) trackParticipant(state, participant, step);
  if (state.phase !== 'created' && state.phase !== 'active') return;
  for (const participant of state.participants) {
    if (participant.status === 'waiting' && participant.dueAt === undefined) dial(state, participant, step);
  }
}

/** A participant's time has come: it is dialled again if it is to be; and a call without any event is given up, now that all events that came are known. */
export function decideOverdueParticipants(state: ConferenceState, step: Step): void {
  for (const participant of state.participants) {
    const { status, dueAt = Infinity } = participant;
    if (dueAt > step.now) continue;
    if (status === 'waiting') delete participant.dueAt;
    else if (status === 'dialing' && !isAnswered(state, participant))
      noteFailed(state, participant, 'outcome-unknown', step);
  }
}

/** When somebody is to be dialled, or given up; undefined if nobody is. */
export function nextDialAt({ participants, phase }: ConferenceState): number | undefined {
  if (phase !== 'created' && phase !== 'active') return undefined;
  const times = participants.flatMap(({ status, dueAt }) => (isOpen(status) && dueAt !== undefined ? [dueAt] : []));
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Whether a call is one of a participant's. */
export function isCallOfParticipant({ participants }: ConferenceState, dialId: string): boolean {
  return participants.some((participant) => participant.dialId === dialId);
}

/** The platform has certainly not dialled: it refused for now, or for good, or was not reached. */
export function noteUndialledParticipant(
  state: ConferenceState,
  dialId: string,
  { error, retryAt = 0, isUndone = false }: { error: WireError; retryAt?: number; isUndone?: boolean },
  step: Step,
): void {
  const participant = state.participants.find((one) => one.dialId === dialId);
  if (participant?.status !== 'dialing') return;
  const isForNow = error.code === 'call-rate-limit' || error.status === 429 || isUndone;
  if (!isForNow) return noteFailed(state, participant, error.code, step, { isFinal: true });
  // It is too much now, the platform is away, or no worker was free. This is waited out, and no attempt.
  const pause = Math.min(DIAL_PAUSE_MS * 2 ** participant.refusals, MAX_DIAL_PAUSE_MS);
  // What differs stands first: chance hardly differs where only the last letter does.
  const chance = jitter(`${dialId} ${step.conferenceId}`);
  participant.attempts -= 1;
  participant.refusals += 1;
  participant.reason = error.code;
  delete participant.dialId;
  participant.status = 'waiting';
  const putOff = Math.min(Math.max(retryAt, step.now), step.now + MAX_RETRY_AFTER_MS);
  participant.dueAt = putOff + Math.round(pause * (0.5 + chance));
}

/** The conference is over: who has not come will not. */
export function failRemainingParticipants(state: ConferenceState, step: Step): void {
  for (const participant of state.participants) {
    trackParticipant(state, participant, step);
    if (isOpen(participant.status)) noteFailed(state, participant, 'conference-ended', step, { isFinal: true });
  }
}

function isOpen(status: Participant['status']): boolean {
  return status === 'waiting' || status === 'dialing';
}

function dial(state: ConferenceState, participant: Participant, step: Step): void {
  const call = callOf(participant.request);
  const id = state.changes.nextId;
  const how = { callbackHttpMethod: 'POST', callbackTimeout: CALLBACK_TIMEOUT_MS } as const;
  submitChange(state, { change: { kind: 'dial', call: { from: state.settings.from, ...call, ...how } } }, step);
  if (state.changes.nextId === id) return;
  participant.attempts += 1;
  participant.status = 'dialing';
  participant.dialId = dialIdOf(step, id);
  delete participant.callId;
  participant.dueAt = step.now + call.callTimeout * 1_000 + CALL_EVENTS_WITHIN_MS;
}

/** What the events of a participant's call, and of the conference, say about the participant. */
function trackParticipant(state: ConferenceState, participant: Participant, step: Step): void {
  const { dialId, status } = participant;
  const call = dialId === undefined ? undefined : state.calls[dialId];
  if (call?.callId !== undefined) participant.callId = call.callId;
  const member = Object.values(state.members).find(
    ({ callId }) => callId !== undefined && callId === participant.callId,
  );
  // One whose call was given up may have joined all the same.
  const mayCome = status === 'dialing' || (status === 'waiting' && dialId !== undefined);
  if (mayCome && member !== undefined) noteJoined(state, participant, member.id, step);
  else if (mayCome && call?.answered) noteAnswered(state, participant, step);
  else if (status === 'dialing' && call?.ended) noteFailed(state, participant, reasonOf(call), step);
  if (participant.status === 'joined' && member?.state === 'completed') participant.status = 'left';
}

function isAnswered({ calls }: ConferenceState, { dialId }: Participant): boolean {
  return dialId !== undefined && calls[dialId]?.answered === true;
}

/** Its member event shows which member it is, and may come a moment after the call's own; if it does not come, the platform is asked. */
function noteAnswered(state: ConferenceState, participant: Participant, step: Step): void {
  participant.status = 'dialing';
  const { dueAt, request } = participant;
  if (dueAt !== undefined && dueAt > step.now) return;
  delete participant.dueAt;
  if (dueAt !== undefined) return requestReading(state, `${request.to} answered, and no member has been heard of`);
  const isAsked = state.watch.requested === undefined && state.watch.reading === undefined && !state.watch.unreadable;
  if (isAsked) noteFailed(state, participant, 'outcome-unknown', step, { isFinal: true });
}

function noteJoined(state: ConferenceState, participant: Participant, memberId: string, step: Step): void {
  participant.status = 'joined';
  participant.memberId = memberId;
  delete participant.dueAt;
  const wanted = Object.entries(memberSettingsOf(participant.request)).filter(([, value]) => value);
  if (wanted.length > 0)
    submitChange(state, { change: { kind: 'member', memberId, fields: Object.fromEntries(wanted) } }, step);
  emitParticipantEvent(state, participant, step);
}

function noteFailed(
  state: ConferenceState,
  participant: Participant,
  reason: string,
  step: Step,
  { isFinal = false } = {},
): void {
  const { attempts, request } = participant;
  participant.reason = reason;
  participant.refusals = 0;
  if (reason !== 'outcome-unknown') delete participant.dialId;
  if (!isFinal && attempts < request.maxAttempts) {
    participant.status = 'waiting';
    participant.dueAt = step.now + request.retryInterval * 1_000;
    return log(step, `${request.to} did not join (${reason}): dialled again in ${request.retryInterval} s`);
  }
  participant.status = 'failed';
  delete participant.dueAt;
  emitParticipantEvent(state, participant, step);
}

/** Emits an event for each participant that has joined, and for each that has failed. */
function emitParticipantEvent(state: ConferenceState, participant: Participant, step: Step): void {
  accept(state, participantEvent(step, participant), step, { source: 'convoke' });
}

function reasonOf({ cause = 'no-answer' }: Call): string {
  return causeInOurWords(cause) ?? cause;
}
