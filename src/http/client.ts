import {
  Agent as HttpAgent,
  request as requestHttp,
  type AgentOptions,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isNativeError } from 'node:util/types';
import {
  ADDRESS_TRIED_FOR_MS,
  KEPT_FOR_MS,
  MAX_DROPPED_BYTES,
  MAX_DROPPING_MS,
  MAX_HEAD_BYTES,
  MAX_KEPT_ORIGINS,
  MAX_KEPT_PER_ORIGIN,
} from './budget.ts';

const CONNECTIONS: AgentOptions = { autoSelectFamily: true, autoSelectFamilyAttemptTimeout: ADDRESS_TRIED_FOR_MS };

const KEPT_CONNECTIONS: AgentOptions = {
  ...CONNECTIONS,
  keepAlive: true,
  maxFreeSockets: MAX_KEPT_PER_ORIGIN,
  timeout: KEPT_FOR_MS,
};

/** Keeps connections within a bound, however many origins there are: customers name them. */
function bounded<Kept extends HttpAgent>(agent: Kept): Kept {
  const keep = agent.keepSocketAlive.bind(agent);
  agent.keepSocketAlive = (socket) => Object.keys(agent.freeSockets).length < MAX_KEPT_ORIGINS && keep(socket);
  return agent;
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'DELETE';
  headers: Record<string, string>;
  body?: string | undefined;
  /** Holds for everything: name, connection, TLS, request, and the answer as far as it is read. */
  timeoutMs: number;
  /**
   * Whether it does no harm if it comes twice. Such a request may take a connection that was kept, and is repeated once on a new one
   * if the server has closed that without a word: many do, and do not say so before. Any other has a new connection, and is sent once.
   */
  isRepeatable: boolean;
  /** Gives a name's addresses, for a new connection; the system's look-up unless given. */
  lookup?: LookupFunction | undefined;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** The body; undefined if it is longer. @throws NoAnswer if it breaks off, or takes too long. */
  text(maxBytes: number): Promise<string | undefined>;
  /** The same as it came. */
  bytes(maxBytes: number): Promise<Buffer | undefined>;
  /** What of the body comes within a time, up to so many bytes; the rest is dropped. Never throws. */
  beginning(maxBytes: number, withinMs: number): Promise<Buffer>;
  /** The address that has answered. */
  address: string | undefined;
  /** The body is not wanted. Nobody waits for it, and its connection ends if it is long, or takes long. */
  drop(): void;
  /** When its connection is free, or gone. */
  closed: Promise<void>;
}

/** Of what our own machine lacks: descriptors, buffers, ports, turns to look up a name. */
const LOCAL_ERRORS = ['EMFILE', 'ENFILE', 'ENOBUFS', 'EADDRNOTAVAIL', 'EBUSY'];

interface Facts {
  isUnsent: boolean;
  isTimeout?: boolean;
  isOurs?: boolean;
  code?: string | undefined;
}

/** There was no answer, or not all of it. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  /** It is certain that the other side got nothing of the request. */
  readonly isUnsent: boolean;
  readonly isTimeout: boolean;
  /** Our own machine could not send it, which says nothing of the other side. */
  readonly isOurs: boolean;
  readonly code: string | undefined;

  constructor(message: string, facts: Facts) {
    super(message);
    this.isUnsent = facts.isUnsent;
    this.isTimeout = facts.isTimeout ?? false;
    this.isOurs = facts.isOurs ?? false;
    this.code = facts.code;
  }
}

/**
 * Sends requests to somebody else's server. It follows no redirect. Node's own client, since that takes informational answers
 * nobody asked for, and can be ended at any moment, also while it looks up a name.
 */
export class HttpClient {
  private readonly agents = {
    http: { kept: bounded(new HttpAgent(KEPT_CONNECTIONS)), fresh: new HttpAgent(CONNECTIONS) },
    https: { kept: bounded(new HttpsAgent(KEPT_CONNECTIONS)), fresh: new HttpsAgent(CONNECTIONS) },
  };
  private readonly underWay = new Set<Promise<void>>();

  /** @throws NoAnswer */
  async send(url: URL, request: HttpRequest): Promise<HttpAnswer> {
    const until = performance.now() + request.timeoutMs;
    if (!request.isRepeatable) return await this.attempt(url, request, 'fresh', until);
    try {
      return await this.attempt(url, request, 'kept', until);
    } catch (error) {
      if (!(error instanceof ClosedUnanswered)) throw error;
    }
    try {
      return await this.attempt(url, request, 'fresh', until);
    } catch (error) {
      // The other side may have got it the first time.
      if (!(error instanceof NoAnswer)) throw error;
      const { isTimeout, isOurs, code } = error;
      throw new NoAnswer(error.message, { isUnsent: false, isTimeout, isOurs, code });
    }
  }

  private async attempt(
    url: URL,
    { method, headers, body, timeoutMs, lookup }: HttpRequest,
    connection: 'kept' | 'fresh',
    until: number,
  ): Promise<HttpAnswer> {
    const isSecure = url.protocol === 'https:';
    const agents = this.agents[isSecure ? 'https' : 'http'];
    const request = (isSecure ? requestHttps : requestHttp)(url, {
      agent: agents[connection],
      method,
      headers,
      maxHeaderSize: MAX_HEAD_BYTES,
      lookup,
    });
    const closed = new Promise<void>((resolve) => request.once('close', resolve));
    const answered = answerOf(request, { isSecure, timeoutMs, until, closed });
    this.underWay.add(closed);
    void closed.then(() => this.underWay.delete(closed));
    request.end(body);
    return await answered;
  }

  /** Waits for what is under way, which its timeouts bound. */
  async close(): Promise<void> {
    await Promise.all(this.underWay);
    for (const { kept, fresh } of Object.values(this.agents)) [kept, fresh].forEach((agent) => agent.destroy());
  }
}

/** A connection that was kept has ended before anything of the answer came. */
class ClosedUnanswered extends NoAnswer {}

interface Attempt {
  isSecure: boolean;
  timeoutMs: number;
  /** When its time is over (ms of the monotonic clock). */
  until: number;
  closed: Promise<void>;
}

function answerOf(request: ClientRequest, { isSecure, timeoutMs, until, closed }: Attempt): Promise<HttpAnswer> {
  let isUnsent = true;
  let isKept = false;
  let hasAnswerBegun = false;
  let isSettled = false;
  let timedOut: NoAnswer | undefined;
  request.once('socket', (socket) => {
    isKept = request.reusedSocket;
    if (isKept) {
      isUnsent = false;
      const begun = () => (hasAnswerBegun = true);
      socket.once('data', begun);
      request.once('close', () => socket.off('data', begun));
    } else socket.once(isSecure ? 'secureConnect' : 'connect', () => (isUnsent = false));
  });
  const timer = setTimeout(
    () => {
      timedOut = new NoAnswer(`no answer within ${timeoutMs} ms`, { isUnsent, isTimeout: true });
      request.destroy(timedOut);
    },
    Math.max(until - performance.now(), 0),
  );
  const noAnswer = (error: unknown) => {
    if (timedOut !== undefined) return timedOut;
    const found = asNoAnswer(error, isUnsent);
    return isKept && !hasAnswerBegun ? new ClosedUnanswered(found.message, found) : found;
  };
  return new Promise((resolve, reject) => {
    // What comes after the answer's head reaches whoever reads the body.
    request.on('error', (error) => reject(noAnswer(error)));
    // The last thing that happens to a request, and after most 101 the only one.
    request.once('close', () => {
      clearTimeout(timer);
      if (!isSettled) reject(noAnswer(new Error('the connection was closed')));
    });
    request.once('response', (response) => {
      response.on('error', () => undefined);
      const bytes = (maxBytes: number) =>
        bytesOf(response, maxBytes).catch((error: unknown) => Promise.reject(noAnswer(error)));
      // Another protocol, which nobody asked for: what was done is not known.
      if (response.statusCode === 101) return void request.destroy(new Error('answered 101, unasked'));
      isSettled = true;
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        text: async (maxBytes) => {
          const body = await bytes(maxBytes);
          return body === undefined ? undefined : new TextDecoder().decode(body);
        },
        bytes,
        address: response.socket.remoteAddress,
        beginning: (maxBytes, withinMs) => {
          drop(request, response);
          return beginningOf(response, maxBytes, withinMs);
        },
        drop: () => drop(request, response),
        closed,
      });
    });
  });
}

function asNoAnswer(error: unknown, isUnsent: boolean): NoAnswer {
  // Where several addresses were tried, each has an error of its own.
  const causes: unknown[] = isNativeError(error) && 'errors' in error ? (error as AggregateError).errors : [error];
  const cause = causes.find((one) => !isLocal(one)) ?? causes[0];
  if (!isNativeError(cause)) return new NoAnswer(String(cause), { isUnsent });
  const { code }: NodeJS.ErrnoException = cause;
  return new NoAnswer(cause.message || cause.name, { isUnsent, isOurs: isLocal(cause), code });
}

function isLocal(error: unknown): boolean {
  if (!isNativeError(error)) return false;
  const { code = '', address = '' }: NodeJS.ErrnoException & { address?: string } = error;
  // A machine without IPv6 says EADDRNOTAVAIL of every such address: that will not pass.
  return LOCAL_ERRORS.includes(code) && !(code === 'EADDRNOTAVAIL' && address.includes(':'));
}

async function bytesOf(response: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    // Whoever stops reading ends the connection.
    if (size > maxBytes) return undefined;
  }
  return Buffer.concat(chunks);
}

async function beginningOf(response: IncomingMessage, maxBytes: number, withinMs: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, withinMs);
    response.on('data', (chunk: Buffer) => {
      if (size >= maxBytes) return;
      chunks.push(chunk);
      size += chunk.length;
      if (size >= maxBytes) resolve();
    });
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  return Buffer.concat(chunks).subarray(0, maxBytes);
}

function drop(request: ClientRequest, response: IncomingMessage): void {
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_DROPPED_BYTES) request.destroy();
  });
  const timer = setTimeout(() => request.destroy(), MAX_DROPPING_MS);
  request.once('close', () => clearTimeout(timer));
}
