import type { FastifyInstance } from 'fastify';
import type { TemporalHealth } from '../client/index.ts';
import type { AckAfter } from './bridge.ts';
import { READYZ_HOLDS_FOR_MS } from './budget.ts';
import type { Journal } from './journal.ts';

/** What is known of Temporal and its workers; `namespace` is `ready`, or what it lacks. */
export type GatewayHealth = TemporalHealth & { namespace?: string };

/** The same for whoever asks, and however many: it asks Temporal. */
export function rememberedHealth(check: () => Promise<GatewayHealth>): () => Promise<GatewayHealth> {
  let checked: { at: number; health: Promise<GatewayHealth> } | undefined;
  return () => {
    if (checked === undefined || performance.now() - checked.at > READYZ_HOLDS_FOR_MS)
      checked = { at: performance.now(), health: check() };
    return checked.health;
  };
}

/**
 * `/healthz`: the process is alive. `/readyz`: 503 until Temporal and a worker have been seen once, then 200 as long as a
 * callback can be accepted: by the journal, and where `ackAfter` wants it by Temporal too.
 */
export function serveHealth(
  app: FastifyInstance,
  check: () => Promise<GatewayHealth>,
  journal: Journal,
  ackAfter: AckAfter,
): void {
  let seen = false;
  app.get('/healthz', () => ({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    const { reachable, isWorking, namespace } = await check();
    const stats = journal.stats();
    seen ||= isWorking;
    const accepts = stats.state === 'ok' && (ackAfter === 'journal' || reachable);
    const body = {
      temporal: reachable ? 'reachable' : 'unreachable',
      namespace,
      workers: isWorking ? 'working' : 'away',
      journal: stats,
    };
    return reply.code(seen && accepts ? 200 : 503).send(body);
  });
}
