import { ApplicationFailure, Context } from '@temporalio/activity';
import { z } from 'zod';
import { MAX_RETRY_AFTER_MS } from '../conference/budget.ts';
import type { PlatformOutcome } from '../platform/client.ts';
import { failureTypes } from '../workflows/messages.ts';
import { MIN_RETRY_AFTER_MS } from './budget.ts';
import { currentAttempt } from './current.ts';

/* What the outcome of a call to the platform means to its activity. */

/** @throws ApplicationFailure unless it is done. */
export function unlessDone(outcome: PlatformOutcome): void {
  if (outcome.outcome !== 'done') throw failureOf(outcome);
}

/** The id of what was made. @throws ApplicationFailure unless it was. */
export function madeId(outcome: PlatformOutcome): string {
  if (outcome.outcome !== 'done') throw failureOf(outcome);
  if (outcome.id === undefined) throw new Error('the platform client promises the id of what it made');
  return outcome.id;
}

/** What attempts of an activity leave to the later ones: how many of them have certainly made nothing. */
const record = z.object({ madeNothing: z.number() }).catch({ madeNothing: 0 });

function madeNothingBefore(): number {
  return record.parse(Context.current().info.heartbeatDetails).madeNothing;
}

/** Limited, not sent, never arrived: such an attempt has made nothing. */
function isUndone(outcome: PlatformOutcome): boolean {
  return outcome.outcome === 'rate-limited' || 'isUndone' in outcome;
}

/** Notes for later attempts that this one has made nothing. One that a worker died with has no record. */
export function noteUnlessMade(outcome: PlatformOutcome): void {
  if (isUndone(outcome)) Context.current().heartbeat({ madeNothing: madeNothingBefore() + 1 });
}

/** The failure that an activity ends with; its type says whether it is retried. */
export function failureOf(outcome: Exclude<PlatformOutcome, { outcome: 'done' }>): ApplicationFailure {
  const { error } = outcome;
  // A refusal is final where no attempt before this one can have made anything (src/workflows/creating.ts).
  const attempt = currentAttempt().attempt - madeNothingBefore();
  const message = `${error.status} ${error.code}: ${error.message}`;
  const undone = 'isUndone' in outcome ? { isUndone: true } : {};
  const failure = { message, details: [{ error, attempt, ...undone }] };
  switch (outcome.outcome) {
    case 'refused':
      return ApplicationFailure.create({ ...failure, type: failureTypes.refused, nonRetryable: true });
    case 'rate-limited': {
      const { retryAt, comeAgainAt = retryAt } = outcome;
      const nextRetryDelay = Math.min(Math.max(comeAgainAt - Date.now(), MIN_RETRY_AFTER_MS), MAX_RETRY_AFTER_MS);
      const details = [{ error, attempt, retryAt }];
      return ApplicationFailure.create({ ...failure, details, type: failureTypes.rateLimited, nextRetryDelay });
    }
    case 'unavailable':
      return ApplicationFailure.create({ ...failure, type: failureTypes.unavailable });
    case 'lost':
      return ApplicationFailure.create({ ...failure, type: failureTypes.lost });
  }
}
