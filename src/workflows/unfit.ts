import {
  ApplicationFailure,
  log,
  patched,
  setHandler,
  workflowInfo,
  type SignalDefinition,
} from '@temporalio/workflow';
import { parseWorkflowId } from './messages.ts';
import { isObject, whyUnfitChange, whyUnfitRequest, whyUnreadable } from '../conference/facts/bounds.ts';

/*
 * What a workflow is started with, signalled and asked may come from anybody who has a connection to Temporal. What would break the rules, or has
 * no bounds, is refused: a workflow task that fails is tried for ever.
 */

type Why = string | undefined;

/** The longest of what is no request: ids, URLs, reasons. */
const MAX_TEXT_CHARACTERS = 3_000;

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
  const { request: _request, ...beside } = input;
  return whyUnreadable(beside) ?? whyUnfitBeside(beside);
}

/** What may stand beside a request; `null` may not, which would go on as if it were something. */
function whyUnfitBeside({ retryWindowMs, defaultMaxDuration, holder, indexed, trace }: Record<string, unknown>): Why {
  if (!isAbsentOr(isNumber, retryWindowMs)) return 'retryWindowMs: wants a number of milliseconds';
  if (!isAbsentOr(isNumber, defaultMaxDuration)) return 'defaultMaxDuration: wants a number of seconds';
  const isHolder = isObject(holder) && [holder['attemptId'], holder['opening'], holder['url']].every(isText);
  if (holder !== undefined && !isHolder) return 'holder: wants an attemptId, an opening and a url';
  const isIndexed = (one: unknown) => isObject(one) && isAbsentOr(isText, one['tag']);
  if (!isAbsentOr(isIndexed, indexed)) return 'indexed: wants an object with a tag, or without one';
  return isAbsentOr(isText, trace) ? undefined : 'trace: wants a string';
}

function isAbsentOr(fits: (value: unknown) => boolean, value: unknown): boolean {
  return value === undefined || fits(value);
}

/** What a workflow beside a conference is started with. @throws ApplicationFailure, not to be tried again. */
export function refuseUnfitStart(why: Why): void {
  if (isRefused(why)) throw ApplicationFailure.nonRetryable(`The input: ${why}.`, 'Unfit');
}

export function whyNoAftercare(input: unknown): Why {
  if (!isObject(input)) return 'wants an object';
  const { state } = input;
  const isState = isObject(state) && isObject(state['settings']) && isObject(state['outbox']);
  return state === undefined || isState ? undefined : 'wants the state that a conference has left';
}

export function whyNoWatch(input: unknown): Why {
  return isObject(input) ? whyUnfitAwaited(input['awaited']) : 'wants an object';
}

function whyUnfitAwaited(awaited: unknown): Why {
  const isOne = isObject(awaited) && (isNumber(awaited['members']) || isText(awaited['phase']));
  return isOne ? undefined : 'it wants a phase, or a number of members';
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
  change: (given: unknown): Why => whyUnfitChange(given, Date.now()),
  changes: (given: unknown): Why => {
    if (!isObject(given)) return 'it wants an object';
    const { client, number, requests, awaited } = given;
    const isWhole = isText(client) && isNumber(number) && isListOf(awaited, isText) && isListOf(requests, isObject);
    if (!isWhole) return 'it wants a client, a number, requests and awaited';
    for (const { change, trace, key, requester } of requests as Record<string, unknown>[]) {
      const isKey = key === undefined || (isObject(key) && isText(key['id']) && isText(key['fingerprint']));
      const isRequester = isObject(requester) && isText(requester['id']) && isNumber(requester['until']);
      if (!(isKey && isRequester && isText(trace ?? ''))) return 'requests: want a requester, and a whole key';
      const why = whyUnfitChange(change, Date.now());
      if (why !== undefined) return why;
    }
    return undefined;
  },

  ask: (given: unknown): Why => {
    if (!isObject(given)) return 'it wants an object';
    const { opening, follows, url, until } = given;
    const isAsk = isText(opening) && isText(url) && isListOf(follows, isText) && isNumber(until);
    return isAsk ? undefined : 'it wants an opening, follows, a url and until';
  },

  batch: (given: unknown): Why => {
    if (!isObject(given)) return 'it wants an object';
    const { opening, follows, receipts, firstAttempt, outcomes } = given;
    const isReceipt = (one: unknown) =>
      isObject(one) &&
      [one['sequence'], one['arrivedAt']].every(isNumber) &&
      [one['channel'], one['attemptId']].every(isText) &&
      typeof one['digest'] === 'string' &&
      isObject(one['event']);
    const isOutcome = (one: unknown) => isObject(one) && isText(one['id']) && isText(one['lane']);
    const isBatch = isText(opening) && isListOf(follows ?? [], isText) && isListOf(receipts, isReceipt);
    const isReport = isObject(firstAttempt ?? {}) && isListOf(outcomes ?? [], isOutcome);
    return isBatch && isReport ? undefined : 'it wants an opening, and receipts as a gateway makes them';
  },

  redelivery: (records: unknown, key: unknown): Why => {
    const isRecord = (one: unknown) => isObject(one) && isNumber(one['sequence']) && isObject(one['event']);
    const isKey = key === undefined || key === null || (isObject(key) && isText(key['id']));
    return isListOf(records, isRecord) && isKey ? undefined : 'it wants records of events';
  },

  reason: (why: unknown): Why => {
    return isText(why ?? '') ? undefined : `it wants a reason of at most ${MAX_TEXT_CHARACTERS} characters`;
  },

  watch: (id: unknown, awaited: unknown): Why => {
    return isText(id) ? whyUnfitAwaited(awaited) : 'it wants the id of a workflow';
  },

  word: (word: unknown): Why => {
    return isObject(word) && isText(word['outcome']) && isObject(word['standing']) ? undefined : 'it wants a standing';
  },

  id: (id: unknown): Why => {
    return isText(id) ? undefined : 'it wants the id of a workflow';
  },
};

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT_CHARACTERS;
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

function isListOf(value: unknown, isOne: (one: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every((one) => isOne(one));
}
