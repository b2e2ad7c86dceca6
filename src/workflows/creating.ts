import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { PromptCreation } from '../activities/creating.ts';
import type { Activities } from '../activities/index.ts';
import { catapultError } from '../catapult/errors.ts';
import { platformCreateFields, type PlatformCreateFields } from '../catapult/field-uses.ts';
import type { Input } from '../conference/state/inputs.ts';
import type { ConferenceState } from '../conference/state/state.ts';
import { doubling, messageOf, platformCall, type FailureDetails } from './activity-calls.ts';
import {
  CREATION_TIMEOUT_SECONDS,
  EVENTS_AT_FIRST_TASK,
  FIRST_RETRY_MS,
  MAX_CREATION_RETRY_MS,
  PROMPT_CALL_MS,
} from './budget.ts';
import { failureTypes } from './messages.ts';

const creating = {
  ...platformCall,
  retry: doubling(FIRST_RETRY_MS, MAX_CREATION_RETRY_MS),
} as const;

/** It ends before the SDK would end the task and begin another one to keep it (8 s): an attempt belongs to one task. */
const withinTheTask = proxyLocalActivities<Activities>({
  ...platformCall,
  startToCloseTimeout: PROMPT_CALL_MS,
  retry: { maximumAttempts: 1 },
});

const NOT_TRIED: PromptCreation = { outcome: 'open', mayHaveMade: false };

/** Tries to create the conference; each attempt registers callback URLs of its own. */
export async function create({ settings, timing }: ConferenceState): Promise<Input> {
  const request = platformCreateFields(settings);
  const { creationTimeout = CREATION_TIMEOUT_SECONDS } = settings;
  const prompt = timing.scheduled ? NOT_TRIED : await createPromptly(request);
  if (prompt.outcome === 'created')
    return { type: 'creation-succeeded', platformId: prompt.platformId, attemptId: prompt.attemptId };
  if (prompt.outcome === 'refused') return { type: 'creation-failed', error: prompt.error, final: true };
  const scheduleToCloseTimeout = creationTimeout * 1_000;
  const { createConference } = proxyActivities<Activities>({ ...creating, scheduleToCloseTimeout });
  const options = { summary: 'create the conference on the platform' };
  try {
    return { type: 'creation-succeeded', ...(await createConference.executeWithOptions(options, [request])) };
  } catch (error) {
    if (isCancellation(error)) return { type: 'creation-stopped' };
    return creationFailure(error, creationTimeout, prompt.mayHaveMade);
  }
}

/**
 * The first attempt, within the first workflow task, so that a creation needs no second one. A task that fails or times out is done again,
 * and its attempt would be too: so the activity is told whether this is the first try, and makes none in a later one. It is asked in any case,
 * since what a workflow begins must not depend on how often its tasks were tried.
 */
async function createPromptly(request: PlatformCreateFields): Promise<PromptCreation> {
  const { historyLength, unsafe } = workflowInfo();
  const isFirstTry = historyLength <= EVENTS_AT_FIRST_TASK && !unsafe.isReplaying;
  try {
    const options = { summary: 'create the conference on the platform, if it answers promptly' };
    return await withinTheTask.createPromptly.executeWithOptions(options, [request, isFirstTry]);
  } catch {
    return { outcome: 'open', mayHaveMade: true };
  }
}

function creationFailure(error: unknown, creationTimeout: number, mayHaveMade: boolean): Input {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && cause.type === failureTypes.refused) {
    const { error: refusal, attempt } = cause.details?.[0] as FailureDetails;
    // Only an answer to the first attempt that can have made one proves that none has (activities/outcomes.ts counts them).
    return { type: 'creation-failed', error: refusal, final: attempt === 1 && !mayHaveMade };
  }
  const message = `The platform did not take the conference within ${creationTimeout} s: ${messageOf(cause)}`;
  return { type: 'creation-failed', error: catapultError('gateway-unavailable', message).wire, final: false };
}
