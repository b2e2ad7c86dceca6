import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { wireServerOptions } from './answers.ts';
import { parseBasicAuth, type Credentials } from './credentials.ts';
import { CatapultError, catapultError, errorBody } from './errors.ts';
import { writeExactly } from './exact-numbers.ts';
import { outsideText } from './outside-text.ts';
import { type parseRequest } from './parse.ts';
import { withAbsoluteUris } from './events.ts';
import { callPath, conferencePath, eventsPath, memberPath } from './paths.ts';
import {
  addMemberRequest,
  audioRequest,
  callRequest,
  createConferenceRequest,
  eventsQuery,
  redeliverRequest,
  updateConferenceRequest,
  updateMemberRequest,
  type AddMemberRequest,
  type AudioRequest,
  type CallRequest,
  type CreateConferenceRequest,
  type EventsQuery,
  type RedeliverRequest,
  type UpdateConferenceRequest,
  type UpdateMemberRequest,
} from './requests.ts';
import type { Conference, EventResource, Member } from './resources.ts';
import { readerFor } from './unknown-fields.ts';

/*
 * The wire as a server speaks it: paths, authentication, parsing and answers, once for the gateway and the sandbox.
 */

/** Who asks, and how. */
export interface Caller {
  userId: string;
  /** The address that the caller used for us; answers that name a resource begin with it. */
  baseUrl: string;
  idempotencyKey?: string;
}

/** What a request is about, as its path names it. */
export interface ConferencePlace {
  conferenceId: string;
}
export interface MemberPlace extends ConferencePlace {
  memberId: string;
}
export interface EventPlace extends ConferencePlace {
  eventId: string;
}

/** 202: it is under way and goes on, but nobody could say yet that it is done. */
export interface Changed {
  status: 200 | 202;
}

/** What the wire asks of whoever serves it. Every method may throw a CatapultError, which is the answer then. */
export interface Catapult {
  authenticate(userId: string, credentials: Credentials): boolean;
  createConference(
    request: CreateConferenceRequest,
    caller: Caller,
  ): Promise<{ conferenceId: string; status: 201 | 202 }>;
  getConference(place: ConferencePlace, caller: Caller): Promise<Conference>;
  updateConference(place: ConferencePlace, change: UpdateConferenceRequest, caller: Caller): Promise<Changed>;
  /** Plays or speaks to all of a conference, or to one member. */
  playAudio(place: ConferencePlace & Partial<MemberPlace>, audio: AudioRequest, caller: Caller): Promise<void>;
  addMember(place: ConferencePlace, request: AddMemberRequest, caller: Caller): Promise<{ memberId: string }>;
  /** In the order in which they were added; those that left are included. */
  listMembers(place: ConferencePlace, caller: Caller): Promise<Member[]>;
  getMember(place: MemberPlace, caller: Caller): Promise<Member>;
  updateMember(place: MemberPlace, change: UpdateMemberRequest, caller: Caller): Promise<Changed>;
  /** Dials out into a conference. */
  dial(request: CallRequest, caller: Caller): Promise<{ callId: string }>;
  /** What is served beside Catapult's own resources; absent where the wire is served by a platform. */
  events?: EventsService;
}

/** The events of a conference, and what became of them: ours, beside the wire. */
export interface EventsService {
  /** In the order of their acceptance. */
  list(
    place: ConferencePlace,
    wanted: EventsQuery,
    caller: Caller,
  ): Promise<{ events: EventResource[]; next?: number }>;
  /** Has an event delivered again, whatever became of it. */
  redeliver(place: EventPlace, caller: Caller): Promise<void>;
  /** Has all dead letters of the account delivered again that were accepted in this time; tells how far it is. */
  redeliverDead(period: RedeliverRequest, caller: Caller): Promise<AsyncIterable<object>>;
}

/** A request that has been let in: what its path names, its JSON body, and who sent it. */
interface Asked {
  place: MemberPlace & EventPlace;
  query: unknown;
  body: unknown;
  caller: Caller;
  /** Parses the one or the other, and tells the client of fields that it may have misspelt. */
  read: typeof parseRequest;
}

/** A status (200 unless given), the path of what was made, and a JSON body, or lines of JSON as they come. */
interface Answer {
  status?: number;
  location?: string;
  body?: unknown;
  lines?: AsyncIterable<object>;
}

type Handler = (asked: Asked) => Promise<Answer>;

/** Every path of the wire after `/v1/users/{userId}`, with what each of its methods does. */
function routesOf(catapult: Catapult): Record<string, Partial<Record<'GET' | 'POST', Handler>>> {
  const create: Handler = async ({ read, body, caller }) => {
    const wanted = read(createConferenceRequest, body);
    const { conferenceId, status } = await catapult.createConference(wanted, caller);
    return { status, location: conferencePath(caller.userId, conferenceId) };
  };
  const play =
    (isToOne: boolean): Handler =>
    async ({ place: { conferenceId, memberId }, read, body, caller }) => {
      const target = isToOne ? { conferenceId, memberId } : { conferenceId };
      await catapult.playAudio(target, read(audioRequest, body ?? {}), caller);
      return {};
    };
  return {
    ...(catapult.events === undefined ? {} : routesOfEvents(catapult.events)),
    // The documentation's second and third example post to the user's own path.
    '': { POST: create },
    '/conferences': { POST: create },
    '/conferences/:conferenceId': {
      GET: async ({ place, caller }) => ({ body: await catapult.getConference(place, caller) }),
      POST: async ({ place, read, body, caller }) =>
        catapult.updateConference(place, read(updateConferenceRequest, body ?? {}), caller),
    },
    '/conferences/:conferenceId/audio': { POST: play(false) },
    '/conferences/:conferenceId/members': {
      GET: async ({ place, caller }) => {
        const members = await catapult.listMembers(place, caller);
        return { body: members.map((member) => shownMember(member, caller)) };
      },
      POST: async ({ place, read, body, caller }) => {
        const wanted = read(addMemberRequest, body ?? {});
        const { memberId } = await catapult.addMember(place, wanted, caller);
        return { status: 201, location: memberPath(caller.userId, place.conferenceId, memberId) };
      },
    },
    '/conferences/:conferenceId/members/:memberId': {
      GET: async ({ place, caller }) => ({ body: shownMember(await catapult.getMember(place, caller), caller) }),
      POST: async ({ place, read, body, caller }) =>
        catapult.updateMember(place, read(updateMemberRequest, body ?? {}), caller),
    },
    '/conferences/:conferenceId/members/:memberId/audio': { POST: play(true) },
    '/calls': {
      POST: async ({ read, body, caller }) => {
        const { callId } = await catapult.dial(read(callRequest, body ?? {}), caller);
        return { status: 201, location: callPath(caller.userId, callId) };
      },
    },
  };
}

function routesOfEvents(events: EventsService): Record<string, Partial<Record<'GET' | 'POST', Handler>>> {
  return {
    '/conferences/:conferenceId/events': {
      GET: async ({ place, read, query, caller }) => {
        const page = await events.list(place, read(eventsQuery, query), caller);
        const shown = page.events.map((event) => ({ ...event, body: withAbsoluteUris(event.body, caller.baseUrl) }));
        return { body: { events: shown, ...(page.next === undefined ? {} : { nextPageToken: String(page.next) }) } };
      },
    },
    '/conferences/:conferenceId/events/:eventId/redeliver': {
      POST: async ({ place, caller }) => {
        await events.redeliver(place, caller);
        return { status: 202, location: eventsPath(caller.userId, place.conferenceId) };
      },
    },
    '/events/redeliver': {
      POST: async ({ read, body, caller }) => ({
        lines: await events.redeliverDead(read(redeliverRequest, body), caller),
      }),
    },
  };
}

/** A member's `call` is a URL of the server that shows it. */
function shownMember({ callId, ...member }: Member, { userId, baseUrl }: Caller): object {
  return { ...member, ...(callId === undefined ? {} : { call: baseUrl + callPath(userId, callId) }) };
}

/** Serves the wire on a Fastify instance made with `wireServerOptions`. `publicUrl` overrides the Host header. */
export function serveCatapult(app: FastifyInstance, catapult: Catapult, publicUrl?: string): void {
  const serve = (handler: Handler) => async (request: FastifyRequest, reply: FastifyReply) => {
    const caller = callerOf(request, publicUrl);
    const { query, body: given } = request;
    const asked = { place: placeOf(request), query, body: given, caller, read: readerFor(request, reply) };
    const { status = 200, location, body, lines } = await handler(asked);
    if (location !== undefined) reply.header('location', caller.baseUrl + location);
    if (lines !== undefined) return reply.type('application/x-ndjson').send(ReadableStream.from(jsonLines(lines)));
    reply.code(status);
    if (body === undefined) return reply.send();
    return reply.type('application/json; charset=utf-8').send(writeExactly(body));
  };
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.url?.startsWith('/v1/') === true) authenticate(catapult, request);
  });
  for (const [path, handlers] of Object.entries(routesOf(catapult))) {
    const url = `/v1/users/:userId${path}`;
    for (const [method, handler] of Object.entries(handlers)) app.route({ method, url, handler: serve(handler) });
    refuseOtherMethods(app, url, Object.keys(handlers));
  }
}

/** An error on the way is the last line: the status has gone out by then. */
async function* jsonLines(lines: AsyncIterable<object>): AsyncGenerator<Uint8Array> {
  const encode = (line: object) => new TextEncoder().encode(`${JSON.stringify(line)}\n`);
  try {
    for await (const line of lines) yield encode(line);
  } catch (error) {
    yield encode({ error: errorBody(error instanceof CatapultError ? error.wire : UNAVAILABLE) });
  }
}

const UNAVAILABLE = catapultError(
  'gateway-unavailable',
  'Temporal or its workers do not answer; send the request again.',
).wire;

function authenticate(catapult: Catapult, request: FastifyRequest): void {
  const { userId = '' } = request.params as { userId?: string };
  const credentials = parseBasicAuth(request.headers.authorization);
  if (credentials !== undefined && catapult.authenticate(userId, credentials)) return;
  const wants = `wants HTTP Basic auth with the token and secret of the user in the path`;
  throw catapultError(
    'user-access-denied',
    `Authorization: ${credentials ? 'the credentials do not fit' : 'got none'}, ${wants}.`,
  );
}

function refuseOtherMethods(app: FastifyInstance, url: string, allowed: string[]): void {
  // Who may GET may HEAD: Fastify sees to that.
  const possible = allowed.includes('GET') ? [...allowed, 'HEAD'] : allowed;
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
  const others = methods.filter((method) => !possible.includes(method));
  const refuse = async (request: FastifyRequest) => {
    const message = `${request.method} is not possible here, only ${allowed.join(' and ')}.`;
    throw catapultError('method-not-allowed', message, { headers: { allow: possible.join(', ') } });
  };
  // Before a body is read, which may be wrong too.
  app.route({ method: others, url, onRequest: refuse, handler: refuse });
}

/** The client's own word for us, where it can be one: it becomes part of an address. HTTP/1.0 may do without. */
function hostOf({ host, raw, socket }: FastifyRequest): string {
  if (host === '' && raw.httpVersion === '1.0') {
    const { localAddress = '', localPort } = socket;
    const address = localAddress.replace(/^::ffff:(?=[\d.]+$)/i, '');
    return `${address.includes(':') ? `[${address}]` : address}:${localPort}`;
  }
  if (/^[\w.:[\]-]+$/.test(host)) return host;
  throw catapultError(
    'validation-error',
    `Host: got ${JSON.stringify(host).slice(0, 100)}, wants a host name and port.`,
  );
}

function callerOf(request: FastifyRequest, publicUrl: string | undefined): Caller {
  const { userId = '' } = request.params as { userId?: string };
  const idempotencyKey = idempotencyKeyOf(request);
  const baseUrl = publicUrl?.replace(/\/+$/, '') ?? `http://${hostOf(request)}`;
  return { userId, baseUrl, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) };
}

function placeOf(request: FastifyRequest): MemberPlace & EventPlace {
  const { conferenceId = '', memberId = '', eventId = '' } = request.params as Partial<MemberPlace & EventPlace>;
  const id = (text: string) => outsideText(text, wireServerOptions.routerOptions.maxParamLength);
  return { conferenceId: id(conferenceId), memberId: id(memberId), eventId: id(eventId) };
}

function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw catapultError(
    'validation-error',
    `Idempotency-Key: got ${JSON.stringify(key).slice(0, 100)}, wants 1 to 255 visible ASCII characters.`,
  );
}
