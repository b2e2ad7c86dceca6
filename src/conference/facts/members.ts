import type { CallbackEvent } from '../../catapult/events.ts';
import { outsideText } from '../../catapult/outside-text.ts';
import type { AddMemberRequest, UpdateMemberRequest } from '../../catapult/requests.ts';
import { instantOf, wireTime, type Member } from '../../catapult/resources.ts';
import type { DialRequest } from '../state/changes.ts';
import { callLane } from '../outbox/lanes.ts';
import { closeLane } from '../outbox/outbox.ts';
import { forgetOldest, memberKey } from './dedupe.ts';
import { hasEnded, type Call, type ConferenceState, type Step } from '../state/state.ts';

/*
 * Who is in the conference, and which calls it has dialled: from what the platform answers and from its events, whichever
 * comes first.
 */

/** Calls remembered that have no events waiting, and what all take at most (bytes of JSON); those that are over go first. */
const MAX_CALLS = 100;
const MAX_CALLS_SIZE = 256 * 1024;

/** Why a call has ended that was answered. */
const HUNG_UP = 'NORMAL_CLEARING';

export function memberOf(state: ConferenceState, memberId: string): Member | undefined {
  return state.members[memberKey(memberId)];
}

/** The platform has taken a call as a member. */
export function memberAdded(
  state: ConferenceState,
  id: string,
  { callId, ...wanted }: AddMemberRequest,
  step: Step,
): void {
  const { mute, hold, joinTone, leavingTone } = wanted;
  // An event that came before the answer tells of mute and hold as they are now.
  const isNews = memberOf(state, id) === undefined;
  const member = knownMember(state, id, wireTime(step.now));
  isCall(state, member, callId);
  assignGiven(member, isNews ? { mute, hold, joinTone, leavingTone } : { joinTone, leavingTone });
  if (hasEnded(state)) memberLeft(state, member, wireTime(step.now));
  noteHowMany(state);
}

/** The platform has changed a member. */
export function memberChanged(state: ConferenceState, id: string, fields: UpdateMemberRequest, step: Step): void {
  const member = memberOf(state, id);
  if (member === undefined) return;
  const { state: wanted, ...settings } = fields;
  assignGiven(member, settings);
  if (wanted === 'completed') memberLeft(state, member, wireTime(step.now));
  noteHowMany(state);
}

/** What a `conference-member` event shows. */
export function memberSeen(state: ConferenceState, event: CallbackEvent, step: Step): void {
  if (event.memberId === undefined) return;
  const at = instantOf(event.time);
  const time = wireTime(Number.isNaN(at) ? step.now : at);
  const member = knownMember(state, event.memberId, time);
  if (event.callId !== undefined) isCall(state, member, event.callId);
  // Who is heard of by its leave has been there, if only for that moment: for those who were alone, somebody came.
  noteHowMany(state);
  if (event.state === 'completed' || hasEnded(state)) memberLeft(state, member, time);
  assignGiven(member, { mute: flagIn(event['mute']), hold: flagIn(event['hold']) });
  noteHowMany(state);
}

/** The conference is over, so everybody has left it. */
export function everybodyLeft(state: ConferenceState, step: Step): void {
  for (const member of Object.values(state.members)) memberLeft(state, member, wireTime(step.now));
  noteHowMany(state);
}

/** A call is about to be dialled. */
export function callOpened(state: ConferenceState, dialId: string, request: DialRequest, step: Step): void {
  const { callbackUrl, fallbackUrl, callbackHttpMethod, callbackTimeout } = request;
  state.calls[dialId] = { isOver: false, callbackHttpMethod, callbackTimeout };
  assignGiven(state.calls[dialId], { callbackUrl, fallbackUrl });
  forgetOldestCalls(state, dialId, step);
}

/** What an event on a call's own callback URL shows. */
export function callSeen(state: ConferenceState, call: Call, { eventType, callId, cause }: CallbackEvent): void {
  if (callId !== undefined) call.callId ??= callId;
  if (eventType === 'answer' || cause === HUNG_UP) call.answered = true;
  if (eventType === 'hangup') call.isOver = true;
  if (eventType === 'hangup' && typeof cause === 'string') call.cause = outsideText(cause, 100);
  expectHangups(state);
}

/** A call was not dialled after all, or only perhaps: then its events would show it. */
export function callRefused(state: ConferenceState, dialId: string, isCertain: boolean, step: Step): void {
  const call = state.calls[dialId];
  if (call === undefined || call.callId !== undefined) return;
  if (isCertain && isQuiet(state, dialId)) forgetCall(state, dialId, step);
  else call.isOver = true;
  expectHangups(state);
}

/** With the last call over, nothing more is due after a conference's end. */
function expectHangups(state: ConferenceState): void {
  if (Object.values(state.calls).every(({ isOver }) => isOver)) delete state.deadlines['late-hangups'];
}

function knownMember(state: ConferenceState, id: string, addedTime: string): Member {
  const key = memberKey(id);
  const { hold, mute } = state;
  const known = state.members[key];
  if (known !== undefined) return known;
  const member: Member = { id, state: 'active', mute, hold, joinTone: false, leavingTone: false, addedTime };
  state.members[key] = member;
  state.activeMembers += 1;
  forgetOldestMembers(state);
  return member;
}

function isCall(state: ConferenceState, member: Member, callId: string): void {
  if (member.callId === callId) return;
  member.callId = callId;
  forgetOldestMembers(state);
}

function forgetOldestMembers(state: ConferenceState): void {
  for (const { state: last } of forgetOldest(state.members)) if (last === 'active') state.activeMembers -= 1;
}

/** Who has left stays so, whatever an older event says. */
function memberLeft(state: ConferenceState, member: Member, time: string): void {
  if (member.state === 'active') state.activeMembers -= 1;
  member.state = 'completed';
  member.removedTime ??= time;
}

function noteHowMany(state: ConferenceState): void {
  if (state.phase === 'created' && state.activeMembers > 0) state.phase = 'active';
  // Many events may come in one step: each counts for who is alone.
  if (state.activeMembers >= 2) state.timing.wereTwo = true;
  if (state.activeMembers !== 1) delete state.timing.aloneSince;
}

function forgetOldestCalls(state: ConferenceState, newest: string, step: Step): void {
  for (;;) {
    const others = Object.keys(state.calls).filter((dialId) => dialId !== newest);
    const quiet = others.filter((dialId) => isQuiet(state, dialId));
    const size = new TextEncoder().encode(JSON.stringify(state.calls)).length;
    if (quiet.length < MAX_CALLS && size <= MAX_CALLS_SIZE) return;
    const candidates = quiet.length > 0 ? quiet : others;
    const oldest = candidates.find((dialId) => state.calls[dialId]?.isOver) ?? candidates[0];
    if (oldest === undefined) return;
    forgetCall(state, oldest, step);
  }
}

function isQuiet(state: ConferenceState, dialId: string): boolean {
  return (state.outbox.lanes[callLane(dialId)]?.waiting.length ?? 0) === 0;
}

function forgetCall(state: ConferenceState, dialId: string, step: Step): void {
  closeLane(state.outbox, callLane(dialId), step);
  delete state.calls[dialId];
}

/** Platforms write switches as strings too. */
function flagIn(value: unknown): boolean | undefined {
  return value === undefined ? undefined : value === true || value === 'true';
}

/** Assigns what is given; `undefined` means that nothing is said about it. */
export function assignGiven<Target extends object>(
  target: Target,
  values: { [Key in keyof Target]?: Target[Key] | undefined },
) {
  Object.assign(target, Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)));
}
