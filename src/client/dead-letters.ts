import type { Client } from '@temporalio/client';
import { parseWorkflowId, redeliverSignal, type ConferenceIds, type EventRecord } from '../workflows/messages.ts';
import { MAX_PAGE, type Events } from './events.ts';
import type { Signals } from './signals.ts';

/** How long one conference's part of the work may take (ms). */
const ONE_WITHIN = 30_000;

/** Events that one signal holds: of the largest, as many as Temporal takes (2 MB). */
const MAX_SIGNALLED = 10;

/** Events accepted in this time (epoch milliseconds), both ends included. */
export interface Period {
  from: number;
  to: number;
}

/** How far it is: conferences looked at, and events of them that are delivered again. */
export interface RedeliveryProgress {
  conferences: number;
  events: number;
}

/** The dead letters of whole accounts. */
export class DeadLetters {
  private readonly client: Client;
  private readonly taskQueue: string;
  private readonly events: Events;
  private readonly signals: Signals;

  constructor(client: Client, taskQueue: string, events: Events, signals: Signals) {
    this.client = client;
    this.taskQueue = taskQueue;
    this.events = events;
    this.signals = signals;
  }

  /**
   * Has all dead letters of an account delivered again that were accepted in this time, open conferences and closed ones; tells how
   * far it is after each conference. Repeating it is harmless: what waits already goes on waiting.
   * @throws when Temporal or its workers do not answer.
   */
  async *redeliver(userId: string, period: Period): AsyncGenerator<RedeliveryProgress> {
    const seen = new Set<string>();
    const progress = { conferences: 0, events: 0 };
    // When a run began says nothing: earlier ones, or the conference of an aftercare, may have accepted what is dead.
    const query =
      `ConferenceUser = '${userId.replaceAll("'", '')}' AND ConferenceDeadLetters > 0 AND ` +
      `ExecutionStatus != 'ContinuedAsNew' AND TaskQueue = '${this.taskQueue}'`;
    for await (const { workflowId } of this.client.workflow.list({ query })) {
      const ids = parseWorkflowId(workflowId);
      // Its aftercare is another workflow of the same conference.
      if (seen.has(ids.conferenceId)) continue;
      seen.add(ids.conferenceId);
      progress.events += await this.redeliverOf(ids, period);
      progress.conferences += 1;
      yield { ...progress };
    }
  }

  private async redeliverOf(ids: ConferenceIds, { from, to }: Period): Promise<number> {
    const deadline = Date.now() + ONE_WITHIN;
    let events = 0;
    for (let after: number | undefined = 0; after !== undefined;) {
      const page = await this.events.page(ids, { after, size: MAX_PAGE, state: 'dead' }, deadline);
      const wanted: EventRecord[] = (page?.records ?? []).filter(
        ({ acceptedAt }) => acceptedAt >= from && acceptedAt <= to,
      );
      for (let first = 0; first < wanted.length; first += MAX_SIGNALLED)
        await this.signals.send(ids, redeliverSignal, wanted.slice(first, first + MAX_SIGNALLED));
      events += wanted.length;
      after = page?.after;
    }
    return events;
  }
}
