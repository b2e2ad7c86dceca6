import type { RetryPolicy } from '@temporalio/common';
import { ActivityCancellationType, CancellationScope, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { eventName } from '../catapult/events.ts';
import { platformUpdateFields } from '../catapult/field-uses.ts';
import { markdownLine } from '../catapult/outside-text.ts';
import { present } from '../catapult/present.ts';
import { beginBy } from '../conference/facts/refusals.ts';
import { targetOf } from '../conference/outbox/lanes.ts';
import { changeInWords } from '../conference/story.ts';
import type { ChangeOutcome, OpenChange } from '../conference/state/changes.ts';
import type { Effect } from '../conference/state/effects.ts';
import type { Input } from '../conference/state/inputs.ts';
import type { DeliveryBatch, DeliveryResult } from '../conference/state/outbox.ts';
import type { ConferenceState } from '../conference/state/state.ts';
import {
  CHANGE_BEGUN_WITHIN_MS,
  CHANGE_CALL_MS,
  DELIVERY_CALL_MS,
  DELIVERY_SILENCE_MS,
  FIRST_READING_RETRY_MS,
  FIRST_RETRY_MS,
  MAX_CHANGE_RETRY_MS,
  MAX_COMPLETION_RETRY_MS,
  MAX_READING_RETRY_MS,
  MAX_READING_STARTS,
  PLATFORM_CALL_MS,
  READING_CALL_MS,
  RECALL_CALL_MS,
  READING_WITHIN_MS,
  SENT_ONCE_CALL_MS,
  SHORT_RETRY_ATTEMPTS,
  URGENT_READING_CALL_MS,
  URGENT_READING_WITHIN_MS,
} from './budget.ts';
import { deliveriesQueue, reconcileQueue } from './messages.ts';
import { changeFailure, deliveryFailure, isReadingLate, readingFailure } from './outcomes.ts';

/*
 * The activities as the workflow runs them: their time limits, and what their outcomes mean to the conference. Whatever
 * happens becomes plain data.
 */

/** Retries whose pauses double (ms). */
export function doubling(initialInterval: number, maximumInterval: number): RetryPolicy {
  return { initialInterval, backoffCoefficient: 2, maximumInterval };
}

/** A call that creates or completes. */
export const platformCall = {
  startToCloseTimeout: PLATFORM_CALL_MS,
  // An attempt that runs is waited for: its answer may name a conference that must be completed.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
} as const;

const { completeConference } = proxyActivities<Activities>({
  ...platformCall,
  retry: doubling(FIRST_RETRY_MS, MAX_COMPLETION_RETRY_MS),
});

/** A change that may be sent again is tried for as long as its caller waits: `leftMs`. */
const repeatedly = (leftMs: number) =>
  proxyActivities<Activities>({
    startToCloseTimeout: CHANGE_CALL_MS,
    scheduleToCloseTimeout: leftMs,
    retry: doubling(FIRST_RETRY_MS, MAX_CHANGE_RETRY_MS),
  });

/** What dials, adds or plays is sent once, as to do it twice would be heard, and not when its caller has gone. */
const once = (leftMs: number) =>
  proxyActivities<Activities>({
    scheduleToStartTimeout: leftMs,
    scheduleToCloseTimeout: SENT_ONCE_CALL_MS,
    retry: { maximumAttempts: 1 },
  });

const delivery = () =>
  proxyActivities<Activities>({
    taskQueue: deliveriesQueue(workflowInfo().taskQueue),
    startToCloseTimeout: DELIVERY_CALL_MS,
    heartbeatTimeout: DELIVERY_SILENCE_MS,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });

type RecallLease = Extract<Effect, { type: 'recall-lease' }>;

/** Has a conference completed on the platform; tries until the platform confirms it or no longer knows it. Only the adopted one is taken for ours unseen. */
export async function complete(platformId: string, adopted: Pick<ConferenceState, 'platformId'>): Promise<Input> {
  const isOrphan = platformId !== adopted.platformId;
  const summary = isOrphan
    ? `end ${markdownLine(platformId)} on the platform, which is not this conference`
    : 'end the conference on the platform';
  const order = { platformId, ...present({ isOrphan: isOrphan || undefined }) };
  await completeConference.executeWithOptions({ summary }, [order]);
  return { type: 'platform-completed', platformId };
}

/** Does a change on the platform. */
export async function performChange(
  open: OpenChange,
  platformId: string,
  state: ConferenceState,
): Promise<ChangeOutcome> {
  // Looked at now: the state goes on meanwhile, and an event that comes before the answer takes its confirmation away.
  const isSentOnce = open.confirmation !== undefined;
  try {
    return { outcome: 'done', ...(await sendChange(open, platformId, changeInWords(state, open.change))) };
  } catch (error) {
    return changeFailure(error, isSentOnce);
  }
}

async function sendChange(
  { change, confirmation, requesters, trace }: OpenChange,
  platformId: string,
  summary: string,
): Promise<{ id?: string }> {
  const leftMs = Math.min(beginBy(requesters) - Date.now(), CHANGE_BEGUN_WITHIN_MS);
  const order = { platformId, beginBy: Date.now() + leftMs, ...present({ trace }) };
  const options = { summary };
  switch (change.kind) {
    case 'conference': {
      const fields = platformUpdateFields(change.fields);
      await repeatedly(leftMs).updateConference.executeWithOptions(options, [{ ...order, fields }]);
      return {};
    }
    case 'member': {
      const { memberId, fields } = change;
      await repeatedly(leftMs).updateMember.executeWithOptions(options, [{ ...order, memberId, fields }]);
      return {};
    }
    case 'audio': {
      const { memberId, audio } = change;
      await once(leftMs).playAudio.executeWithOptions(options, [{ ...order, memberId, audio }]);
      return {};
    }
    case 'add-member':
      return once(leftMs).addMember.executeWithOptions(options, [{ ...order, member: change.member }]);
    case 'dial': {
      const dialId = confirmation?.of === 'call' ? confirmation.dialId : '';
      return once(leftMs).dial.executeWithOptions(options, [{ ...order, dialId, call: change.call }]);
    }
  }
}

/** Many that ask the platform at once wait for their turn on a queue of their own; what is urgent does not wait, nor for long. */
const reading = {
  later: () => ({
    taskQueue: reconcileQueue(workflowInfo().taskQueue),
    startToCloseTimeout: READING_CALL_MS,
    scheduleToCloseTimeout: READING_WITHIN_MS,
  }),
  urgent: () => ({ startToCloseTimeout: URGENT_READING_CALL_MS, scheduleToCloseTimeout: URGENT_READING_WITHIN_MS }),
} as const;

/** Asks the platform what it knows of a conference. */
export async function readPlatform(platformId: string, isUrgent: boolean): Promise<Input> {
  const { readConference } = proxyActivities<Activities>({
    ...(isUrgent ? reading.urgent() : reading.later()),
    retry: doubling(FIRST_READING_RETRY_MS, MAX_READING_RETRY_MS),
  });
  const options = { summary: 'ask the platform how the conference stands' };
  for (let begun = 1; ; begun += 1) {
    try {
      return { type: 'platform-read', reading: await readConference.executeWithOptions(options, [{ platformId }]) };
    } catch (error) {
      if (isUrgent && isReadingLate(error) && begun < MAX_READING_STARTS) continue;
      return { type: 'platform-read', reading: readingFailure(error) };
    }
  }
}

/** Asks the holder of a lease to give it back, as long as it may hold. */
export async function recallLease({ epoch, until, ...holder }: RecallLease): Promise<Input> {
  const { recallLease: recall } = proxyActivities<Activities>({
    startToCloseTimeout: RECALL_CALL_MS,
    scheduleToCloseTimeout: Math.max(until - Date.now(), 1),
    retry: doubling(FIRST_RETRY_MS, MAX_CHANGE_RETRY_MS),
  });
  const options = { summary: 'recall the lease from the gateway that has it' };
  const isBack = await recall.executeWithOptions(options, [{ epoch, ...holder }]).catch(() => false);
  return { type: 'lease-recalled', epoch, isBack };
}

/** Delivers a batch of a lane's events to where the customer wants them now. */
export async function deliver(lane: string, batch: DeliveryBatch, state: ConferenceState): Promise<Input> {
  const events = batch.events.map(({ id, sequence, event, trace }) => present({ id, sequence, event, trace }));
  const first = events[0]?.sequence;
  const last = events.at(-1)?.sequence;
  const [one] = events;
  const name = one === undefined ? '' : markdownLine(eventName(one.event));
  const summary = first === last ? `deliver event ${first}: ${name}` : `deliver events ${first} to ${last}`;
  const retry = batch.shortRetries ? { maximumAttempts: SHORT_RETRY_ATTEMPTS } : { maximumAttempts: 1 };
  try {
    const result = await delivery().deliverCallbacks.executeWithOptions({ summary, retry }, [
      { events, target: targetOf(state, lane) },
    ]);
    return { type: 'delivery-settled', lane, result: unlessStopped(result) };
  } catch (error) {
    return { type: 'delivery-settled', lane, result: unlessStopped(deliveryFailure(error, batch)) };
  }
}

/** The failure of a delivery that was cancelled does not count: the next one begins anew. */
function unlessStopped(result: DeliveryResult): DeliveryResult {
  const { attempts, gone } = result;
  return CancellationScope.current().consideredCancelled ? present({ attempts, gone }) : result;
}
