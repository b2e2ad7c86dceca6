import type { FastifyInstance, FastifyRequest } from 'fastify';
import { catapultError } from './errors.ts';

/*
 * What a server keeps in memory of the bodies that it reads, whoever sends them and however slowly.
 */

/** The largest request body, in bytes. */
export const MAX_BODY = 64 * 1024;

/** Of all requests that are not answered yet together: 512 of the largest. */
export const BODIES_IN_FLIGHT_BYTES = 32 * 1024 * 1024;

/** Answers 503 where the bodies of all requests would be more than that; to be called before a route is added. */
export function boundBodiesInFlight(app: FastifyInstance, mostBytes = BODIES_IN_FLIGHT_BYTES): void {
  let inFlight = 0;
  // After the hooks that look at who asks: what a stranger sends is not counted, as it is not read.
  app.addHook('preParsing', async (request, reply) => {
    const bytes = bytesOf(request);
    if (bytes === 0) return;
    if (inFlight + bytes > mostBytes) {
      const message = 'Too much is being sent to this server at this moment; send the request again.';
      throw catapultError('gateway-unavailable', message, { headers: { 'retry-after': '1' } });
    }
    inFlight += bytes;
    reply.raw.once('close', () => (inFlight -= bytes));
  });
}

/** As many as it says; where it does not say, or more than is read of it, as many as are. */
function bytesOf({ headers }: FastifyRequest): number {
  if (headers['transfer-encoding'] !== undefined) return MAX_BODY;
  return Math.min(Number(headers['content-length'] ?? 0), MAX_BODY);
}
