import type { CallbackEvent } from '../../catapult/events.ts';
import type { AddMemberRequest, UpdateMemberRequest } from '../../catapult/requests.ts';
import { instantOf, wireTime, type Member } from '../../catapult/resources.ts';
import type { Step } from '../state/effects.ts';
import { memberKey } from '../state/ids.ts';
import { assignGiven } from '../state/plain-data.ts';
import { hasEnded, type ConferenceState } from '../state/state.ts';
import { forgetOldest } from './dedupe.ts';
import { noteForWatchers } from './watchers.ts';

/*
 * Who is in the conference: from what the platform answers and from its events, whichever comes first.
 */

export function memberOf(state: ConferenceState, memberId: string): Member | undefined {
  return state.members[memberKey(memberId)];
}

/** The platform has taken a call as a member. */
export function addMember(
  state: ConferenceState,
  id: string,
  { callId, ...wanted }: AddMemberRequest,
  step: Step,
): void {
  const { mute, hold, joinTone, leavingTone } = wanted;
  // An event that came before the answer has mute and hold as they are now.
  const isNews = memberOf(state, id) === undefined;
  const member = getOrAddMember(state, id, wireTime(step.now));
  setCallId(state, member, callId);
  assignGiven(member, isNews ? { mute, hold, joinTone, leavingTone } : { joinTone, leavingTone });
  if (hasEnded(state)) markLeft(state, member, wireTime(step.now));
  noteMemberCount(state);
}

/** The platform has changed a member. */
export function changeMember(state: ConferenceState, id: string, fields: UpdateMemberRequest, step: Step): void {
  const member = memberOf(state, id);
  if (member === undefined) return;
  const { state: wanted, ...settings } = fields;
  assignGiven(member, settings);
  if (wanted === 'completed') markLeft(state, member, wireTime(step.now));
  noteMemberCount(state);
}

/** What a `conference-member` event shows. */
export function applyMemberEvent(state: ConferenceState, event: CallbackEvent, step: Step): void {
  if (event.memberId === undefined) return;
  const at = instantOf(event.time);
  const time = wireTime(Number.isNaN(at) ? step.now : at);
  const member = getOrAddMember(state, event.memberId, time);
  if (event.callId !== undefined) setCallId(state, member, event.callId);
  // Who is heard of by its leave has been there, if only for that moment: for those who were alone, somebody came.
  noteMemberCount(state);
  if (event.state === 'completed' || hasEnded(state)) markLeft(state, member, time);
  assignGiven(member, { mute: flagIn(event['mute']), hold: flagIn(event['hold']) });
  noteMemberCount(state);
}

/** The conference is over, so everybody has left it. */
export function markEverybodyLeft(state: ConferenceState, step: Step): void {
  for (const member of Object.values(state.members)) markLeft(state, member, wireTime(step.now));
  noteMemberCount(state);
}

function getOrAddMember(state: ConferenceState, id: string, addedTime: string): Member {
  const key = memberKey(id);
  const { hold, mute } = state;
  const known = state.members[key];
  if (known !== undefined) return known;
  const member: Member = { id, state: 'active', mute, hold, joinTone: false, leavingTone: false, addedTime };
  state.members[key] = member;
  state.watch.unsettled?.push(key);
  state.activeMembers += 1;
  forgetOldestMembers(state);
  return member;
}

function setCallId(state: ConferenceState, member: Member, callId: string): void {
  if (member.callId === callId) return;
  member.callId = callId;
  forgetOldestMembers(state);
}

function forgetOldestMembers(state: ConferenceState): void {
  for (const { state: last } of forgetOldest(state.members)) if (last === 'active') state.activeMembers -= 1;
}

/** Who has left stays so, whatever an older event says. */
function markLeft(state: ConferenceState, member: Member, time: string): void {
  if (member.state === 'active') state.activeMembers -= 1;
  member.state = 'completed';
  member.removedTime ??= time;
}

function noteMemberCount(state: ConferenceState): void {
  if (state.phase === 'created' && state.activeMembers > 0) state.phase = 'active';
  // Many events may come in one step: each counts for who is alone.
  if (state.activeMembers >= 2) state.timing.wereTwo = true;
  if (state.activeMembers !== 1) delete state.timing.aloneSince;
  noteForWatchers(state);
}

/** Platforms write switches as strings too. */
function flagIn(value: unknown): boolean | undefined {
  return value === undefined ? undefined : value === true || value === 'true';
}
