import type { CallbackEvent } from '../../catapult/events.ts';
import type { PlatformMember } from '../../catapult/from-platform.ts';
import { conferencePath, memberPath } from '../../catapult/paths.ts';
import { present } from '../../catapult/present.ts';
import type { ConferenceIds } from '../state/ids.ts';
import type { Participant } from '../state/state.ts';

/* The events that we make ourselves: what the platform should have sent, in its shape, and what Catapult has no event for. */

/** A status of the conference. */
export function conferenceEvent(
  { userId, conferenceId }: ConferenceIds,
  fields: {
    status: string;
    createdTime?: string | undefined;
    completedTime?: string | undefined;
    [field: string]: unknown;
  },
): CallbackEvent {
  return { eventType: 'conference', conferenceId, conferenceUri: conferencePath(userId, conferenceId), ...fields };
}

/** A member as the platform shows it. */
export function memberEvent(
  { userId, conferenceId }: ConferenceIds,
  { id, callId, state, mute, hold }: PlatformMember,
  time: string,
): CallbackEvent {
  return {
    ...{ eventType: 'conference-member', conferenceId },
    ...present({ callId }),
    ...{ memberId: id, memberUri: memberPath(userId, conferenceId, id), state },
    ...present({ hold, mute }),
    time,
  };
}

/** Whether somebody has come who was to be dialled: Catapult has no event for it. */
export function participantEvent(
  { conferenceId }: ConferenceIds,
  { request: { to, tag }, status, attempts, reason, memberId }: Participant,
): CallbackEvent {
  return {
    ...{ eventType: 'conference-participant', conferenceId, to },
    ...present({ tag }),
    ...{ status, attempts },
    ...(memberId === undefined ? { reason } : { memberId }),
  };
}
