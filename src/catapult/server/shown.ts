import { withAbsoluteUris } from '../events.ts';
import { callPath } from '../paths.ts';
import type { EventResource, Member, Resources, ShownMember } from '../resource-schemas.ts';
import type { Caller, Served } from './handlers.ts';

/** Resources as they are shown to a caller: URLs begin with the address that the caller used. */
export const shown: { [Name in keyof Resources]: (served: Served[Name], caller: Caller) => Resources[Name] } = {
  conference: (conference) => conference,
  conferences: (page) => page,
  member: shownMember,
  members: (members, caller) => members.map((member) => shownMember(member, caller)),
  event: shownEvent,
  events: ({ events, next }, caller) => ({
    events: events.map((event) => shownEvent(event, caller)),
    nextPageToken: next === undefined ? undefined : String(next),
  }),
  schedule: (schedule) => schedule,
  schedules: (page) => page,
  backfill: (made) => made,
  counts: (counted) => counted,
  step: (one) => one,
  steps: (page) => page,
  explanation: (page) => page,
  whatIf: (told) => told,
  deadLetters: ({ deadLetters, ...page }, caller) => ({
    ...page,
    deadLetters: deadLetters.map(({ event, ...where }) => ({ ...where, event: shownEvent(event, caller) })),
  }),
  health: (seen) => seen,
  diagnosis: (found) => found,
};

function shownEvent(event: EventResource, { baseUrl }: Caller): EventResource {
  return { ...event, body: withAbsoluteUris(event.body, baseUrl) };
}

function shownMember({ callId, ...member }: Member, { userId, baseUrl }: Caller): ShownMember {
  return { ...member, call: callId === undefined ? undefined : baseUrl + callPath(userId, callId) };
}
