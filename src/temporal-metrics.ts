import type { MetricsExporterConfig } from '@temporalio/worker';
import { freePort } from './dev/ports.ts';

/* What Temporal's own engine in a worker counts. It serves that itself, on a port of this machine, from where it is joined with what is ours. */

/** What the engine measures in milliseconds, with buckets that tell 5 ms from 10. */
const LATENCIES = [
  ...['request_latency', 'long_request_latency', 'sticky_cache_total_forced_eviction'],
  ...['workflow_endtoend_latency', 'workflow_task_schedule_to_start_latency', 'workflow_task_execution_latency'],
  ...['workflow_task_replay_latency', 'activity_schedule_to_start_latency', 'activity_execution_latency'],
  ...['activity_succeed_endtoend_latency', 'local_activity_execution_latency'],
];
const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Prometheus gives up after 10 s, unless it is told otherwise. */
const ANSWERS_WITHIN_MS = 5_000;

export interface EngineMetrics {
  config: MetricsExporterConfig;
  /** All of it in Prometheus' format. @throws when the engine does not answer. */
  text: () => Promise<string>;
}

/** The engine's metrics, on a free port. */
export async function engineMetrics(): Promise<EngineMetrics> {
  const bindAddress = `127.0.0.1:${await freePort()}`;
  const histogramBucketOverrides = Object.fromEntries(LATENCIES.map((name) => [name, BUCKETS_SECONDS]));
  return {
    config: {
      attachServiceName: false,
      prometheus: {
        ...{ bindAddress, histogramBucketOverrides },
        ...{ useSecondsForDurations: true, unitSuffix: true, countersTotalSuffix: true },
      },
    },
    text: async () => {
      const answer = await fetch(`http://${bindAddress}/metrics`, { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) });
      return withoutAccounts(await answer.text());
    },
  };
}

/** The queues of accounts as one: labels name nobody. What becomes alike is added up. */
export function withoutAccounts(text: string): string {
  const lines = new Map<string, string | number>();
  for (const line of text.split('\n')) {
    const [, series, value] = /^([^#].*?-nexus-[^"]*".*) (\S+)$/.exec(line) ?? [];
    if (series === undefined) {
      lines.set(`${lines.size} ${line}`, line);
      continue;
    }
    const name = series.replace(/(task_queue="[^"]*-nexus)-[^"]*"/, '$1"');
    lines.set(name, Number(lines.get(name) ?? 0) + Number(value));
  }
  return [...lines].map(([name, line]) => (typeof line === 'number' ? `${name} ${line}` : line)).join('\n');
}
