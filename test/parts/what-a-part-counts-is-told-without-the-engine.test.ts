import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { freePort } from '../../src/dev/ports.ts';
import { serveMetrics } from '../../src/metrics-server.ts';

/* A worker that is so busy that Temporal's engine does not tell what it counts is the one whose metrics are wanted. */

test('a worker tells what it has counted itself, also while Temporal’s engine does not answer', async () => {
  const port = await freePort();
  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const metrics = { host: '127.0.0.1', isLoopback: true, gateway: undefined, worker: port };
  const stop = await serveMetrics('worker', { metrics }, logger, () => Promise.reject(new Error('too busy')));
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('convoke_dead_letters_total{reason="expired"} 0');
    expect(lines.join()).toContain('too busy');
  } finally {
    await stop();
  }
});
