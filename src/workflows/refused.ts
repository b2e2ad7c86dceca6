import { log, workflowInfo } from '@temporalio/workflow';
import { MAX_CALLBACK_TIMEOUT_MS } from '../catapult/budget.ts';
import { catapultError } from '../catapult/errors.ts';
import type { CreateConferenceRequest } from '../catapult/requests.ts';
import { reduce } from '../conference/reduce.ts';
import { initialState, type ConferenceState } from '../conference/state/state.ts';
import { Display } from './display.ts';
import { parseWorkflowId } from './messages.ts';

/** What there was to know of a request that cannot be read. */
const NOTHING: CreateConferenceRequest = {
  from: '',
  profile: 'interpret_digits',
  callbackHttpMethod: 'POST',
  callbackTimeout: MAX_CALLBACK_TIMEOUT_MS,
};

/**
 * A conference that cannot begin, `why`: it has failed as one that the platform refuses, and is found and read like that. Nobody is told by
 * callback: where to is a part of what is wrong.
 */
export function showRefused(why: string): ConferenceState {
  const { workflowId, startTime } = workflowInfo();
  const now = startTime.getTime();
  const message = `${why}. Start conferences through a gateway or a ConferenceClient, which check them first.`;
  const { wire: error } = catapultError('validation-error', message);
  const state: ConferenceState = { ...initialState(NOTHING, now), creationAwaited: true };
  const display = new Display(state);
  reduce(state, { type: 'creation-failed', error, final: true }, { ...parseWorkflowId(workflowId), now, nonce: '' });
  log.warn(`the conference cannot begin: ${message}`);
  display.show(state);
  return state;
}
