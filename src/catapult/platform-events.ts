import type { CallbackEvent } from './events.ts';
import { callPath, conferencePath, memberPath } from './paths.ts';
import type { Member } from './resources.ts';

/* The events that a platform sends ("Callback events"), each with its fields. */

/** Whose things they are, and the address that their URIs begin with: the one that the creator used. */
export interface Owner {
  userId: string;
  baseUrl: string;
}

type EventContext = { time: string; tag: string | undefined };

/** A conference begins or ends. */
export function statusEvent(
  { userId, baseUrl }: Owner,
  conference: {
    id: string;
    createdTime?: string | undefined;
    completedTime?: string | undefined;
    tag?: string | undefined;
  },
  status: 'created' | 'completed',
): CallbackEvent {
  const { id, createdTime, completedTime, tag } = conference;
  const conferenceUri = baseUrl + conferencePath(userId, id);
  return { eventType: 'conference', conferenceId: id, conferenceUri, status, createdTime, completedTime, tag };
}

/** A member joins, leaves, or is muted or held. */
export function memberEvent(
  { userId, baseUrl }: Owner,
  conferenceId: string,
  { id, callId, state, hold, mute }: Member,
  { activeMembers, time, tag }: EventContext & { activeMembers: number },
): CallbackEvent {
  return {
    ...{ eventType: 'conference-member', conferenceId, activeMembers, callId, memberId: id },
    ...{ memberUri: baseUrl + memberPath(userId, conferenceId, id), state, hold, mute, time, tag },
  };
}

/** Something begins or ends to play, to all or to one. Which one is not documented; we say it. */
export function audioEvent(
  { userId, baseUrl }: Owner,
  { conferenceId, memberId }: { conferenceId: string; memberId?: string | undefined },
  { kind, status, time, tag }: EventContext & { kind: AudioKind; status: 'started' | 'done' },
): CallbackEvent {
  const memberUri = memberId === undefined ? undefined : baseUrl + memberPath(userId, conferenceId, memberId);
  const conferenceUri = baseUrl + conferencePath(userId, conferenceId);
  return { eventType: `conference-${kind}`, conferenceId, conferenceUri, memberId, memberUri, status, time, tag };
}

/** A file, or a sentence. */
export type AudioKind = 'playback' | 'speak';

/** A key was pressed on a member's phone. */
export function digitEvent(
  { userId, baseUrl }: Owner,
  callId: string,
  { dtmfDigit, time, tag }: EventContext & { dtmfDigit: string },
): CallbackEvent {
  return { eventType: 'dtmf', callId, callUri: baseUrl + callPath(userId, callId), dtmfDigit, time, tag };
}

/** What happens to a dialled call. */
export function callEvent(
  { userId, baseUrl }: Owner,
  { id, from, to }: { id: string; from: string; to: string },
  {
    eventType,
    cause,
    time,
    tag,
  }: EventContext & { eventType: 'answer' | 'hangup' | 'timeout'; cause?: string | undefined },
): CallbackEvent {
  return { eventType, callId: id, callUri: baseUrl + callPath(userId, id), from, to, cause, time, tag };
}
