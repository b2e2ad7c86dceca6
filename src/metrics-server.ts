import { fastify } from 'fastify';
import { answerErrorsOnTheWire, wireServerOptions } from './catapult/server/answers.ts';
import { takeLocalOnly } from './catapult/server/local-only.ts';
import type { Config } from './config.ts';
import { listen } from './part.ts';
import type { Logger } from './telemetry/log.ts';
import { metricsText, startMetrics } from './telemetry/metrics.ts';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Serves a part's `/metrics` on a port of its own, if it has one: whoever reaches the API does not reach it. Nothing is counted without.
 * `joined` gives what Temporal's engine counts in this process, in the same format; while it does not, that is left out.
 * @returns what stops it.
 */
export async function serveMetrics(
  part: 'gateway' | 'worker',
  { metrics: { host, isLoopback, [part]: port } }: Pick<Config, 'metrics'>,
  logger: Logger,
  joined: () => Promise<string> = async () => '',
): Promise<() => Promise<void>> {
  if (port === undefined) return async () => undefined;
  await startMetrics(part);
  const leftOut = (error: unknown) => {
    logger.warn({ err: error }, 'Temporal’s engine does not answer: what it counts is left out of /metrics');
    return '';
  };
  const app = fastify(wireServerOptions);
  answerErrorsOnTheWire(app);
  if (isLoopback) takeLocalOnly(app);
  app.get('/metrics', async (_request, reply) => {
    const parts = await Promise.all([metricsText(), joined().catch(leftOut)]);
    return reply.type(CONTENT_TYPE).send(parts.join('\n'));
  });
  const address = await listen(app, host, port, part === 'gateway' ? 'GATEWAY_METRICS_PORT' : 'WORKER_METRICS_PORT');
  logger.info(`metrics on ${address}/metrics`);
  return () => app.close();
}
