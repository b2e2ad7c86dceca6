import { outsideText } from './outside-text.ts';

/** No id of a platform is longer, in characters. */
const MAX_ID = 300;

/** The paths of the wire. Each begins with `/v1/users/{userId}`. */
export function conferencePath(userId: string, conferenceId: string): string {
  return `${conferencesPath(userId)}/${encodeURIComponent(conferenceId)}`;
}

export function conferencesPath(userId: string): string {
  return `/v1/users/${encodeURIComponent(userId)}/conferences`;
}

export function membersPath(userId: string, conferenceId: string): string {
  return `${conferencePath(userId, conferenceId)}/members`;
}

export function memberPath(userId: string, conferenceId: string, memberId: string): string {
  return `${membersPath(userId, conferenceId)}/${encodeURIComponent(memberId)}`;
}

export function eventsPath(userId: string, conferenceId: string): string {
  return `${conferencePath(userId, conferenceId)}/events`;
}

/** Where to play or speak to one member, or without one to all. */
export function audioPath(userId: string, conferenceId: string, memberId?: string): string {
  const place =
    memberId === undefined ? conferencePath(userId, conferenceId) : memberPath(userId, conferenceId, memberId);
  return `${place}/audio`;
}

export function callsPath(userId: string): string {
  return `/v1/users/${encodeURIComponent(userId)}/calls`;
}

export function callPath(userId: string, callId: string): string {
  return `${callsPath(userId)}/${encodeURIComponent(callId)}`;
}

/** The id at the end of a `Location`, absolute or as a path alone; undefined if there is none. */
export function idFromLocation(location: string | undefined): string | undefined {
  const id = location?.split(/[?#]/)[0]?.replace(/\/+$/, '').split('/').pop();
  // Half of an id is another one's.
  if (id === undefined || id === '' || id.length > MAX_ID) return undefined;
  return outsideText(decoded(id), MAX_ID);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
