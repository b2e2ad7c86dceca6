import { ApplicationFailure, CancellationScope, CancelledFailure, workflowInfo } from '@temporalio/workflow';
import { closedOf, type Closed } from '../conference/carry.ts';
import type { ConferenceInput } from './messages.ts';
import { Run } from './run.ts';

/**
 * One conference, from its creation to its end and until its events are delivered. Fails as `creation-failed`, is cancelled
 * when it was cancelled, else completes; what it leaves is read without a replay.
 */
export async function conference(input: ConferenceInput): Promise<Closed> {
  const run = new Run(input);
  CancellationScope.current().cancelRequested.catch(() => run.cancel());
  const state = await CancellationScope.nonCancellable(() => run.untilOver());
  const { phase, error, endRequested } = state;
  const closed = closedOf(state, workflowInfo());
  if (phase === 'failed') throw ApplicationFailure.nonRetryable(error?.message, 'creation-failed', error, closed);
  // Temporal keeps nothing with a cancellation: such a conference is read by a replay.
  if (endRequested === 'cancelled') throw new CancelledFailure('The conference was cancelled.');
  return closed;
}
