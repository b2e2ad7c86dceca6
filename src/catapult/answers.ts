import type {
  FastifyError,
  FastifyHttpOptions,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawServerDefault,
} from 'fastify';
import { CatapultError, catapultError, errorBody } from './errors.ts';

/*
 * How a server of the wire answers what goes wrong: JSON in the wire's shape on every path. Fastify comes in as a type
 * only; whoever serves the wire brings the instance.
 */

/** The largest request body, in bytes. */
export const MAX_BODY = 64 * 1024;

/** What a Fastify instance needs to speak the wire: `//v1/…` and a trailing slash are the same path. */
export const wireServerOptions = {
  bodyLimit: MAX_BODY,
  // Who is connected while the server stops is still answered, and in the wire's shape.
  return503OnClosing: false,
  // A request that does not come to its end must not hold a connection, nor a server that is to stop.
  requestTimeout: 15_000,
  // Without a Host header the answer is ours too, and not Node's empty one.
  http: { headersTimeout: 10_000, connectionsCheckingInterval: 1_000, requireHostHeader: false },
  frameworkErrors: (error, _request, reply) => void answerError(error, reply),
  clientErrorHandler: (error, socket) => socket.end(unreadableAnswer(error.code)),
  routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 300 },
} satisfies FastifyHttpOptions<RawServerDefault>;

const unreadable: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** The whole answer to what is no HTTP request, or not all of one in time: the server has nothing else to answer with. */
function unreadableAnswer(code = ''): string {
  const status = unreadable[code] ?? '400 Bad Request';
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
  app.server.on('checkExpectation', (_request, response) => {
    const { wire } = catapultError('validation-error', 'Expect: wants 100-continue, or nothing.');
    const body = JSON.stringify(errorBody(wire));
    const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length };
    response.writeHead(417, { ...headers, connection: 'close' }).end(body);
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
  // A platform's own 401 too: HTTP asks for it.
  if (wire.status === 401) reply.header('www-authenticate', 'Basic realm="catapult", charset="UTF-8"');
  return reply.code(wire.status).headers(headers).send(errorBody(wire));
}

function asCatapultError(error: FastifyError | CatapultError): CatapultError {
  if (error instanceof CatapultError) return error;
  // No id is that long.
  if (error.code === 'FST_ERR_MAX_PARAM_LENGTH') return catapultError('resource-not-found', 'There is nothing there.');
  if (error.statusCode === 413) return catapultError('body-too-large', `The body: wants at most ${MAX_BODY} bytes.`);
  if (error.statusCode === 415) {
    return catapultError('unsupported-media-type', 'Content-Type: wants application/json for a request with a body.');
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return catapultError('validation-error', `The request cannot be read: ${error.message.slice(0, 200)}`);
  }
  return catapultError('backend-protocol-support-failure', 'Something went wrong on our side; it has been logged.');
}
