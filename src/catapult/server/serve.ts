import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CatapultError, catapultError, errorBody } from '../errors.ts';
import { writeExactly } from '../exact-numbers.ts';
import { outsideText } from '../outside-text.ts';
import { filledIn, USER_PATH } from '../paths.ts';
import { present } from '../present.ts';
import type { Resources } from '../resource-schemas.ts';
import { pathsOf, routeNames, routes, type Route } from '../routes.ts';
import { wireServerOptions } from './answers.ts';
import { callerOf, isStillLetIn, lastEventIdOf, letIn } from './caller.ts';
import type { Caller, Service } from './handlers.ts';
import { readerFor } from './read.ts';
import { shown } from './shown.ts';
import { Visits } from './visits.ts';
import { endedBeforeItBegan, endsOfStreams, sendStream, type Message } from './stream.ts';

/*
 * The wire as a server speaks it: the table of routes with authentication, parsing and answers, once for the gateway and the sandbox.
 */

/** A route with what does its work. That the two fit each other is what `Handlers` holds. */
interface ServedRoute {
  route: Route;
  handler: (asked: { place: Ids; request: unknown; caller: Caller }) => Promise<Answered>;
}

type Ids = Record<string, string>;

interface Answered {
  status: number;
  body?: unknown;
  made?: Ids;
  lines?: AsyncIterable<object>;
  stream?: AsyncIterable<Message>;
  calendar?: string;
}

/** Serves the routes that the service has handlers for, on a Fastify instance made with `wireServerOptions`. */
export function serveRoutes(app: FastifyInstance, service: Service, publicUrl?: string): void {
  const visits = new Visits();
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url?.startsWith('/v1/') !== true) return;
    const { isOperator } = letIn(service, request);
    // Who looks at an account takes nothing of its limits.
    if (!isOperator) visits.begin(service, request, reply);
  });
  const endOf = endsOfStreams(app);
  const served = routeNames.flatMap((name): ServedRoute[] => {
    const handler = service.handlers[name] as ServedRoute['handler'] | undefined;
    return handler === undefined ? [] : [{ route: routes[name], handler }];
  });
  for (const path of new Set(served.flatMap(({ route }) => pathsOf(route)))) {
    const url = USER_PATH + path;
    const here = served.filter(({ route }) => pathsOf(route).includes(path));
    for (const { route, handler } of here) {
      const { method } = route;
      const handle = serving({ route, handler }, { service, endOf, visits, publicUrl });
      app.route({ method, url, config: { wire: route }, handler: handle });
    }
    const allowed = here.map(({ route }) => route.method).sort();
    refuseOtherMethods(app, url, allowed);
  }
}

interface Serving {
  service: Service;
  endOf: ReturnType<typeof endsOfStreams>;
  visits: Visits;
  publicUrl: string | undefined;
}

function serving({ route, handler }: ServedRoute, { service, endOf, visits, publicUrl }: Serving) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const following = route.streams && {
      lastEventId: lastEventIdOf(request),
      gone: endOf(reply, () => isStillLetIn(service, request)),
    };
    const caller: Caller = present({ ...callerOf(request, publicUrl), ...following });
    const place = placeOf(request);
    const asked = { place, request: requestOf(route, request, reply), caller };
    const answered = await visits.during(request, () => handler(asked)).catch(unlessOver(caller.gone));
    if (answered === undefined) return endedBeforeItBegan(reply);
    return answer(reply, { route, place, caller, request }, answered);
  };
}

/** Nothing where work has failed because who follows is gone, or the server stops. */
function unlessOver(gone: AbortSignal | undefined) {
  return (error: unknown): undefined => {
    if (gone?.aborted !== true || error !== gone.reason) throw error;
  };
}

/** What is asked for, by the schema of the route: parsed here, and nowhere behind. */
function requestOf({ body, query, mayHaveNoBody }: Route, request: FastifyRequest, reply: FastifyReply): unknown {
  const read = readerFor(request, reply);
  if (body !== undefined) return read(body, request.body ?? (mayHaveNoBody ? {} : undefined));
  return query === undefined ? undefined : read(query, request.query);
}

function answer(
  reply: FastifyReply,
  { route, place, caller, request }: { route: Route; place: Ids; caller: Caller; request: FastifyRequest },
  { status, body, made, lines, stream, calendar }: Answered,
): FastifyReply {
  const held = new Map(Object.entries(route.answers)).get(String(status)) ?? 'nothing';
  reply.code(status);
  if (held === 'nothing') return reply.send();
  if (typeof held === 'object') {
    const location = filledIn(held.location, { ...place, ...made, userId: caller.userId });
    return reply.header('location', caller.baseUrl + location).send();
  }
  if (held === 'lines') {
    return reply.type('application/x-ndjson').send(ReadableStream.from(jsonLines(lines ?? [])));
  }
  if (held === 'calendar') return reply.type('text/calendar; charset=utf-8').send(calendar);
  const showing = (name: keyof Resources) => shown[name] as (served: unknown, caller: Caller) => unknown;
  if (stream !== undefined && route.streams !== undefined && caller.gone !== undefined) {
    const show = showing(route.streams);
    return sendStream(reply, stream, (message) => show(message, caller), caller.gone);
  }
  const show = showing(held);
  const said = show(body, caller);
  linkToNext(reply, request, caller, said);
  return reply.type('application/json; charset=utf-8').send(writeExactly(said));
}

/** A page that is not the last one says where the next one is, in a header too. */
function linkToNext(reply: FastifyReply, { url, query }: FastifyRequest, { baseUrl }: Caller, said: unknown): void {
  const { nextPageToken } = Object(said) as { nextPageToken?: string };
  if (nextPageToken === undefined) return;
  const next = new URLSearchParams({ ...(query as Ids), pageToken: nextPageToken });
  const [path = ''] = url.split('?');
  reply.header('link', `<${baseUrl}${path}?${next.toString()}>; rel="next"`);
}

/** An error on the way is the last line: the status has gone out by then. */
async function* jsonLines(lines: AsyncIterable<object> | Iterable<object>): AsyncGenerator<Uint8Array> {
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

function placeOf(request: FastifyRequest): Ids {
  const ids = Object.entries(request.params as Ids).filter(([name]) => name !== 'userId');
  const { maxParamLength } = wireServerOptions.routerOptions;
  return Object.fromEntries(ids.map(([name, id]) => [name, outsideText(id, maxParamLength)]));
}
