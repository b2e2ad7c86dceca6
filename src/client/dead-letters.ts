import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { CatapultError, catapultError } from '../catapult/errors.ts';
import type { ConferenceIds } from '../conference/state/ids.ts';
import type { EventRecord } from '../conference/view.ts';
import {
  FINGERPRINT_MEMO,
  REDELIVERY_WORKFLOW,
  redeliveryWorkflowId,
  searchAttributes,
} from '../workflows/messages.ts';
import { KEY_REMEMBERED_WITHIN_MS, ONE_CONFERENCE_WITHIN_MS, MAX_SIGNALLED_EVENTS, MAX_PAGE_EVENTS } from './budget.ts';
import { conferencesIn } from './conferences-in.ts';
import { requestKeyOf } from './digest.ts';
import type { Events } from './events.ts';
import { deadLettersQuery } from './list-query.ts';
import type { Signals } from './signals.ts';

/** Events accepted in this time (epoch milliseconds), both ends included. */
export interface Period {
  from: number;
  to: number;
}

/** How far it is: conferences looked at, events of them that are delivered again, and such as are not since their conference was terminated. */
export interface RedeliveryProgress {
  conferences: number;
  events: number;
  refused: number;
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
   * far it is after each conference. Repeating it is harmless: what waits already goes on waiting. With `diedBefore` (epoch
   * milliseconds) what has died since is left alone.
   * @throws when Temporal or its workers do not answer.
   */
  async *redeliver(userId: string, period: Period, diedBefore?: number): AsyncGenerator<RedeliveryProgress> {
    const seen = new Set<string>();
    const progress = { conferences: 0, events: 0, refused: 0 };
    const query = deadLettersQuery(userId, this.taskQueue);
    for await (const ids of conferencesIn(this.client, query)) {
      // Its aftercare is another workflow of the same conference.
      if (seen.has(ids.conferenceId)) continue;
      seen.add(ids.conferenceId);
      const { events, refused } = await this.redeliverOf(ids, period, diedBefore);
      progress.events += events;
      progress.refused += refused;
      progress.conferences += 1;
      yield { ...progress };
    }
  }

  /**
   * Remembers that the dead letters of this time are asked for under a key.
   * @returns when they were first asked for so (epoch milliseconds), undefined if that is now.
   * @throws CatapultError 409 if the key was used for another time.
   */
  async firstAskedAt(userId: string, period: Period, idempotencyKey: string): Promise<number | undefined> {
    const { id, fingerprint } = requestKeyOf(idempotencyKey, period);
    const workflowId = redeliveryWorkflowId(userId, id);
    return await this.client.withDeadline(Date.now() + KEY_REMEMBERED_WITHIN_MS, async () => {
      try {
        await this.client.workflow.start(REDELIVERY_WORKFLOW, {
          workflowId,
          taskQueue: this.taskQueue,
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          memo: { [FINGERPRINT_MEMO]: fingerprint },
          staticSummary: `all dead letters of ${userId} are delivered again`,
          typedSearchAttributes: [{ key: searchAttributes.user, value: userId }],
        });
        return undefined;
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
      const { memo, startTime } = await this.client.workflow.getHandle(workflowId).describe();
      if (memo?.[FINGERPRINT_MEMO] === fingerprint) return startTime.getTime();
      const message = 'Idempotency-Key: was used for dead letters of another time; wants a new key for a new request.';
      throw catapultError('conference-update-conflict', message);
    });
  }

  private async redeliverOf(
    ids: ConferenceIds,
    { from, to }: Period,
    diedBefore: number | undefined,
  ): Promise<{ events: number; refused: number }> {
    const deadline = Date.now() + ONE_CONFERENCE_WITHIN_MS;
    let events = 0;
    let refused = 0;
    for (let after: number | undefined = 0; after !== undefined;) {
      const page = await this.events.page(ids, { after, size: MAX_PAGE_EVENTS, state: 'dead', diedBefore }, deadline);
      const wanted: EventRecord[] = (page?.records ?? []).filter(
        ({ acceptedAt }) => acceptedAt >= from && acceptedAt <= to,
      );
      for (let first = 0; first < wanted.length; first += MAX_SIGNALLED_EVENTS) {
        const some = wanted.slice(first, first + MAX_SIGNALLED_EVENTS);
        if (await this.areTaken(ids, some, deadline)) events += some.length;
        else refused += some.length;
      }
      after = page?.after;
    }
    return { events, refused };
  }

  private async areTaken(ids: ConferenceIds, records: EventRecord[], deadline: number): Promise<boolean> {
    try {
      await this.signals.redeliver(ids, records, deadline);
      return true;
    } catch (error) {
      if (error instanceof CatapultError) return false;
      throw error;
    }
  }
}
