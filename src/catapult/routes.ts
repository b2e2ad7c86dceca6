import type { ErrorCode } from './errors.ts';
import type { Path } from './paths.ts';
import { conferencesQuery, eventsQuery } from './queries.ts';
import {
  addMemberRequest,
  audioRequest,
  callRequest,
  createConferenceRequest,
  redeliverRequest,
  updateConferenceRequest,
  updateMemberRequest,
} from './requests.ts';
import { redeliveryLine } from './resource-schemas.ts';
import type { Route } from './route.ts';
import { scheduleRoutes } from './schedule-routes.ts';
import { watchingRoutes } from './watching-routes.ts';

/*
 * Every route of the wire as data. The servers are built from this table, and so are its description (openapi/) and the tables of
 * docs/wire.md.
 */

export type { Route } from './route.ts';

/** What any route may answer, whatever it does. */
export const errorsOfAll = [
  ...([
    'validation-error',
    'user-access-denied',
    'resource-not-found',
    'method-not-allowed',
    'body-too-large',
    'rate-limit-reached',
  ] as const),
  ...(['unsupported-media-type', 'backend-protocol-support-failure', 'gateway-unavailable'] as const),
] as const satisfies readonly ErrorCode[];

/** Those of them that only a request with a body may get. */
const errorsOfBodies: readonly ErrorCode[] = ['body-too-large', 'unsupported-media-type'];

/** What a server says before it knows which route is asked for; the code is `validation-error`. */
export const answersBeforeRoutes = {
  408: 'The request was not complete in time: 10 s for its head, 14 s for all',
  417: 'An `Expect` other than `100-continue`',
  431: 'The headers are too large',
} as const;

/** What may be answered to a change of a conference, or of something in it. */
const errorsOfChanges = [
  ...(['conference-not-found', 'conference-error', 'conference-update-conflict'] as const),
] as const satisfies readonly ErrorCode[];

export const routes = {
  createConference: {
    method: 'POST',
    path: '/conferences',
    // The documentation's second and third example post to the user's own path.
    alsoAt: '',
    does: 'creates a conference without members',
    documentedBy: 'catapult',
    body: createConferenceRequest,
    answers: {
      201: { location: '/conferences/:conferenceId' },
      202: { location: '/conferences/:conferenceId' },
    },
    accepted:
      'The platform has not answered for 10 s. It is tried for `creationTimeout` in all; a final failure comes as a `conference` event with status `failed`',
    errors: ['callback-invalid-url', 'conference-error', 'duplicate-conference'],
  },
  listConferences: {
    method: 'GET',
    path: '/conferences',
    does: 'lists the [conferences](#conferences) of the account, or [follows](#follow-a-list) the list',
    documentedBy: 'convoke',
    allAccounts: true,
    query: conferencesQuery,
    answers: { 200: 'conferences' },
    streams: 'conferences',
    errors: [],
  },
  getConference: {
    method: 'GET',
    path: '/conferences/:conferenceId',
    does: 'shows it',
    documentedBy: 'catapult',
    answers: { 200: 'conference' },
    errors: ['conference-not-found'],
  },
  updateConference: {
    method: 'POST',
    path: '/conferences/:conferenceId',
    does: 'changes it; `state: completed` ends it',
    documentedBy: 'catapult',
    body: updateConferenceRequest,
    mayHaveNoBody: true,
    answers: { 200: 'nothing', 202: 'nothing' },
    accepted:
      'The platform has not confirmed the end for about 8 s. It is tried until the platform does; the event `completed` follows',
    errors: [...errorsOfChanges, 'callback-invalid-url'],
  },
  playAudio: {
    method: 'POST',
    path: '/conferences/:conferenceId/audio',
    does: 'plays or speaks to all',
    documentedBy: 'catapult',
    body: audioRequest,
    mayHaveNoBody: true,
    answers: { 200: 'nothing' },
    errors: errorsOfChanges,
  },
  addMember: {
    method: 'POST',
    path: '/conferences/:conferenceId/members',
    does: 'adds a call as a member',
    documentedBy: 'catapult',
    body: addMemberRequest,
    mayHaveNoBody: true,
    answers: { 201: { location: '/conferences/:conferenceId/members/:memberId' } },
    errors: [...errorsOfChanges, 'conference-max-members', 'call-id-not-found', 'invalid-call-conference-id'],
  },
  listMembers: {
    method: 'GET',
    path: '/conferences/:conferenceId/members',
    does: 'lists the members in the order they came, those that left included',
    documentedBy: 'catapult',
    answers: { 200: 'members' },
    errors: ['conference-not-found'],
  },
  getMember: {
    method: 'GET',
    path: '/conferences/:conferenceId/members/:memberId',
    does: 'shows one',
    documentedBy: 'catapult',
    answers: { 200: 'member' },
    errors: ['conference-not-found', 'conference-member-not-found'],
  },
  updateMember: {
    method: 'POST',
    path: '/conferences/:conferenceId/members/:memberId',
    does: 'changes one; `state: completed` removes it',
    documentedBy: 'catapult',
    body: updateMemberRequest,
    mayHaveNoBody: true,
    answers: { 200: 'nothing' },
    errors: [...errorsOfChanges, 'conference-member-not-found'],
  },
  playAudioToMember: {
    method: 'POST',
    path: '/conferences/:conferenceId/members/:memberId/audio',
    does: 'plays or speaks to one',
    documentedBy: 'catapult',
    body: audioRequest,
    mayHaveNoBody: true,
    answers: { 200: 'nothing' },
    errors: [...errorsOfChanges, 'conference-member-not-found'],
  },
  dial: {
    method: 'POST',
    path: '/calls',
    does: 'dials out into a conference',
    documentedBy: 'catapult',
    body: callRequest,
    mayHaveNoBody: true,
    answers: { 201: { location: '/calls/:callId' } },
    errors: [...errorsOfChanges, 'callback-invalid-url', 'conference-max-members', 'call-rate-limit'],
  },
  listEvents: {
    method: 'GET',
    path: '/conferences/:conferenceId/events',
    does: 'lists its [events](#events) and what became of them, or [follows](#follow) them',
    documentedBy: 'convoke',
    query: eventsQuery,
    answers: { 200: 'events' },
    streams: 'event',
    errors: ['conference-not-found'],
  },
  redeliverEvent: {
    method: 'POST',
    path: '/conferences/:conferenceId/events/:eventId/redeliver',
    does: 'delivers one again',
    documentedBy: 'convoke',
    operatorMay: true,
    answers: { 202: { location: '/conferences/:conferenceId/events' } },
    accepted: 'The redelivery is noted; `Location` shows what comes of it',
    errors: ['conference-not-found', 'conference-error', 'conference-update-conflict'],
  },
  redeliverDeadLetters: {
    method: 'POST',
    path: '/events/redeliver',
    does: 'delivers all dead letters of the account again that were accepted between two times',
    documentedBy: 'convoke',
    operatorMay: true,
    body: redeliverRequest,
    answers: { 200: 'lines' },
    line: redeliveryLine,
    errors: ['conference-update-conflict'],
  },
  ...scheduleRoutes,
  ...watchingRoutes,
} as const satisfies Record<string, Route>;

export type Routes = typeof routes;
export type RouteName = keyof Routes;

/** What every platform serves. */
export type CatapultRouteName = {
  [Name in RouteName]: Routes[Name]['documentedBy'] extends 'catapult' ? Name : never;
}[RouteName];

export const routeNames = Object.keys(routes) as RouteName[];

/** Every error of our own that a route may answer. */
export function errorsOf({ method, errors }: Route): ErrorCode[] {
  const ofAll = errorsOfAll.filter((code) => method !== 'GET' || !errorsOfBodies.includes(code));
  return [...ofAll, ...errors];
}

/** The paths at which a route is served. */
export function pathsOf({ path, alsoAt }: Route): Path[] {
  return alsoAt === undefined ? [path] : [path, alsoAt];
}
