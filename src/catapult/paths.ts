import { MAX_ID_CHARACTERS } from './budget.ts';
import { outsideText } from './outside-text.ts';

/** Whether a text can be a platform's id. In a path `.` and `..` would name another place, also when they are escaped. */
export function isPlatformId(text: string): boolean {
  return text !== '' && text.length <= MAX_ID_CHARACTERS && text !== '.' && text !== '..';
}

/** Everything that has an address on the wire, after `/v1/users/:userId`; a segment with a colon stands for an id. */
export type Path =
  | ''
  | '/conferences'
  | '/conferences/:conferenceId'
  | '/conferences/:conferenceId/audio'
  | '/conferences/:conferenceId/members'
  | '/conferences/:conferenceId/members/:memberId'
  | '/conferences/:conferenceId/members/:memberId/audio'
  | '/conferences/:conferenceId/events'
  | '/conferences/:conferenceId/events/:eventId/redeliver'
  | '/conferences/:conferenceId/steps'
  | '/conferences/:conferenceId/explanation'
  | '/conferences/:conferenceId/what-if'
  | '/events/redeliver'
  | '/conference-counts'
  | '/dead-letters'
  | '/health'
  | '/diagnosis'
  | '/conference-schedules'
  | '/conference-schedules/:scheduleId'
  | '/conference-schedules/:scheduleId.ics'
  | '/conference-schedules/:scheduleId/pause'
  | '/conference-schedules/:scheduleId/resume'
  | '/conference-schedules/:scheduleId/trigger'
  | '/conference-schedules/:scheduleId/skip'
  | '/conference-schedules/:scheduleId/backfill'
  | '/calls'
  | '/calls/:callId';

/** The names of the ids in a path. */
export type IdsIn<Of extends Path> = IdOf<SegmentsOf<Of>>;
type SegmentsOf<Text extends string> = Text extends `${infer First}/${infer Rest}` ? First | SegmentsOf<Rest> : Text;
type IdOf<Segment> = Segment extends `:${infer Id}.ics` ? Id : Segment extends `:${infer Id}` ? Id : never;

/** The beginning of every path. */
export const USER_PATH = '/v1/users/:userId';

/** The user in the path of what an operator asks of all accounts at once. */
export const ALL_ACCOUNTS = '-';

/** A path with its ids put in. */
export function pathTo<To extends Path>(to: To, ids: Record<'userId' | IdsIn<To>, string>): string {
  return filledIn(to, ids);
}

/** The same where only the table of routes knows which ids a path has. */
export function filledIn(path: Path, ids: Readonly<Record<string, string>>): string {
  return (USER_PATH + path).replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(ids[name] ?? ''));
}

export function conferencePath(userId: string, conferenceId: string): string {
  return pathTo('/conferences/:conferenceId', { userId, conferenceId });
}

export function conferencesPath(userId: string): string {
  return pathTo('/conferences', { userId });
}

export function membersPath(userId: string, conferenceId: string): string {
  return pathTo('/conferences/:conferenceId/members', { userId, conferenceId });
}

export function memberPath(userId: string, conferenceId: string, memberId: string): string {
  return pathTo('/conferences/:conferenceId/members/:memberId', { userId, conferenceId, memberId });
}

export function eventsPath(userId: string, conferenceId: string): string {
  return pathTo('/conferences/:conferenceId/events', { userId, conferenceId });
}

/** Where to play or speak to one member, or without one to all. */
export function audioPath(userId: string, conferenceId: string, memberId?: string): string {
  return memberId === undefined
    ? pathTo('/conferences/:conferenceId/audio', { userId, conferenceId })
    : pathTo('/conferences/:conferenceId/members/:memberId/audio', { userId, conferenceId, memberId });
}

export function callsPath(userId: string): string {
  return pathTo('/calls', { userId });
}

export function callPath(userId: string, callId: string): string {
  return pathTo('/calls/:callId', { userId, callId });
}

/** The id at the end of a `Location`, absolute or as a path alone; undefined if there is none. */
export function idFromLocation(location: string | undefined): string | undefined {
  const last = location?.split(/[?#]/)[0]?.replace(/\/+$/, '').split('/').pop() ?? '';
  // Half of an id is another one's.
  if (last.length > MAX_ID_CHARACTERS) return undefined;
  const id = outsideText(decoded(last), MAX_ID_CHARACTERS);
  return isPlatformId(id) ? id : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
