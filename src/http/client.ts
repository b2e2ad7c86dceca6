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

/** An answer's head beyond this is refused (bytes): proxies and frameworks send heads of 64 KB. */
const MAX_HEAD_BYTES = 128 * 1024;

/** Of a body that nobody wants so much is read, to keep the connection; a longer one ends it (bytes). */
const MAX_DROPPED_BYTES = 16 * 1024;

const CONNECTIONS: AgentOptions = {
  keepAlive: true,
  maxFreeSockets: 16,
  // For how long one is kept (ms), unless the server says less. Well below what servers keep them for: a request that meets one
  // which is being closed is lost, and is not sent again.
  timeout: 4_000,
  // How long one address of a name is tried before the next one (ms): far longer than the way to it takes.
  autoSelectFamily: true,
  autoSelectFamilyAttemptTimeout: 500,
};

export interface HttpRequest {
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string | undefined;
  /** Holds for everything: name, connection, TLS, request, and the answer as far as it is read. */
  timeoutMs: number;
  /** Gives a name's addresses, for a new connection; the system's look-up unless given. */
  lookup?: LookupFunction | undefined;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** The body; undefined if it is longer. @throws NoAnswer if it breaks off, or takes too long. */
  text(maxBytes: number): Promise<string | undefined>;
  /** The body is not wanted. Nobody waits for it. */
  drop(): void;
}

/** There was no answer, or not all of it. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  /** It is certain that the other side got nothing of the request. */
  readonly isUnsent: boolean;
  readonly isTimeout: boolean;
  readonly code: string | undefined;

  constructor(message: string, facts: { isUnsent: boolean; isTimeout?: boolean; code?: string | undefined }) {
    super(message);
    this.isUnsent = facts.isUnsent;
    this.isTimeout = facts.isTimeout ?? false;
    this.code = facts.code;
  }
}

/**
 * Sends requests to somebody else's server, each once: it follows no redirect and repeats nothing. Node's own client, since that
 * takes informational answers nobody asked for, and can be ended at any moment, also while it looks up a name.
 */
export class HttpClient {
  private readonly http = new HttpAgent(CONNECTIONS);
  private readonly https = new HttpsAgent(CONNECTIONS);
  private readonly underWay = new Set<Promise<unknown>>();

  /** @throws NoAnswer */
  async send(url: URL, { method, headers, body, timeoutMs, lookup }: HttpRequest): Promise<HttpAnswer> {
    const isSecure = url.protocol === 'https:';
    const request = (isSecure ? requestHttps : requestHttp)(url, {
      agent: isSecure ? this.https : this.http,
      method,
      headers,
      maxHeaderSize: MAX_HEAD_BYTES,
      ...(lookup === undefined ? {} : { lookup }),
    });
    const answered = answerOf(request, isSecure, timeoutMs);
    const closed = new Promise((resolve) => request.once('close', resolve)).finally(() => this.underWay.delete(closed));
    this.underWay.add(closed);
    request.end(body);
    return await answered;
  }

  /** Waits for what is under way, which its timeouts bound. */
  async close(): Promise<void> {
    await Promise.all(this.underWay);
    this.http.destroy();
    this.https.destroy();
  }
}

function answerOf(request: ClientRequest, isSecure: boolean, timeoutMs: number): Promise<HttpAnswer> {
  let isUnsent = true;
  let timedOut: NoAnswer | undefined;
  request.once('socket', (socket) => {
    if (request.reusedSocket) isUnsent = false;
    else socket.once(isSecure ? 'secureConnect' : 'connect', () => (isUnsent = false));
  });
  const timer = setTimeout(() => {
    timedOut = new NoAnswer(`no answer within ${timeoutMs} ms`, { isUnsent, isTimeout: true });
    request.destroy(timedOut);
  }, timeoutMs);
  const noAnswer = (error: unknown) => timedOut ?? asNoAnswer(error, isUnsent);
  return new Promise((resolve, reject) => {
    // What comes after the answer's head reaches whoever reads the body.
    request.on('error', (error) => reject(noAnswer(error)));
    // The last thing that happens to a request, and after a 101 the only one.
    request.once('close', () => {
      clearTimeout(timer);
      reject(noAnswer(new Error('the connection was closed')));
    });
    request.once('response', (response) => {
      response.on('error', () => undefined);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        text: (maxBytes) => textOf(response, maxBytes).catch((error: unknown) => Promise.reject(noAnswer(error))),
        drop: () => drop(response),
      });
    });
  });
}

function asNoAnswer(error: unknown, isUnsent: boolean): NoAnswer {
  // Where several addresses were tried, each has an error of its own.
  const cause: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (!(cause instanceof Error)) return new NoAnswer(String(cause), { isUnsent });
  const { code }: NodeJS.ErrnoException = cause;
  return new NoAnswer(cause.message || cause.name, { isUnsent, code });
}

async function textOf(response: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    // Whoever stops reading ends the connection.
    if (size > maxBytes) return undefined;
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function drop(response: IncomingMessage): void {
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_DROPPED_BYTES) response.destroy();
  });
}
