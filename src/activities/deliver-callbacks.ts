import { ApplicationFailure, Context, log } from '@temporalio/activity';
import { present } from '../catapult/present.ts';
import { ApplicationFailureCategory } from '@temporalio/common';
import { webhookSecretsOf } from '../accounts/accounts.ts';
import { eventName, type EventBody } from '../catapult/events.ts';
import { hasNoUrl, withoutGone } from '../conference/outbox/lanes.ts';
import type { DeliveryResult } from '../conference/state/outbox.ts';
import { attemptOnRecord, type DeliveryAttempt, type Target } from '../delivery/deliver.ts';
import { signedMessage } from '../delivery/request.ts';
import { traced, traceparent } from '../telemetry/tracing.ts';
import { failureTypes } from '../workflows/messages.ts';
import { DELIVERY_HEARTBEAT_EVERY_MS, REPORT_AFTER_MS, SHORT_PAUSES_MS, MAX_SHORT_PAUSE_MS } from './budget.ts';
import { currentAttempt } from './current.ts';
import { deliveryProgress } from './delivery-progress.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { UnknownAccounts } from './unknown-accounts.ts';

/** The status of a URL that wants no more, as a request's result shows it. */
const GONE = '410';

export interface DeliveryOrder {
  events: { id: string; sequence: number; event: EventBody; trace?: string }[];
  target: Target;
}

/** The activity that brings events to the customer. */
export function createDeliveryActivities({ deliverer, accounts, publicUrl }: ActivityDependencies) {
  const unknownAccounts = new UnknownAccounts();
  return {
    /**
     * Delivers events one after the other, in order, and stops at the first that fails or when it is cancelled.
     * @returns the attempts it made, and the event it stopped at; or `busyForMs` when the host is to be spared, or the account is not
     * known: nothing is sent unsigned.
     * @throws ApplicationFailure `NothingDelivered`, with what it would return, when not even the first was: retried after 1, 2,
     * 5, 10, 30 s, or later if the customer wants that.
     */
    async deliverCallbacks({ events, target }: DeliveryOrder): Promise<DeliveryResult> {
      const context = Context.current();
      const { userId } = currentAttempt();
      const account = accounts.get(userId);
      if (account === undefined) return unknownAccounts.notSent(userId, { events, target });
      const secrets = webhookSecretsOf(account);
      const attempts = deliveryProgress.parse(context.info.heartbeatDetails);
      const isDelivered = (wanted: number) => attempts.some(({ sequence, ok }) => ok && sequence === wanted);
      // What a URL has answered holds for the retries of this activity too.
      const gone = attempts.filter(({ result }) => result === GONE).map(({ url }) => target[url] ?? '');
      const delivery = { account: userId, signal: context.cancellationSignal };
      const heartbeat = setInterval(() => context.heartbeat(attempts), DELIVERY_HEARTBEAT_EVERY_MS);
      const startedAt = performance.now();
      try {
        for (const { id, sequence, event, trace } of events) {
          if (isDelivered(sequence)) continue;
          const late = attempts.some(({ ok }) => ok) && performance.now() - startedAt > REPORT_AFTER_MS;
          if (late || context.cancellationSignal.aborted) break;
          const message = signedMessage({ id, sequence, event }, secrets, publicUrl);
          const onSent = (attempt: DeliveryAttempt) => {
            // Of each URL the latest answer is kept: heartbeats and results lie in the history.
            for (const before of attempts) if (before.url === attempt.url) delete before.answer;
            attempts.push(attemptOnRecord(sequence, attempt));
            // What the heartbeat holds is shown (client/under-way.ts), and the next request may take long.
            context.heartbeat(attempts);
          };
          const batch = events.length > 1 ? [traceparent() ?? ''] : [];
          const ofThis = await traced(`deliver ${eventName(event)}`, { parent: trace, links: batch }, () =>
            deliverer.deliver(message, withoutGone(target, gone), { ...delivery, onSent }),
          );
          for (const { url, gone: isGone } of ofThis) if (isGone === true) gone.push(target[url] ?? '');
          const last = ofThis.at(-1);
          if (last?.spared !== undefined) return { attempts, gone, busyForMs: last.spared };
          if (last?.ok !== true) {
            const nobodyIsLeft = hasNoUrl(withoutGone(target, gone));
            return stoppedAt({ sequence, name: eventName(event), attempts: ofThis, nobodyIsLeft }, { attempts, gone });
          }
          log.info(`${eventName(event)} → ${last.url} ${last.result} (${last.milliseconds} ms)`);
        }
        return { attempts, gone };
      } finally {
        clearInterval(heartbeat);
      }
    },
  };
}

interface Stopped {
  sequence: number;
  name: string;
  attempts: DeliveryAttempt[];
  nobodyIsLeft: boolean;
}

function stoppedAt({ sequence, name, attempts, nobodyIsLeft }: Stopped, soFar: DeliveryResult): DeliveryResult {
  const error = attempts.map(({ url, result }) => `${url}: ${result}`).join(', ') || 'there is no URL to send it to';
  log.warn(`${name} could not be delivered: ${error}`);
  const retryAfter = Math.max(0, ...attempts.map((attempt) => attempt.retryAfter ?? 0));
  const result = {
    ...soFar,
    failed: present({ sequence, error, retryAfterMs: retryAfter > 0 ? retryAfter : undefined }),
  };
  if (soFar.attempts.some(({ ok }) => ok)) return result;
  const pause = SHORT_PAUSES_MS[Context.current().info.attempt - 1] ?? MAX_SHORT_PAUSE_MS;
  throw ApplicationFailure.create({
    type: failureTypes.nothingDelivered,
    message: error,
    details: [result],
    nextRetryDelay: Math.max(retryAfter, pause * (0.9 + Math.random() / 5)),
    // Longer pauses are the workflow's; and where nobody is left to ask, there is no need for any.
    nonRetryable: retryAfter > MAX_SHORT_PAUSE_MS || nobodyIsLeft,
    category: ApplicationFailureCategory.BENIGN,
  });
}
