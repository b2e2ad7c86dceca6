import {
  ApplicationFailure,
  log,
  patched,
  setHandler,
  workflowInfo,
  type SignalDefinition,
} from '@temporalio/workflow';
import { parseWorkflowId } from './messages.ts';
import { secondsOfAYear } from '../catapult/kinds.ts';
import { whyUnfitChange, whyUnfitRequest, whyUnreadable } from '../conference/facts/bounds.ts';
import { holder, line, wait, whyUnfitMessage } from '../conference/facts/bounds-of-messages.ts';
import { whyNoState } from '../conference/facts/bounds-of-state.ts';
import { count, holding, isObject, may, optional, placed } from '../conference/facts/shapes.ts';

/*
 * What a workflow is started with, signalled and asked may come from anybody who has a connection to Temporal. What would break the rules, or has
 * no bounds, is refused: a workflow task that fails is tried for ever.
 */

type Why = string | undefined;

/** Whether it is refused. A run that has taken the like before there was this check has no mark of it in its history, and goes on as it did. */
function isRefused(why: Why): why is string {
  return why !== undefined && patched('unfit-is-refused');
}

/** Why a conference cannot begin with this; undefined if it can. */
export function whyNoConference(input: unknown): Why {
  const why = whyUnfitInput(input);
  return isRefused(why) ? why : undefined;
}

function whyUnfitInput(input: unknown): Why {
  if (!isObject(input)) return 'The input: wants an object such as {"request": …}';
  const { startTime, continuedFromExecutionRunId, workflowId, cronSchedule = '' } = workflowInfo();
  // With a cron schedule each run comes from the one before, whatever that was given; and conferences would follow without end.
  if (cronSchedule !== '') return 'The start: wants no cron schedule';
  if (input['state'] !== undefined && continuedFromExecutionRunId !== undefined) return undefined;
  const why = whyUnfitRequest(input['request'], startTime.getTime(), parseWorkflowId(workflowId).conferenceId);
  if (why !== undefined) return `The request: ${why}`;
  const { request: _request, ...others } = input;
  return whyUnreadable(others) ?? placed(beside(others));
}

/** What may stand beside a request; `null` may not, which would go on as if it were something. */
const beside = holding({
  ...{ rules: may(count), retryWindowMs: may(wait), defaultMaxDuration: may(secondsOfAYear), trace: may(line) },
  ...{ holder: optional(holder), indexed: optional(holding({ tag: may(line) })) },
});

/** What a workflow beside a conference is started with. @throws ApplicationFailure, not to be tried again. */
export function refuseUnfitStart(why: Why): void {
  if (isRefused(why)) throw ApplicationFailure.nonRetryable(`The input: ${why}.`, 'Unfit');
}

export function whyNoAftercare(input: unknown): Why {
  if (!isObject(input)) return 'wants an object';
  const why = input['state'] === undefined ? undefined : whyNoState(input['state']);
  return why === undefined ? undefined : `wants the state that a conference has left: ${why}`;
}

export function whyNoWatch(input: unknown): Why {
  return isObject(input) ? whyUnfitMessage.awaited(input['awaited']) : 'wants an object';
}

/** Sets what takes a signal. A signal cannot be refused to whoever sends it: one that is unfit is left out, and logged. */
export function onSignal<Args extends unknown[]>(
  signal: SignalDefinition<Args>,
  whyNot: (...given: unknown[]) => Why,
  take: (...args: NoInfer<Args>) => void,
): void {
  setHandler(signal, (...args) => {
    const why = whyNot(...args);
    if (isRefused(why)) log.warn(`a signal "${signal.name}" is left out: ${why}`);
    else take(...args);
  });
}

/** What is wrong with what comes by signals and updates, of each kind. */
export const whyUnfit = {
  ...whyUnfitMessage,
  change: (given: unknown): Why => whyUnfitChange(given, Date.now()),
  changes: (given: unknown): Why => whyUnfitMessage.changes(given, Date.now()),
};
