import type { FastifyInstance } from 'fastify';
import type { TemporalHealth } from '../client/index.ts';

/**
 * `/healthz`: the process is alive. `/readyz`: 503 until Temporal and a worker have been seen once, then 200 as long as
 * a callback can be accepted.
 */
export function serveHealth(app: FastifyInstance, check: () => Promise<TemporalHealth>): void {
  let seen = false;
  app.get('/healthz', () => ({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    const { reachable, workers } = await check();
    seen ||= reachable && workers > 0;
    const body = { temporal: reachable ? 'reachable' : 'unreachable', workers, journal: 'off' };
    return reply.code(seen && reachable ? 200 : 503).send(body);
  });
}
