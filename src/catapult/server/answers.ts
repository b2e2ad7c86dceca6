import type {
  FastifyError,
  FastifyHttpOptions,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawServerDefault,
} from 'fastify';
import { HEAD_WITHIN_MS, MAX_BODY_BYTES, MAX_HEAD_BYTES, READ_WITHIN_MS, REQUEST_WITHIN_MS } from './budget.ts';
import { boundBodiesInFlight, takeJsonOnly } from './bodies.ts';
import { CatapultError, catapultError, errorBody, type ErrorDetail, type WireError } from '../errors.ts';
import { outsideText } from '../outside-text.ts';

/*
 * How a server of the wire answers what goes wrong: JSON in the wire's shape on every path. Fastify comes in as a type
 * only; whoever serves the wire brings the instance.
 */

/** What a Fastify instance needs to speak the wire: `//v1/…` and a trailing slash are the same path. */
export const wireServerOptions = {
  bodyLimit: MAX_BODY_BYTES,
  // Who is connected while the server stops is still answered, and in the wire's shape.
  return503OnClosing: false,
  // A request that does not come to its end must not hold a connection, nor a server that is to stop.
  requestTimeout: REQUEST_WITHIN_MS,
  // Without a Host header the answer is ours too, and not Node's empty one.
  http: {
    ...{ headersTimeout: HEAD_WITHIN_MS, connectionsCheckingInterval: 1_000, requireHostHeader: false },
    maxHeaderSize: MAX_HEAD_BYTES,
  },
  frameworkErrors: (error, _request, reply) => void answerError(error, reply),
  clientErrorHandler: (error, socket) => closeWith(unreadableAnswer(error.code), socket),
  routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 300 },
} satisfies FastifyHttpOptions<RawServerDefault>;

const unreadable: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** Closed altogether: only our half of it would leave it open for as long as the other side likes. */
function closeWith(answer: string, socket: FastifyRequest['socket']): void {
  if (socket.writable) socket.end(answer);
  setTimeout(() => socket.destroy(), socket.writable ? READ_WITHIN_MS : 0);
}

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
  takeJsonOnly(app);
  app.server.on('checkExpectation', (_request, response) => {
    const { wire } = catapultError('validation-error', 'Expect: wants 100-continue, or nothing.');
    const body = JSON.stringify(errorBody(wire));
    const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length };
    response.writeHead(417, { ...headers, connection: 'close' }).end(body);
  });
  const notFound = async ({ method, url }: FastifyRequest) => {
    throw catapultError('resource-not-found', `There is nothing at ${method} ${url.slice(0, 200)}.`);
  };
  app.setNotFoundHandler(notFound);
  // Before a body is read that nobody wants.
  app.addHook('onRequest', async (request) => (request.is404 ? notFound(request) : undefined));
  app.addHook('onSend', async (_request, reply) => closeUnlessRead(reply));
  boundBodiesInFlight(app);
  app.setErrorHandler((error: FastifyError, request, reply) => {
    logFailure(error, request);
    return answerError(error, reply);
  });
}

/** A client that does not go on reading is not waited for. */
function closeUnlessRead({ raw }: FastifyReply): void {
  const { socket } = raw;
  if (socket === null || socket.destroyed) return;
  const taken = () => socket.bytesWritten - socket.writableLength;
  let before = taken();
  const timer = setInterval(() => {
    // What we have not said yet may take its time.
    if (socket.writableLength > 0 && taken() === before) socket.destroy();
    before = taken();
  }, REQUEST_WITHIN_MS);
  raw.once('close', () => clearInterval(timer));
}

/** A fault of ours is logged whole; what others' absence causes (503) in one line, as it comes many times over. */
function logFailure(error: FastifyError | CatapultError, request: FastifyRequest): void {
  const { status, message } = asCatapultError(error).wire;
  const what = `${request.method} ${request.routeOptions.url ?? ''} was answered ${status}`;
  if (status < 500) return;
  const { conferenceId, userId } = request.params as { conferenceId?: string; userId?: string };
  const about = { conferenceId, userId };
  if (status === 500) return request.log.error({ ...about, err: error }, what);
  const cause = error.cause instanceof Error ? error.cause.message : '';
  request.log.warn(about, `${what}: ${message} ${cause}`);
}

function answerError(error: FastifyError, reply: FastifyReply): FastifyReply {
  const { wire, headers } = asCatapultError(error);
  // A platform's own 401 too: HTTP asks for it.
  if (wire.status === 401) reply.header('www-authenticate', 'Basic realm="catapult", charset="UTF-8"');
  const inHeaders = detailsInHeaders(headers);
  // A platform's own error may say the same.
  const others = detailsOf(wire, reply.request).filter(({ name }) => !inHeaders.some((one) => one.name === name));
  const details = [...others, ...inHeaders];
  return reply
    .code(wire.status)
    .headers(headers)
    .send(errorBody({ ...wire, details }));
}

/** What the error is about: the fields that are wrong, or else the ids in the path and what it says itself. */
function detailsOf({ status, details = [] }: WireError, { params }: FastifyRequest): ErrorDetail[] {
  if (status === 400 && details.length > 0) return details;
  const inPath = Object.entries((params ?? {}) as Record<string, string | undefined>).flatMap(([name, id = '']) =>
    PATH_IDS.includes(name) ? [{ name, value: outsideText(id, 100) }] : [],
  );
  return [...inPath, ...details.filter(({ name }) => !inPath.some((id) => id.name === name))];
}

const PATH_IDS = ['userId', 'conferenceId', 'memberId', 'eventId', 'scheduleId'];

/** For whoever sees the body alone: when to try again, and what is possible. */
function detailsInHeaders(headers: Readonly<Record<string, string>>): ErrorDetail[] {
  const helpful = { 'x-ratelimit-reset': 'X-RateLimit-Reset', 'retry-after': 'Retry-After', allow: 'Allow' };
  return Object.entries(helpful).flatMap(([header, name]) => {
    const value = headers[header];
    return value === undefined ? [] : [{ name, value }];
  });
}

function asCatapultError(error: FastifyError | CatapultError): CatapultError {
  if (error instanceof CatapultError) return error;
  // No id is that long.
  if (error.code === 'FST_ERR_MAX_PARAM_LENGTH') return catapultError('resource-not-found', 'There is nothing there.');
  if (error.statusCode === 413) {
    const details = [{ name: 'maxBytes', value: String(MAX_BODY_BYTES) }];
    return catapultError('body-too-large', `The body: wants at most ${MAX_BODY_BYTES} bytes.`, { details });
  }
  if (error.statusCode === 415) {
    return catapultError('unsupported-media-type', 'Content-Type: wants application/json for a request with a body.');
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return catapultError('validation-error', `The request cannot be read: ${error.message.slice(0, 200)}`);
  }
  return catapultError('backend-protocol-support-failure', 'Something went wrong on our side; it has been logged.');
}
