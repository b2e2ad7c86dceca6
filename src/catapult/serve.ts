import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { parseBasicAuth, type Credentials } from './credentials.ts';
import { CatapultError, catapultError, errorBody } from './errors.ts';
import { conferencePath } from './paths.ts';
import {
  createConferenceRequest,
  parseRequest,
  updateConferenceRequest,
  type CreateConferenceRequest,
  type UpdateConferenceRequest,
} from './requests.ts';
import type { Conference } from './resources.ts';

/*
 * The wire as a server speaks it: paths, authentication, parsing, answers and errors, once for the gateway and the
 * sandbox. Fastify comes in as a type only; whoever serves the wire brings the instance.
 */

/** The largest request body, in bytes. */
export const MAX_BODY = 64 * 1024;

/** What a Fastify instance needs to speak the wire: `//v1/…` and a trailing slash are the same path. */
export const wireServerOptions = {
  bodyLimit: MAX_BODY,
  // A request that does not come to its end must not hold a connection, nor a server that is to stop.
  requestTimeout: 15_000,
  frameworkErrors: (error, _request, reply) => void answerError(error, reply),
  clientErrorHandler: (error, socket) => socket.end(unreadableAnswer(error.code)),
  routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 300 },
} satisfies FastifyServerOptions;

/** Who asks, and how. */
export interface Caller {
  userId: string;
  /** The address that the caller used for us; answers that name a resource begin with it. */
  baseUrl: string;
  idempotencyKey?: string;
}

/** What the wire asks of whoever serves it. Every method may throw a CatapultError, which is the answer then. */
export interface Catapult {
  authenticate(userId: string, credentials: Credentials): boolean;
  createConference(
    request: CreateConferenceRequest,
    caller: Caller,
  ): Promise<{ conferenceId: string; status: 201 | 202 }>;
  getConference(conferenceId: string, caller: Caller): Promise<Conference>;
  updateConference(
    conferenceId: string,
    change: UpdateConferenceRequest,
    caller: Caller,
  ): Promise<{ status: 200 | 202 }>;
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** Serves the wire on a Fastify instance made with {@link wireServerOptions}. `publicUrl` overrides the Host header. */
export function serveCatapult(app: FastifyInstance, catapult: Catapult, publicUrl?: string): void {
  const callerOf = (request: FastifyRequest): Caller => {
    const { userId = '' } = request.params as { userId?: string };
    const idempotencyKey = idempotencyKeyOf(request);
    const baseUrl = publicUrl?.replace(/\/+$/, '') ?? `http://${hostOf(request)}`;
    return { userId, baseUrl, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) };
  };

  const create: Handler = async (request, reply) => {
    const caller = callerOf(request);
    const wanted = parseRequest(createConferenceRequest, request.body);
    const { conferenceId, status } = await catapult.createConference(wanted, caller);
    return reply
      .code(status)
      .header('location', caller.baseUrl + conferencePath(caller.userId, conferenceId))
      .send();
  };

  const get: Handler = async (request, reply) =>
    reply.send(await catapult.getConference(conferenceIdOf(request), callerOf(request)));

  const update: Handler = async (request, reply) => {
    const change = parseRequest(updateConferenceRequest, request.body ?? {});
    const { status } = await catapult.updateConference(conferenceIdOf(request), change, callerOf(request));
    return reply.code(status).send();
  };

  const routes: Record<string, Partial<Record<'GET' | 'POST', Handler>>> = {
    // The documentation's second and third example post to the user's own path.
    '/v1/users/:userId': { POST: create },
    '/v1/users/:userId/conferences': { POST: create },
    '/v1/users/:userId/conferences/:conferenceId': { GET: get, POST: update },
  };

  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.url?.startsWith('/v1/') === true) authenticate(catapult, request);
  });
  for (const [url, handlers] of Object.entries(routes)) {
    for (const [method, handler] of Object.entries(handlers)) app.route({ method, url, handler });
    refuseOtherMethods(app, url, Object.keys(handlers));
  }
}

/** The whole answer to what is no HTTP request, or not all of one in time: the server has nothing else to answer with. */
function unreadableAnswer(code: string | undefined): string {
  const status =
    code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  const { wire } = catapultError('validation-error', `The request cannot be read: ${status.slice(4)}.`);
  const body = JSON.stringify(errorBody(wire));
  const head = `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${body.length}`;
  return `${head}\r\nconnection: close\r\n\r\n${body}`;
}

/** Every answer that is an error, on any path, is JSON in the wire's shape; what we did not expect is logged. */
export function answerErrorsOnTheWire(app: FastifyInstance): void {
  app.removeContentTypeParser('text/plain');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') return done(null, undefined);
    void app.getDefaultJsonParser('error', 'error')(request, String(body), done);
  });
  app.setNotFoundHandler((request) => {
    throw catapultError('resource-not-found', `There is nothing at ${request.method} ${request.url.slice(0, 200)}.`);
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    logFailure(error, request);
    return answerError(error, reply);
  });
}

/** A fault of ours is logged whole; what others' absence causes (503) in one line, as it comes many times over. */
function logFailure(error: FastifyError | CatapultError, request: FastifyRequest): void {
  const { status, message } = asCatapultError(error).wire;
  const what = `${request.method} ${request.routeOptions.url ?? ''} was answered ${status}`;
  if (status === 500) return request.log.error({ err: error }, what);
  if (status < 500) return;
  const { conferenceId } = request.params as { conferenceId?: string };
  const cause = error.cause instanceof Error ? error.cause.message : '';
  request.log.warn({ conferenceId }, `${what}: ${message} ${cause}`);
}

function answerError(error: FastifyError, reply: FastifyReply): FastifyReply {
  const { wire, headers } = asCatapultError(error);
  return reply.code(wire.status).headers(headers).send(errorBody(wire));
}

function asCatapultError(error: FastifyError | CatapultError): CatapultError {
  if (error instanceof CatapultError) return error;
  if (error.statusCode === 413) return catapultError('body-too-large', `The body: wants at most ${MAX_BODY} bytes.`);
  if (error.statusCode === 415) {
    return catapultError('unsupported-media-type', 'Content-Type: wants application/json for a request with a body.');
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return catapultError('validation-error', `The request cannot be read: ${error.message}`);
  }
  return catapultError('backend-protocol-support-failure', 'Something went wrong on our side; it has been logged.');
}

function authenticate(catapult: Catapult, request: FastifyRequest): void {
  const { userId = '' } = request.params as { userId?: string };
  const credentials = parseBasicAuth(request.headers.authorization);
  if (credentials !== undefined && catapult.authenticate(userId, credentials)) return;
  const wants = `wants HTTP Basic auth with the token and secret of the user in the path`;
  throw catapultError(
    'user-access-denied',
    `Authorization: ${credentials ? 'the credentials do not fit' : 'got none'}, ${wants}.`,
    {
      headers: { 'www-authenticate': 'Basic realm="catapult", charset="UTF-8"' },
    },
  );
}

function refuseOtherMethods(app: FastifyInstance, url: string, allowed: string[]): void {
  const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((method) => !allowed.includes(method));
  app.route({
    method: others,
    url,
    handler: (request) => {
      const message = `${request.method} is not possible here, only ${allowed.join(' and ')}.`;
      throw catapultError('method-not-allowed', message, { headers: { allow: allowed.join(', ') } });
    },
  });
}

/** The client's own word for us, where it can be one: it becomes part of an address. */
function hostOf({ host }: FastifyRequest): string {
  if (/^[\w.:[\]-]+$/.test(host)) return host;
  throw catapultError(
    'validation-error',
    `Host: got ${JSON.stringify(host).slice(0, 100)}, wants a host name and port.`,
  );
}

function conferenceIdOf(request: FastifyRequest): string {
  return (request.params as { conferenceId?: string }).conferenceId ?? '';
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
