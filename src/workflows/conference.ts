import { ApplicationFailure, CancellationScope, CancelledFailure, workflowInfo } from '@temporalio/workflow';
import type { Conference } from '../catapult/resources.ts';
import { parseWorkflowId, type ConferenceInput } from './messages.ts';
import { Run } from './run.ts';
import { viewOf } from './view.ts';

/**
 * One conference, from its creation to its end and until its events are delivered. Fails as `creation-failed`, is cancelled
 * when it was cancelled, else completes.
 */
export async function conference(input: ConferenceInput): Promise<Conference> {
  const run = new Run(input);
  CancellationScope.current().cancelRequested.catch(() => run.cancel());
  const state = await CancellationScope.nonCancellable(() => run.untilOver());
  const { phase, error, endRequested } = state;
  if (phase === 'failed') throw ApplicationFailure.nonRetryable(error?.message, 'creation-failed', error);
  if (endRequested === 'cancelled') throw new CancelledFailure('The conference was cancelled.');
  return viewOf(state, parseWorkflowId(workflowInfo().workflowId).conferenceId).conference;
}
