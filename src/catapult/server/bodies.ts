import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { BODIES_IN_FLIGHT_BYTES, MAX_BODY_BYTES } from './budget.ts';
import { catapultError } from '../errors.ts';
import { outsideText } from '../outside-text.ts';

/*
 * How a server reads the bodies of requests, and what it keeps of them in memory, whoever sends them and however slowly.
 */

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who sends bodies to this route: accounts, unless it says so. */
    bodiesFrom?: 'platform';
  }
}

/** Answers 503 where the bodies of all requests would be more than that; to be called before a route is added. */
export function boundBodiesInFlight(app: FastifyInstance, mostBytes = BODIES_IN_FLIGHT_BYTES): void {
  const pools = { accounts: new Pool(mostBytes), platform: new Pool(mostBytes) };
  const whenOver = endsOfRequests();
  // After the hooks that look at who asks: what a stranger sends is not counted, as it is not read.
  app.addHook('preParsing', async (request, reply) => {
    const bytes = bytesOf(request);
    if (bytes === 0 || request.raw.socket.destroyed) return;
    const { bodiesFrom = 'accounts' } = request.routeOptions.config;
    const { userId = '' } = request.params as { userId?: string };
    const account = bodiesFrom === 'accounts' ? userId : undefined;
    if (!pools[bodiesFrom].take(bytes, account)) {
      const message = 'Too much is being sent to this server at this moment; send the request again.';
      throw catapultError('gateway-unavailable', message, { headers: { 'retry-after': '1' } });
    }
    whenOver(request, reply, () => pools[bodiesFrom].giveBack(bytes, account));
  });
}

/** Bytes that many hold for a while. An account gets half of what the others leave, so that there is room for the next one. */
class Pool {
  private readonly mostBytes: number;
  private readonly heldBy = new Map<string | undefined, number>();
  private held = 0;

  constructor(mostBytes: number) {
    this.mostBytes = mostBytes;
  }

  /** False if there is no room. Without an account all there is may be taken. */
  take(bytes: number, account: string | undefined): boolean {
    const own = this.heldBy.get(account) ?? 0;
    const left = this.mostBytes - this.held + own;
    if (own + bytes > (account === undefined ? left : left / 2)) return false;
    this.heldBy.set(account, own + bytes);
    this.held += bytes;
    return true;
  }

  giveBack(bytes: number, account: string | undefined): void {
    const own = (this.heldBy.get(account) ?? 0) - bytes;
    if (own > 0) this.heldBy.set(account, own);
    else this.heldBy.delete(account);
    this.held -= bytes;
  }
}

/**
 * Calls each `then` once, when its request is answered or its connection ends: of an answer that waits behind another one of the same
 * connection (pipelining) Node tells no end if the connection ends first.
 */
export function endsOfRequests() {
  const open = new WeakMap<FastifyRequest['socket'], Set<() => void>>();
  return ({ raw: { socket } }: FastifyRequest, { raw }: FastifyReply, then: () => void): void => {
    const known = open.get(socket);
    const waiting = known ?? new Set();
    const over = () => {
      if (waiting.delete(over)) then();
    };
    waiting.add(over);
    raw.once('close', over);
    if (known !== undefined) return;
    open.set(socket, waiting);
    socket.once('close', () => waiting.forEach((end) => end()));
  };
}

/** As many as it says; where it does not say, or more than is read of it, as many as are. */
function bytesOf({ headers }: FastifyRequest): number {
  if (headers['transfer-encoding'] !== undefined) return MAX_BODY_BYTES;
  return Math.min(Number(headers['content-length'] ?? 0), MAX_BODY_BYTES);
}

type Parse = (text: string) => unknown;

/** Bodies are JSON in UTF-8, and say so; nothing at all is no body, whatever is said of it. */
export function takeJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addHook('onRequest', async ({ raw }) => {
    if (raw.headers['content-length'] === '0') delete raw.headers['content-type'];
  });
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, bytes: Buffer) => {
      const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(request.headers['content-type'] ?? '') ?? [];
      if (bytes.length > 0 && !/^(utf-?8|us-ascii)$/i.test(charset)) throw refusedType(request, 'charset=utf-8');
      return jsonOf(request, bytes, JSON.parse);
    },
  );
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, bytes: Buffer) => {
    if (bytes.length > 0) throw refusedType(request, 'application/json for a request with a body');
  });
}

/** Bodies are JSON in UTF-8, whatever they are called: for what would be lost if it were refused. */
export function takeJsonOfAnyName(app: FastifyInstance, parse: Parse): void {
  app.removeAllContentTypeParsers();
  // What is no name of a type at all is refused before a parser sees it.
  app.addHook('preParsing', async ({ raw }) => {
    delete raw.headers['content-type'];
  });
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, bytes: Buffer) =>
    jsonOf(request, bytes, parse),
  );
}

/** What is wanted instead of a `Content-Type`, or of a type that is no type. */
export function refusedType({ headers }: FastifyRequest, wanted: string) {
  const got = headers['content-type'];
  const details = [{ name: 'Content-Type', value: outsideText(got ?? '', 100) }];
  const shown = got === undefined ? 'nothing' : outsideText(JSON.stringify(got), 100);
  return catapultError('unsupported-media-type', `Content-Type: got ${shown}, wants ${wanted}.`, { details });
}

function jsonOf({ headers }: FastifyRequest, bytes: Buffer, parse: Parse): unknown {
  if (bytes.length === 0) return undefined;
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    const shown = outsideText(encoding, 100);
    const message = `Content-Encoding: got ${JSON.stringify(shown)}, wants a body that is not packed.`;
    throw catapultError('unsupported-media-type', message, { details: [{ name: 'Content-Encoding', value: shown }] });
  }
  return parsed(utf8(bytes), parse);
}

function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw catapultError('validation-error', 'The request cannot be read: its body is not UTF-8.', { cause });
  }
}

function parsed(text: string, parse: Parse): unknown {
  try {
    return parse(text);
  } catch (cause) {
    const why = outsideText(String(cause instanceof Error ? cause.message : cause), 200);
    throw catapultError('validation-error', `The request cannot be read: ${why}`, { cause });
  }
}
