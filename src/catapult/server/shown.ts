import { withAbsoluteUris } from '../events.ts';
import { callPath } from '../paths.ts';
import type { Member, Resources, ShownMember } from '../resource-schemas.ts';
import type { Caller, Served } from './handlers.ts';

/** Resources as they are shown to a caller: URLs begin with the address that the caller used. */
export const shown: { [Name in keyof Resources]: (served: Served[Name], caller: Caller) => Resources[Name] } = {
  conference: (conference) => conference,
  member: shownMember,
  members: (members, caller) => members.map((member) => shownMember(member, caller)),
  events: ({ events, next }, { baseUrl }) => ({
    events: events.map((event) => ({ ...event, body: withAbsoluteUris(event.body, baseUrl) })),
    nextPageToken: next === undefined ? undefined : String(next),
  }),
};

function shownMember({ callId, ...member }: Member, { userId, baseUrl }: Caller): ShownMember {
  return { ...member, call: callId === undefined ? undefined : baseUrl + callPath(userId, callId) };
}
