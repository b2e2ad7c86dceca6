/** The paths of the wire. Each begins with `/v1/users/{userId}`. */
export function conferencePath(userId: string, conferenceId: string): string {
  return `/v1/users/${encodeURIComponent(userId)}/conferences/${encodeURIComponent(conferenceId)}`;
}

export function conferencesPath(userId: string): string {
  return `/v1/users/${encodeURIComponent(userId)}/conferences`;
}

export function memberPath(userId: string, conferenceId: string, memberId: string): string {
  return `${conferencePath(userId, conferenceId)}/members/${encodeURIComponent(memberId)}`;
}

export function callPath(userId: string, callId: string): string {
  return `/v1/users/${encodeURIComponent(userId)}/calls/${encodeURIComponent(callId)}`;
}

/** The id at the end of a `Location`, absolute or as a path alone; undefined if there is none. */
export function idFromLocation(location: string | undefined): string | undefined {
  const id = location?.split(/[?#]/)[0]?.replace(/\/+$/, '').split('/').pop();
  if (id === undefined || id === '') return undefined;
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
