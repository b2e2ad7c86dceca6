import type { Member } from '../../catapult/resources.ts';
import { FEWEST_WHERE_FORGOTTEN } from '../budget.ts';
import { memberKey } from '../state/ids.ts';
import { isClosed, type ConferenceState } from '../state/state.ts';

/* What in a conference's state is missing or contradicts itself, so that only the platform knows how it is. */

/** Why the platform must be asked, in words; undefined if all that is known fits together. */
export function reasonToReconcile(state: ConferenceState): string | undefined {
  const { watch, dedupe, platformId, phase } = state;
  // Of a conference that is being ended, the last events are on their way.
  if (platformId === undefined || watch.done || phase === 'ending') return undefined;
  if (!isClosed(state)) {
    if (watch.requested !== undefined) return watch.requested;
    if (watch.missing) return 'the platform did not know the conference';
    if (watch.unreadable) return 'it could not be asked before';
    const said = watch.lastCount?.said ?? state.activeMembers;
    if (said !== state.activeMembers) return `an event counts ${said} members, and ${state.activeMembers} are known`;
  }
  if (watch.highestCount !== undefined) {
    const known = Object.keys(state.members).length;
    if (watch.highestCount > known && known < FEWEST_WHERE_FORGOTTEN)
      return `an event counted ${watch.highestCount} members, and ${known} have been heard of`;
  }
  if (isClosed(state) && hasUnseenCall(state)) return 'of a call that was answered no member has been heard';
  if (!dedupe.statuses.includes('created')) return 'its "created" event has not come';
  for (const key of watch.unsettled ?? Object.keys(state.members)) {
    const member = state.members[key];
    const missing = member && missingOf(state, member);
    if (missing !== undefined) return `${missing} of ${member?.id} has not been reported`;
  }
  return undefined;
}

/** Of whom join and leave were reported, nothing can be missing any more: so each step looks at those alone who are there. */
export function forgetSettled({ watch, members, dedupe }: ConferenceState): void {
  const isSettled = (key: string) => {
    const { joined, state } = dedupe.members[key] ?? {};
    return members[key] === undefined || (joined === true && state === 'completed');
  };
  watch.unsettled = (watch.unsettled ?? Object.keys(members)).filter((key) => !isSettled(key));
}

/** Whether a call was answered and no event has reported its member: it may have come and gone. */
function hasUnseenCall({ calls, members }: ConferenceState): boolean {
  const seen = new Set(Object.values(members).map(({ callId }) => callId));
  return Object.values(calls).some(({ answered, callId }) => answered === true && !seen.has(callId));
}

/** Which event of a member is due: we know of the change, or are not sure, and no event has reported it. */
function missingOf({ dedupe }: ConferenceState, member: Member): string | undefined {
  const reported = dedupe.members[memberKey(member.id)];
  // One whose memory had to make room was reported long ago.
  if (reported === undefined && Object.keys(dedupe.members).length >= FEWEST_WHERE_FORGOTTEN) return undefined;
  if (reported?.joined !== true) return 'the join';
  if (reported.state === 'completed') return undefined;
  if (member.state === 'completed') return 'the leave';
  if (reported.unsure === true) return 'which mute or hold is the last';
  const differs = (flag: boolean, text: string) => text !== '' && text !== String(flag);
  return differs(member.mute, reported.mute) || differs(member.hold, reported.hold) ? 'the mute or hold' : undefined;
}
