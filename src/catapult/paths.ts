import { outsideText } from './outside-text.ts';

/** No id of a platform is longer, in characters. */
const MAX_ID = 300;

/** Whether a text can be a platform's id. In a path `.` and `..` would name another place, also when they are escaped. */
export function isPlatformId(text: string): boolean {
  return text !== '' && text.length <= MAX_ID && text !== '.' && text !== '..';
}

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
  const last = location?.split(/[?#]/)[0]?.replace(/\/+$/, '').split('/').pop() ?? '';
  // Half of an id is another one's.
  if (last.length > MAX_ID) return undefined;
  const id = outsideText(decoded(last), MAX_ID);
  return isPlatformId(id) ? id : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
