import { ActivityFailure, ApplicationFailure, isCancellation, proxyActivities, sleep } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { catapultError } from '../catapult/errors.ts';
import { present } from '../catapult/present.ts';
import { platformCreateFields } from '../catapult/field-uses.ts';
import type { Effect } from '../conference/state/effects.ts';
import type { Input } from '../conference/state/inputs.ts';
import type { ConferenceState } from '../conference/state/state.ts';
import { doubling, messageOf, platformCall, type FailureDetails } from './activity-calls.ts';
import { CREATION_TIMEOUT_SECONDS, FIRST_RETRY_MS, MAX_CREATION_RETRY_MS } from './budget.ts';
import { failureTypes } from './messages.ts';

const creating = {
  ...platformCall,
  retry: doubling(FIRST_RETRY_MS, MAX_CREATION_RETRY_MS),
} as const;

/** Tries to create the conference; each attempt registers callback URLs of its own. */
export async function create(
  { settings, trace }: ConferenceState,
  { notBefore = 0 }: Extract<Effect, { type: 'create' }>,
): Promise<Input> {
  const { creationTimeout = CREATION_TIMEOUT_SECONDS } = settings;
  const scheduleToCloseTimeout = creationTimeout * 1_000;
  const { createConference } = proxyActivities<Activities>({ ...creating, scheduleToCloseTimeout });
  const options = { summary: 'create the conference on the platform' };
  const { callbackUrl, fallbackUrl } = settings;
  const waitMs = notBefore - Date.now();
  try {
    if (waitMs > 0) await sleep(waitMs, { summary: 'the next attempt to create the conference' });
    const made = await createConference.executeWithOptions(options, [
      platformCreateFields(settings),
      present({ trace, callbackUrl, fallbackUrl }),
    ]);
    return { type: 'creation-succeeded', ...made };
  } catch (error) {
    return isCancellation(error) ? { type: 'creation-stopped' } : creationFailure(error, creationTimeout);
  }
}

function creationFailure(error: unknown, creationTimeout: number): Input {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && cause.type === failureTypes.refused) {
    const { error: refusal, attempt } = cause.details?.[0] as FailureDetails;
    // Only an answer to the first attempt that can have made one proves that none has (activities/outcomes.ts counts them).
    return { type: 'creation-failed', error: refusal, final: attempt === 1 };
  }
  const message = `The platform did not take the conference within ${creationTimeout} s: ${messageOf(cause)}`;
  return { type: 'creation-failed', error: catapultError('gateway-unavailable', message).wire, final: false };
}
