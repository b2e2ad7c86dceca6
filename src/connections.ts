import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { z } from 'zod';
import { MAX_CONNECTIONS } from './budget.ts';
import { networkOf } from './gateway/network-of.ts';

/*
 * Connections are bounded below the process's limit on descriptors, so that strangers cannot take what the journal and Temporal
 * need. Whoever comes when all are taken is let in, in place of one that does not use its own.
 */

/** The share of the descriptors that connections may take; the rest is for files, and for connections of our own. */
export const SHARE_OF_DESCRIPTORS = 3 / 4;

/**
 * The share of all connections that one address may have. It is large, as behind a proxy all come from one address; and whoever
 * reaches it takes the place of one from the same address.
 */
const SHARE_OF_AN_ADDRESS = 1 / 2;

interface Connection {
  socket: Socket;
  /** Those that are not sent yet, to requests that may not be whole yet. */
  responses: Set<ServerResponse>;
  /** Whether a whole request of it has been answered. */
  wasOfUse: boolean;
}

/** Holds a server's connections within bounds. */
export function boundConnections(server: Server): void {
  const bounds = boundsHere();
  // Of each address in the order in which they came, or were last of use.
  const byAddress = new Map<string, Set<Connection>>();
  // With TLS a request has another socket than its connection, with the same two ends.
  const bySocket = new Map<string, Connection>();
  let open = 0;

  server.on('connection', (socket) => {
    const address = networkOf(socket.remoteAddress ?? '');
    const others = byAddress.get(address) ?? new Set();
    if (others.size >= bounds.perAddress && !closeOneOf([others])) return void socket.destroy();
    if (open >= bounds.all && !closeOneOf(byAddress.values())) return void socket.destroy();
    const connection = { socket, responses: new Set<ServerResponse>(), wasOfUse: false };
    const end = endOf(socket);
    bySocket.set(end, connection);
    byAddress.set(address, others.add(connection));
    open += 1;
    socket.once('close', () => {
      open -= 1;
      if (bySocket.get(end) === connection) bySocket.delete(end);
      others.delete(connection);
      if (others.size === 0) byAddress.delete(address);
    });
  });

  server.on('request', (request, response) => {
    const connection = bySocket.get(endOf(request.socket));
    const others = byAddress.get(networkOf(request.socket.remoteAddress ?? ''));
    connection?.responses.add(response);
    response.once('close', () => {
      connection?.responses.delete(response);
      if (!request.complete || connection === undefined || others?.delete(connection) !== true) return;
      others.add(Object.assign(connection, { wasOfUse: true }));
    });
  });
}

function endOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Closes a connection that is not at work; where there is none, one that follows, which takes up again what it has had. False where all wait for our answer. */
function closeOneOf(addresses: Iterable<Set<Connection>>): boolean {
  const all = [...addresses];
  const [idle, following] = [mostOf(all, isNotAtWork), mostOf(all, onlyFollows)];
  const closed = idle.find(({ wasOfUse }) => !wasOfUse) ?? idle[0] ?? following[0];
  closed?.socket.destroy();
  return closed !== undefined;
}

/** Such connections of the address that has most of them. */
function mostOf(addresses: readonly Set<Connection>[], isSuch: (connection: Connection) => boolean): Connection[] {
  let most: Connection[] = [];
  for (const connections of addresses) {
    const such = connections.size > most.length ? [...connections].filter(isSuch) : [];
    if (such.length > most.length) most = such;
  }
  return most;
}

/** At work is one that has sent a whole request, and waits for our answer. */
function isNotAtWork({ socket, responses }: Connection): boolean {
  return !socket.destroyed && ![...responses].some(isAwaited);
}

/** Whether all that it waits for are streams of events, which have begun. */
function onlyFollows({ socket, responses }: Connection): boolean {
  const awaited = [...responses].filter(isAwaited);
  const areStreams = awaited.every((one) => String(one.getHeader('content-type')).startsWith('text/event-stream'));
  return !socket.destroyed && areStreams;
}

function isAwaited({ req, writableEnded }: ServerResponse): boolean {
  return req.complete && !writableEnded;
}

const report = z.object({
  userLimits: z.object({ open_files: z.object({ soft: z.union([z.number(), z.string()]) }) }),
});

/** How many descriptors this process may have. */
export function descriptorsHere(): number {
  const limit = Number(report.safeParse(process.report.getReport()).data?.userLimits.open_files.soft);
  // "unlimited" is no number.
  return limit || MAX_CONNECTIONS * 2;
}

/** As this process may have them. */
function boundsHere(): { all: number; perAddress: number } {
  const all = Math.min(MAX_CONNECTIONS, Math.floor(descriptorsHere() * SHARE_OF_DESCRIPTORS));
  return { all, perAddress: Math.floor(all * SHARE_OF_AN_ADDRESS) };
}
