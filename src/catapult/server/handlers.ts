import type { Explanation, WhatIf } from '../explaining-resources.ts';
import type { z } from 'zod';
import type { Credentials } from '../credentials.ts';
import type { IdsIn, Path } from '../paths.ts';
import type {
  Conference,
  DeadLetterResource,
  EventResource,
  ListedConference,
  Member,
  Resources,
  Schedule,
} from '../resource-schemas.ts';
import type { Counts, Diagnosis, Health, Step, StepPage } from '../watching-resources.ts';
import type { Backfill, SchedulesPage } from '../schedule-resources.ts';
import type { RouteName, Routes } from '../routes.ts';

/*
 * What whoever serves the wire has to bring, as the table of routes says it: a route without its handler, a handler without its
 * route, and an answer that is not in the table do not compile.
 */

/** Who asks, and how. */
export interface Caller {
  userId: string;
  /** The address that the caller used for us; answers that name a resource begin with it. */
  baseUrl: string;
  idempotencyKey?: string;
  /** Of who follows: the `id` of the last message that came to it. */
  lastEventId?: number;
  /** Of who follows: that nobody reads the answer any more, or this server stops. */
  gone?: AbortSignal;
}

/** A request that has been let in: the ids in its path, its body or query, parsed, and who sent it. */
export interface Asked<Name extends RouteName> {
  place: Record<IdsIn<Routes[Name]['path']>, string>;
  request: RequestOf<Routes[Name]>;
  caller: Caller;
}

type RequestOf<Route> = Route extends { body: z.ZodType<infer Body> }
  ? Body
  : Route extends { query: z.ZodType<infer Query> }
    ? Query
    : undefined;

/** One of the answers that a route has. */
export type Answer<Name extends RouteName> = Page<Name> | Stream<Routes[Name]>;

/** An answer that goes on: each message with what to begin behind again. */
type Stream<Route> = Route extends { streams: infer Held extends keyof Resources }
  ? { status: 200; stream: AsyncIterable<{ id: string; body: Served[Held] }> }
  : never;

type Page<Name extends RouteName> = {
  [Status in keyof Routes[Name]['answers']]: { status: Status } & RepresentationOf<
    Routes[Name]['answers'][Status],
    IdsIn<Routes[Name]['path']>
  >;
}[keyof Routes[Name]['answers']];

type RepresentationOf<Held, Ids extends string> = Held extends keyof Resources
  ? { body: Served[Held] }
  : Held extends { location: infer Location extends Path }
    ? MadeIn<Exclude<IdsIn<Location>, Ids>>
    : Held extends 'lines'
      ? { lines: AsyncIterable<object> }
      : Held extends 'calendar'
        ? { calendar: string }
        : unknown;

/** The ids of what was made; where the request's path names them all there are none. */
type MadeIn<Ids extends string> = [Ids] extends [never] ? unknown : { made: Record<Ids, string> };

/** What a server brings where a resource is answered: the URLs in it are put in for it. */
export interface Served {
  conference: Conference;
  conferences: { conferences: ListedConference[]; nextPageToken?: string };
  member: Member;
  members: Member[];
  event: EventResource;
  events: { events: EventResource[]; next?: number };
  schedule: Schedule;
  schedules: SchedulesPage;
  backfill: Backfill;
  counts: Counts;
  step: Step;
  steps: StepPage;
  explanation: Explanation;
  whatIf: WhatIf;
  deadLetters: { deadLetters: DeadLetterResource[]; nextPageToken?: string };
  health: Health;
  diagnosis: Diagnosis;
}

/** Does what a request asks for. It may throw a CatapultError, which is the answer then. */
export type Handler<Name extends RouteName> = (asked: Asked<Name>) => Promise<Answer<Name>>;

/** A handler for each of these routes. */
export type Handlers<Names extends RouteName = RouteName> = { [Name in Names]: Handler<Name> };

/** What serves the wire: some of its routes, for those who are let in. */
export interface Service {
  /**
   * Whether these are the user's, `read` if only for requests that change nothing, `operate` if they are an operator's; `address` is
   * where they come from.
   * @throws CatapultError 429 where too many did not fit.
   */
  authenticate(userId: string, credentials: Credentials, address: string): boolean | 'read' | 'operate';
  /** Whether these are the user's still, for who follows for long; without it nobody's end before they go. */
  stillMay?(userId: string, credentials: Credentials): boolean;
  /** A request of this user begins; the answer is to be called when it has been worked on. @throws CatapultError 429 to refuse it. */
  enter?(userId: string): () => void;
  handlers: Partial<Handlers>;
}
