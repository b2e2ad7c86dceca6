import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { PhaseCounts } from '../client/index.ts';
import { metrics, type LabelsOf } from '../telemetry/metric-table.ts';
import { count, gauges, observe } from '../telemetry/metrics.ts';
import { CONFERENCES_COUNTED_EVERY_MS } from './budget.ts';
import type { Journal } from './journal.ts';

/* What of a gateway is counted for Prometheus, beside what its parts count themselves. */

/** How many conferences there are in each phase. */
export type CountConferences = () => Promise<PhaseCounts>;

type Method = LabelsOf<'http_server_request_duration_seconds'>['method'];
const methods: ReadonlySet<string> = new Set(metrics.http_server_request_duration_seconds.labels.method);

/** Counts requests, and has the journal and the conferences counted when somebody looks; the answer stops that. */
export function measureGateway(
  app: FastifyInstance,
  journal: Journal,
  countConferences: CountConferences | undefined,
): () => void {
  app.addHook('onResponse', async (request, reply) => measureRequest(request, reply));
  const counted = new CountedConferences(countConferences);
  return gauges((set) => {
    const { waiting, bytes, damaged, oldest } = journal.stats();
    set('convoke_journal_entries', {}, waiting);
    set('convoke_journal_bytes', {}, bytes);
    set('convoke_journal_damaged', {}, damaged);
    if (oldest !== undefined) set('convoke_journal_oldest_entry_timestamp_seconds', {}, Date.parse(oldest) / 1_000);
    for (const [phase, number] of counted.latest()) set('convoke_conferences', { phase }, number);
  });
}

function measureRequest(request: FastifyRequest, reply: FastifyReply): void {
  // A stream takes as long as somebody follows.
  if (String(reply.getHeader('content-type')).startsWith('text/event-stream')) return;
  const labels = {
    method: methods.has(request.method) ? (request.method as Method) : 'other',
    route: request.routeOptions.url ?? 'none',
    status: String(reply.statusCode),
  };
  observe('http_server_request_duration_seconds', labels, reply.elapsedTime / 1_000);
}

/** What the platform is answered to a callback. */
export function measureCallback(channel: string, status: number): void {
  const answer = status < 300 ? 'taken' : status >= 500 ? 'refused' : status === 404 ? 'not-ours' : 'unreadable';
  count('convoke_callbacks_total', {
    channel: channel === 'primary' || channel === 'fallback' ? channel : 'other',
    answer,
  });
}

/** Does a create call, and counts how long it took and how it ended. */
export async function measuringCreate<Answer extends { status: number }>(
  create: () => Promise<Answer>,
): Promise<Answer> {
  const startedAt = performance.now();
  const note = (outcome: LabelsOf<'convoke_create_duration_seconds'>['outcome']) =>
    observe('convoke_create_duration_seconds', { outcome }, (performance.now() - startedAt) / 1_000);
  try {
    const answer = await create();
    note(answer.status === 201 ? 'created' : 'pending');
    return answer;
  } catch (error) {
    const status = (error as { wire?: { status?: number } }).wire?.status ?? 500;
    note(status < 500 ? 'refused' : 'failed');
    throw error;
  }
}

/** The conferences as they were counted last: whoever looks does not wait for Temporal, and starts a new count if need be. */
class CountedConferences {
  private readonly count: CountConferences | undefined;
  private counts: PhaseCounts = new Map();
  private begunAt = -Infinity;

  constructor(count: CountConferences | undefined) {
    this.count = count;
  }

  latest(): PhaseCounts {
    if (performance.now() - this.begunAt > CONFERENCES_COUNTED_EVERY_MS) {
      this.begunAt = performance.now();
      // What is not known is not there.
      void this.count?.().then(
        (counts) => (this.counts = counts),
        () => (this.counts = new Map()),
      );
    }
    return this.counts;
  }
}
