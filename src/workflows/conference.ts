import { ApplicationFailure, CancellationScope, CancelledFailure, workflowInfo } from '@temporalio/workflow';
import { closedOf, type Closed } from '../conference/carry.ts';
import type { ConferenceState } from '../conference/state/state.ts';
import type { ConferenceInput } from './messages.ts';
import { showRefused } from './refused.ts';
import { Run } from './run.ts';
import { whyNoConference } from './unfit.ts';

/**
 * One conference, from its creation to its end and until its events are delivered. Fails as `creation-failed`, is cancelled
 * when it was cancelled, else completes; what it leaves is read without a replay.
 */
export async function conference(input: ConferenceInput): Promise<Closed> {
  const unfit = whyNoConference(input);
  if (unfit !== undefined) throw creationFailed(showRefused(unfit));
  const run = new Run(input);
  CancellationScope.current().cancelRequested.catch(() => run.cancel());
  const state = await CancellationScope.nonCancellable(() => run.untilOver());
  if (state.phase === 'failed') throw creationFailed(state);
  // Temporal keeps nothing with a cancellation: such a conference is read by a replay.
  if (state.endRequested === 'cancelled') throw new CancelledFailure('The conference was cancelled.');
  return closedOf(state, workflowInfo());
}

function creationFailed(state: ConferenceState): ApplicationFailure {
  const { error } = state;
  const closed = closedOf(state, workflowInfo());
  return ApplicationFailure.nonRetryable(error?.message, 'creation-failed', error, closed);
}
