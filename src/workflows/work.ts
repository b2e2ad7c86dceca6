import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { catapultError, type WireError } from '../catapult/errors.ts';
import { failureTypes } from './failures.ts';
import type { Batch, DeliveryResult } from './outbox.ts';
import type { ConferenceState, Input } from './state.ts';

/*
 * The activities as the workflow runs them: their time limits, and what their outcomes mean to the lifecycle. Whatever
 * happens becomes plain data.
 */

/** How long creating is tried in all, in seconds (design: `creationTimeout`). */
const CREATION_TIMEOUT = 300;

const platformCall = {
  // The platform client gives up after 10 s; what is above it is a dead worker's share.
  startToCloseTimeout: '15s',
  // An attempt that runs is waited for: its answer may name a conference that must be completed.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
} as const;

const { createConference } = proxyActivities<Activities>({
  ...platformCall,
  scheduleToCloseTimeout: CREATION_TIMEOUT * 1000,
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '20s' },
});

const { completeConference } = proxyActivities<Activities>({
  ...platformCall,
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' },
});

const delivery = proxyActivities<Activities>({
  startToCloseTimeout: '120s',
  heartbeatTimeout: '5s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

/** Tries to create the conference; the activity's attempts each register callback URLs of their own. */
export async function create({ settings }: ConferenceState): Promise<Input> {
  const { from, profile, tag } = settings;
  try {
    const created = await createConference.executeWithOptions({ summary: 'create the conference on the platform' }, [
      { from, profile, ...(tag === undefined ? {} : { tag }) },
    ]);
    return { type: 'creation-succeeded', ...created };
  } catch (error) {
    if (isCancellation(error)) return { type: 'creation-stopped' };
    return creationFailure(error);
  }
}

function creationFailure(error: unknown): Input {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && cause.type === failureTypes.refused) {
    const { error: refusal, attempt } = cause.details?.[0] as RefusalDetails;
    // Only an answer to the first attempt proves that no attempt has made a conference.
    return { type: 'creation-failed', error: refusal, final: attempt === 1 };
  }
  const message = `The platform did not take the conference within ${CREATION_TIMEOUT} s: ${messageOf(cause)}`;
  return { type: 'creation-failed', error: catapultError('gateway-unavailable', message).wire, final: false };
}

interface RefusalDetails {
  error: WireError;
  attempt: number;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Has a conference completed on the platform; tries until the platform confirms it or no longer knows it. */
export async function complete(platformId: string): Promise<Input> {
  await completeConference.executeWithOptions({ summary: `complete ${platformId} on the platform` }, [{ platformId }]);
  return { type: 'platform-completed', platformId };
}

/** Delivers a batch of a lane's events to where the customer wants them now. */
export async function deliver(lane: string, batch: Batch, { settings }: ConferenceState): Promise<Input> {
  const { callbackUrl, fallbackUrl, callbackHttpMethod, callbackTimeout } = settings;
  const events = batch.events.map(({ id, sequence, event }) => ({ id, sequence, event }));
  const first = events[0]?.sequence;
  const last = events.at(-1)?.sequence;
  const summary = first === last ? `deliver event ${first}` : `deliver events ${first} to ${last}`;
  const retry = batch.shortRetries ? { maximumAttempts: 6 } : { maximumAttempts: 1 };
  try {
    const result = await delivery.deliverCallbacks.executeWithOptions({ summary, retry }, [
      { events, target: { callbackUrl, fallbackUrl, callbackHttpMethod, callbackTimeout } },
    ]);
    return { type: 'settled', lane, result: unlessStopped(result) };
  } catch (error) {
    return { type: 'settled', lane, result: unlessStopped(deliveryFailure(error, batch)) };
  }
}

/** What a delivery that was told to stop failed at is not held against anybody: the next one begins anew. */
function unlessStopped(result: DeliveryResult): DeliveryResult {
  return CancellationScope.current().consideredCancelled ? { delivered: result.delivered } : result;
}

function idsIn(details: unknown): string[] {
  return Array.isArray(details) ? details.filter((id) => typeof id === 'string') : [];
}

function deliveryFailure(error: unknown, { events }: Batch): DeliveryResult {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  // The worker died: what it had put on record is delivered.
  const delivered = cause instanceof TimeoutFailure ? idsIn(cause.lastHeartbeatDetails) : [];
  if (delivered.length > 0) return { delivered };
  return {
    delivered: [],
    ...(events[0] === undefined ? {} : { failed: { id: events[0].id, error: messageOf(cause) } }),
  };
}
