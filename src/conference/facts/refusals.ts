import { catapultError, type WireError } from '../../catapult/errors.ts';
import { keptOnUpdate, platformUpdateFields } from '../../catapult/field-uses.ts';
import { outsideText } from '../../catapult/outside-text.ts';
import type { UpdateConferenceRequest } from '../../catapult/requests.ts';
import { MAX_SHOWN_ID_CHARACTERS, MAX_OPEN_CHANGES, MAX_OPEN_CHANGES_CHARACTERS, CLOCKS_DIFFER_MS } from '../budget.ts';
import { leaseOf } from '../outbox/lease.ts';
import type { Requester, Change, ChangeAnswer, OpenChange } from '../state/changes.ts';
import type { Step } from '../state/effects.ts';
import { hasEnded, type ConferenceState } from '../state/state.ts';
import { memberOf } from './members.ts';

/* Which changes are refused without asking the platform, and in which words. */

type Asked = Pick<OpenChange, 'change' | 'requesters'>;

/** What a conference that is over answers: 403 `conference-error`, unless it, or one of its members, is only ended once more. */
export function refusalWhenOver(change: Change): WireError | undefined {
  if (endsOnly(change)) return undefined;
  return catapultError('conference-error', 'The conference is completed: it cannot be changed any more.').wire;
}

/** Why a change is not possible now; undefined if it is. */
export function refusalOf(state: ConferenceState, change: Change): WireError | undefined {
  if ('memberId' in change) {
    const member = memberOf(state, change.memberId);
    if (member === undefined) return isWithHolder(state) ? undefined : unknownMember(change.memberId);
    if (endsOnly(change) && (hasEnded(state) || state.platformId !== undefined)) return undefined;
    if (member.state === 'completed') return refused(`Member ${member.id} has left the conference.`);
  }
  if (hasEnded(state)) return refusalWhenOver(change);
  const isScheduled = state.phase === 'scheduled';
  if (change.kind === 'conference' && change.fields.startAt !== undefined && !isScheduled)
    return refused('The conference has begun: its startAt cannot be changed any more.');
  if (change.kind === 'conference' && !asksPlatform(change.fields)) return undefined;
  if (isScheduled)
    return refused(
      `The conference is scheduled for ${state.settings.startAt ?? 'later'}: until then it can be moved or ended only.`,
    );
  if (state.phase === 'ending')
    return refused('The conference is being ended: only its callback fields can be changed.');
  if (state.platformId !== undefined || isBeingMade(state)) return undefined;
  const message = 'The platform does not have the conference yet: try again in a moment.';
  return catapultError('gateway-unavailable', message).wire;
}

/** Whether a gateway may have delivered events that it has not reported yet: then a change of an unknown member waits for its report. */
function isWithHolder(state: ConferenceState): boolean {
  const lease = leaseOf(state);
  return lease !== undefined && lease.returning !== 'closing';
}

/** Whether the gateway that has started the conference may have created it, and answered so, before the conference hears of that. */
function isBeingMade(state: ConferenceState): boolean {
  return state.creation === 'lent' && isWithHolder(state);
}

/** Whether a change waits until the lease is back, or its holder judges no more: it concerns where events go, somebody whom only he may know, or a conference that he creates. */
export function waitsForHolder(state: ConferenceState, change: Change): boolean {
  const isOfUnknown = 'memberId' in change && memberOf(state, change.memberId) === undefined;
  const needsPlatform = isBeingMade(state) && !endsConference(change);
  return isWithHolder(state) && (changesAddresses(change) || isOfUnknown || needsPlatform);
}

/** Whether a change concerns where events go, or how they read there. */
export function changesAddresses(change: Change): boolean {
  return change.kind === 'conference' && Object.keys(keptOnUpdate(change.fields)).length > 0;
}

/** Why a change that is asked for is not even to wait for its turn. */
export function refusalAtOnce(
  state: ConferenceState,
  asked: Asked & { characters: number },
  step: Step,
): WireError | undefined {
  const error = refusalInTurn(state, asked, step);
  if (error !== undefined || endsConference(asked.change)) return error;
  const { open } = state.changes;
  const characters = open.reduce((sum, other) => sum + other.characters, asked.characters);
  return open.length >= MAX_OPEN_CHANGES || characters > MAX_OPEN_CHANGES_CHARACTERS ? tooMany() : undefined;
}

/** The answer to a change of which nothing has been begun. */
export function notBegun(error: WireError): ChangeAnswer {
  return { outcome: 'refused', error, isUndone: true };
}

/** Why a change is not to be begun now. */
export function refusalInTurn(state: ConferenceState, asked: Asked, step: Step): WireError | undefined {
  return isLate(asked, step) ? tooLate() : refusalOf(state, asked.change);
}

/** Whether nobody waits any more; an end is to come all the same, and what the conference itself asks for has its own time. */
function isLate({ change, requesters }: Asked, { now }: Step): boolean {
  return !endsConference(change) && beginBy(requesters) <= now;
}

/** When a change that is asked for is to be begun at the latest, by Temporal's clock: afterwards nobody would hear of it. */
export function beginBy(requesters: readonly Requester[]): number {
  return requesters.length === 0 ? Infinity : Math.max(...requesters.map(({ until }) => until)) - CLOCKS_DIFFER_MS;
}

export function endsConference(change: Change): boolean {
  return change.kind === 'conference' && change.fields.state === 'completed';
}

function tooMany(): WireError {
  const message = 'Too many changes are under way, so this one has not been done: try again in a moment.';
  return catapultError('gateway-unavailable', message).wire;
}

function tooLate(): WireError {
  const message =
    'It came too late to be answered in time, so it has not been done: try again in a moment. ' +
    'Should this go on, the clocks of the gateway and of Temporal differ.';
  return catapultError('gateway-unavailable', message).wire;
}

/** 404 for a member that the conference has never had. */
export function unknownMember(memberId: string): WireError {
  return catapultError(
    'conference-member-not-found',
    `There is no member ${outsideText(memberId, MAX_SHOWN_ID_CHARACTERS)} in this conference.`,
  ).wire;
}

/** Whether nothing but the end is asked for, or nothing at all; an end that has come is no error. */
function endsOnly(change: Change): boolean {
  if (change.kind !== 'conference' && change.kind !== 'member') return false;
  const { state: _state, ...others } = change.fields;
  return Object.values(others).every((value) => value === undefined);
}

function asksPlatform(fields: UpdateConferenceRequest): boolean {
  return fields.state === undefined && Object.keys(platformUpdateFields(fields)).length > 0;
}

function refused(message: string): WireError {
  return catapultError('conference-error', message).wire;
}
