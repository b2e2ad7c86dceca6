import { ApplicationFailure, Context, log } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { z } from 'zod';
import { eventName, withAbsoluteUris, type CallbackEvent } from '../catapult/events.ts';
import type { Attempt, Target } from '../delivery/deliver.ts';
import { failureTypes } from '../workflows/failures.ts';
import type { DeliveryResult } from '../workflows/outbox.ts';
import { currentAttempt } from './current.ts';
import type { ActivityDependencies } from './index.ts';

/** The pauses between attempts that deliver nothing, in milliseconds; longer ones are the workflow's (outbox.ts). */
const SHORT_PAUSES = [1_000, 2_000, 5_000, 10_000, 30_000];

/** A batch ends after this time (ms) if it has delivered something: the workflow then knows, and shows, how far it is. */
const REPORT_AFTER = 30_000;

/** How often progress is told to Temporal (ms); a killed worker's successor goes on from there. */
const HEARTBEAT_EVERY = 1_000;

export interface DeliveryOrder {
  events: { id: string; sequence: number; event: CallbackEvent }[];
  target: Target;
}

const progress = z.array(z.string()).catch([]);

/** The activity that brings events to the customer. */
export function createDeliveryActivities({ deliverer, accounts, publicUrl }: ActivityDependencies) {
  return {
    /**
     * Delivers events one after the other, in order, and stops at the first that fails or when it is cancelled.
     * @returns the ids it delivered, and the event it stopped at; or `busy` when the host has no slot free.
     * @throws ApplicationFailure `NothingDelivered` when not even the first was: retried after 1, 2, 5, 10, 30 s.
     */
    async deliverCallbacks({ events, target }: DeliveryOrder): Promise<DeliveryResult> {
      const context = Context.current();
      const secret = accounts.get(currentAttempt().userId)?.webhookSecret;
      const delivered = progress.parse(context.info.heartbeatDetails ?? []);
      const heartbeat = setInterval(() => context.heartbeat(delivered), HEARTBEAT_EVERY);
      const startedAt = Date.now();
      try {
        for (const { id, sequence, event } of events) {
          if (delivered.includes(id)) continue;
          const late = delivered.length > 0 && Date.now() - startedAt > REPORT_AFTER;
          if (late || context.cancellationSignal.aborted) break;
          const signing = secret === undefined ? {} : { signing: { id, sequence, secret } };
          const attempts = await deliverer.deliver({ event: withAbsoluteUris(event, publicUrl), ...signing }, target);
          const last = attempts.at(-1);
          if (last?.busy === true) return { delivered, busy: true };
          if (last?.ok !== true) return stoppedAt(id, eventName(event), attempts, delivered);
          log.info(`${eventName(event)} → ${last.url} ${last.result} (${last.milliseconds} ms)`);
          delivered.push(id);
          context.heartbeat(delivered);
        }
        return { delivered };
      } finally {
        clearInterval(heartbeat);
      }
    },
  };
}

function stoppedAt(id: string, name: string, attempts: Attempt[], delivered: string[]): DeliveryResult {
  const error = attempts.map(({ url, result }) => `${url}: ${result}`).join(', ') || 'there is no callbackUrl';
  log.warn(`${name} could not be delivered: ${error}`);
  if (delivered.length > 0) return { delivered, failed: { id, error } };
  throw ApplicationFailure.create({
    type: failureTypes.nothingDelivered,
    message: error,
    nextRetryDelay: SHORT_PAUSES[Context.current().info.attempt - 1] ?? 30_000,
    category: ApplicationFailureCategory.BENIGN,
  });
}
