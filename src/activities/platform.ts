import { ApplicationFailure } from '@temporalio/activity';
import type { WireError } from '../catapult/errors.ts';
import { MAX_CALLBACK_TIMEOUT } from '../catapult/fields.ts';
import type { PlatformOutcome } from '../platform/client.ts';
import { failureTypes } from '../workflows/failures.ts';
import { currentAttempt } from './current.ts';
import type { ActivityDependencies } from './index.ts';

/** The longest we let the platform put us off (ms): creating is not tried for longer, and an ending must not be forgotten. */
const LONGEST_WAIT = 300_000;

/** Whether a conference needs no completing any more: it is complete (`conference-error`: wrong state), or unknown. */
function isOver({ status, code }: WireError): boolean {
  return status === 404 || status === 410 || (status === 403 && code === 'conference-error');
}

/** The activities that call the platform, each one request per attempt. */
export function createPlatformActivities({ platform, platformAccount, callbackTokens, bridge }: ActivityDependencies) {
  return {
    /**
     * Creates the conference; every attempt registers callback URLs of its own, so that its events can be told apart.
     * @throws ApplicationFailure `PlatformRefused` (final), `PlatformRateLimited` or `PlatformUnavailable` (retried).
     */
    async createConference(request: {
      from: string;
      profile: string;
      tag?: string;
    }): Promise<{ platformId: string; attempt: number }> {
      const { attempt, ...address } = currentAttempt();
      const callback = (base: string, channel: 'primary' | 'fallback') =>
        base.replace(/\/+$/, '') + callbackTokens.path({ ...address, channel });
      const outcome = await platform.createConference(platformAccount, {
        ...request,
        callbackUrl: callback(bridge.primaryUrl, 'primary'),
        callbackHttpMethod: 'POST',
        callbackTimeout: MAX_CALLBACK_TIMEOUT,
        fallbackUrl: callback(bridge.fallbackUrl, 'fallback'),
      });
      if (outcome.outcome === 'done') return { ...outcome.value, attempt };
      throw failureOf(outcome, attempt);
    },

    /**
     * Completes a conference on the platform; one that is complete or unknown there counts as done.
     * @throws ApplicationFailure, always to be retried.
     */
    async completeConference({ platformId }: { platformId: string }): Promise<void> {
      const outcome = await platform.completeConference(platformAccount, platformId);
      if (outcome.outcome === 'done' || isOver(outcome.error)) return;
      const { attempt } = currentAttempt();
      throw failureOf(outcome.outcome === 'refused' ? { ...outcome, outcome: 'unavailable' } : outcome, attempt);
    },
  };
}

function failureOf(
  outcome: Exclude<PlatformOutcome<unknown>, { outcome: 'done' }>,
  attempt: number,
): ApplicationFailure {
  const { error } = outcome;
  const message = `${error.status} ${error.code}: ${error.message}`;
  const details = [{ error, attempt }];
  switch (outcome.outcome) {
    case 'refused':
      return ApplicationFailure.create({ type: failureTypes.refused, message, details, nonRetryable: true });
    case 'rate-limited': {
      const nextRetryDelay = Math.min(Math.max(outcome.retryAt - Date.now(), 1), LONGEST_WAIT);
      return ApplicationFailure.create({ type: failureTypes.rateLimited, message, details, nextRetryDelay });
    }
    case 'unavailable':
      return ApplicationFailure.create({ type: failureTypes.unavailable, message, details });
  }
}
