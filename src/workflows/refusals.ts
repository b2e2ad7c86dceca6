import { catapultError, type WireError } from '../catapult/errors.ts';
import { outsideText } from '../catapult/outside-text.ts';
import type { Change } from './change.ts';
import { memberOf } from './participants.ts';
import { hasEnded, type ConferenceState } from './state.ts';

/* Which changes are refused without asking the platform, and in which words. */

/** What a conference that is over answers: 403 `conference-error`, unless it, or one of its members, is only ended once more. */
export function refusalWhenOver(change: Change): WireError | undefined {
  if (endsOnly(change)) return undefined;
  return catapultError('conference-error', 'The conference is completed: it cannot be changed any more.').wire;
}

/** Why a change is not possible now; undefined if it is. */
export function refusalOf(state: ConferenceState, change: Change): WireError | undefined {
  if ('memberId' in change) {
    const member = memberOf(state, change.memberId);
    if (member === undefined) return unknownMember(change.memberId);
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
  if (state.platformId !== undefined) return undefined;
  const message = 'The platform does not have the conference yet: try again in a moment.';
  return catapultError('gateway-unavailable', message).wire;
}

/** 404 for a member that the conference has never had. */
export function unknownMember(memberId: string): WireError {
  return catapultError(
    'conference-member-not-found',
    `There is no member ${outsideText(memberId, 100)} in this conference.`,
  ).wire;
}

/** Whether nothing but the end is asked for, or nothing at all; an end that has come is no error. */
function endsOnly(change: Change): boolean {
  if (change.kind !== 'conference' && change.kind !== 'member') return false;
  const { state: _state, ...others } = change.fields;
  return Object.values(others).every((value) => value === undefined);
}

function asksPlatform({ state, hold, mute }: { state?: unknown; hold?: unknown; mute?: unknown }): boolean {
  return state === undefined && (hold !== undefined || mute !== undefined);
}

function refused(message: string): WireError {
  return catapultError('conference-error', message).wire;
}
