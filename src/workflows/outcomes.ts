import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import { catapultError, type WireError } from '../catapult/errors.ts';
import { present } from '../catapult/present.ts';
import type { ChangeOutcome } from '../conference/state/changes.ts';
import type { LoggedAttempt } from '../conference/state/event-log.ts';
import type { Input, PlatformReading } from '../conference/state/inputs.ts';
import type { DeliveryBatch, DeliveryResult } from '../conference/state/outbox.ts';
import { failureTypes } from './messages.ts';

/* What the failures of activities mean to a conference: as they come, and when its history is read again. */

/** What a failure of a platform activity holds beside its message. */
export interface FailureDetails {
  error: WireError;
  attempt: number;
  retryAt?: number;
  isUndone?: true;
}

/** The words of a failure. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** `isSentOnce`: an answer that did not come leaves open whether the change was done. */
export function changeFailure(error: unknown, isSentOnce: boolean): ChangeOutcome {
  const cause = causeOf(error);
  const failure = cause instanceof ApplicationFailure ? cause : undefined;
  const neverStarted = cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START';
  const mayBeDone = failure === undefined ? !neverStarted : failure.type === failureTypes.lost;
  if (isSentOnce && mayBeDone) return { outcome: 'lost' };
  const { error: refusal, retryAt, isUndone = neverStarted } = (failure?.details?.[0] ?? {}) as Partial<FailureDetails>;
  const message = neverStarted
    ? 'No worker was free in time, so it has not been done: try again in a moment.'
    : 'The platform did not confirm the change in time; it is safe to send it again.';
  return {
    outcome: 'refused',
    error: refusal ?? catapultError('gateway-unavailable', message).wire,
    ...present({ retryAt, isUndone: isUndone || undefined }),
  };
}

/** How a reading has failed. */
export function readingFailure(error: unknown): PlatformReading {
  return { outcome: 'unreadable', why: messageOf(causeOf(error)) };
}

/** Whether an urgent reading may be begun anew. */
export function isReadingLate(error: unknown): boolean {
  return causeOf(error) instanceof TimeoutFailure;
}

/** Creating has come to nothing. */
export function creationFailure(error: unknown, creationTimeout: number): Input {
  const cause = causeOf(error);
  if (cause instanceof ApplicationFailure && cause.type === failureTypes.refused) {
    const { error: refusal, attempt } = cause.details?.[0] as FailureDetails;
    // Only an answer to the first attempt that can have made one proves that none has (activities/outcomes.ts counts them).
    return { type: 'creation-failed', error: refusal, final: attempt === 1 };
  }
  const message = `The platform did not take the conference within ${creationTimeout} s: ${messageOf(cause)}`;
  return { type: 'creation-failed', error: catapultError('gateway-unavailable', message).wire, final: false };
}

/** A delivery has ended without a result: what it achieved until then, and at what it stopped. */
export function deliveryFailure(error: unknown, { events }: Pick<DeliveryBatch, 'events'>): DeliveryResult {
  const cause = causeOf(error);
  if (cause instanceof ApplicationFailure && cause.type === failureTypes.nothingDelivered)
    return cause.details?.[0] as DeliveryResult;
  // The worker died: what it had put on record is delivered.
  const attempts = cause instanceof TimeoutFailure ? ((cause.lastHeartbeatDetails ?? []) as LoggedAttempt[]) : [];
  const [first] = events;
  if (first === undefined || attempts.some(({ ok }) => ok)) return { attempts };
  return { attempts, failed: { sequence: first.sequence, error: messageOf(cause) } };
}

function causeOf(error: unknown): unknown {
  return error instanceof ActivityFailure ? error.cause : error;
}
