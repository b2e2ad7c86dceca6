import type { WireError } from '../../catapult/errors.ts';
import { wireTime } from '../../catapult/resources.ts';
import { LATE_CREATED_MS, MAX_RETRY_AFTER_MS, SECOND_ATTEMPT_AFTER_MS } from '../budget.ts';
import { endLease, leaseOf } from '../outbox/lease.ts';
import { log, type Step } from '../state/effects.ts';
import type { FirstAttemptOutcome } from '../state/lease.ts';
import { isClosed, type ConferenceState } from '../state/state.ts';
import { failCreation, completeOnPlatform, stopCreating } from './ending.ts';

/* How a conference comes to be: exactly one on the platform is ours, and every other one is completed. */

/** A conference exists on the platform: the first one is adopted, every other one is an orphan and completed. */
export function adoptOrComplete(state: ConferenceState, platformId: string, how: string, step: Step): void {
  if (platformId === state.platformId || state.orphans.includes(platformId)) return;
  if (state.platformId !== undefined || isClosed(state)) {
    state.orphans.push(platformId);
    log(step, `another conference turned up on the platform (${platformId}, ${how}): that one is completed`);
    completeOnPlatform(state, platformId, step);
    return;
  }
  state.platformId = platformId;
  state.watch.heardAt = step.now;
  state.createdTime ??= wireTime(step.now);
  delete state.deadlines['late-created'];
  delete state.error;
  if (state.creation === 'running') stopCreating(state, step);
  if (state.creation === 'lent') endFirstAttempt(state);
  log(step, `the platform has the conference as ${platformId} (${how})`);
  if (state.phase === 'creating') state.phase = state.activeMembers > 0 ? 'active' : 'created';
  else completeOnPlatform(state, platformId, step);
}

/** An attempt was answered: there is a conference on the platform. */
export function noteCreationSucceeded(
  state: ConferenceState,
  { platformId, attemptId }: { platformId: string; attemptId: string },
  step: Step,
): void {
  state.creation = 'over';
  state.createAttempts[attemptId] ??= platformId;
  adoptOrComplete(state, platformId, `answered attempt ${attemptId}`, step);
}

/**
 * The gateway that has started the conference reports its attempt. Unless a conference was made its lease is over, and the workflow
 * goes on by itself.
 */
export function noteFirstAttempt(state: ConferenceState, attempt: FirstAttemptOutcome, step: Step): void {
  const { attemptId } = attempt;
  if (attempt.outcome === 'created') {
    state.createAttempts[attemptId] ??= attempt.platformId;
    return adoptOrComplete(state, attempt.platformId, `answered attempt ${attemptId}`, step);
  }
  // Reported too late, or an event has shown that it has made one.
  if (state.creation !== 'lent' || leaseOf(state)?.attemptId !== attemptId) return;
  endLease(state);
  if (attempt.outcome === 'open') return takeOverCreation(state, attempt, step);
  endFirstAttempt(state);
  state.error = attempt.error;
  failCreation(state, step);
}

/** No gateway makes the first attempt any more: the workflow makes the next one, unless the conference is to end. */
export function takeOverCreation(
  state: ConferenceState,
  { mayHaveMade, retryAt }: { mayHaveMade: boolean; retryAt?: number },
  step: Step,
): void {
  endFirstAttempt(state);
  if (mayHaveMade) state.mayHaveMade = true;
  if (state.phase === 'creating') {
    state.creation = 'running';
    // The event of one that was made may be on its way.
    const wanted = retryAt ?? (mayHaveMade ? step.now + SECOND_ATTEMPT_AFTER_MS : step.now);
    step.effects.push({ type: 'create', notBefore: Math.min(wanted, step.now + MAX_RETRY_AFTER_MS) });
  } else if (mayHaveMade) awaitLateCreated(state, step);
  else failCreation(state, step);
}

function endFirstAttempt(state: ConferenceState): void {
  state.creation = 'over';
  delete state.deadlines['first-attempt'];
  delete leaseOf(state)?.attemptId;
}

/** Creating was stopped, and the attempt that ran has ended without an answer. */
export function noteCreationStopped(state: ConferenceState, step: Step): void {
  state.creation = 'over';
  awaitLateCreated(state, step);
}

/** Creating has ended with an error; `final` if it proves that no attempt of the activity has made a conference. */
export function noteCreationFailed(
  state: ConferenceState,
  { error, final }: { error: WireError; final: boolean },
  step: Step,
): void {
  state.creation = 'over';
  if (state.platformId !== undefined) return;
  state.error = error;
  if (final && state.mayHaveMade === undefined) failCreation(state, step);
  else awaitLateCreated(state, step);
}

/** Creating has ended without an answer, but an earlier attempt may have done the work: its event would show it. */
function awaitLateCreated(state: ConferenceState, step: Step): void {
  if (state.platformId === undefined && !isClosed(state)) state.deadlines['late-created'] = step.now + LATE_CREATED_MS;
}
