import { present } from '../../catapult/present.ts';
import { TURN_WITHIN_MS } from '../budget.ts';
import type { ChangeRequest, Change, OpenChange } from '../state/changes.ts';
import type { Step } from '../state/effects.ts';
import { dialIdOf, memberKey } from '../state/ids.ts';
import type { ConferenceState } from '../state/state.ts';
import { forgetAnswers, keptAnswer, keyUsedBefore, reply, wasRequested } from './answers.ts';
import { confirmationOf } from './confirmations.ts';
import { refusalAtOnce, beginBy, endsConference, notBegun } from './refusals.ts';

/* The queue of changes: which are taken in, and whose turn it is. What becomes of them is in rules/changes.ts. */

/** Somebody asks for a change. One that is asked for again, by the same requester or under its key, is not done again. */
export function submitChange(
  state: ConferenceState,
  { change, key, requester, trace }: ChangeRequest,
  step: Step,
): void {
  const { changes } = state;
  const requesters = requester === undefined ? [] : [requester];
  if (requester !== undefined && wasRequested(state, requester.id)) return;
  forgetAnswers(state, step);
  const known = key && keptAnswer(state, key);
  if (known !== undefined) return reply(state, requesters, known, step);
  const open = key && changes.open.find((other) => other.key?.id === key.id);
  if (open !== undefined && open.key?.fingerprint !== key?.fingerprint)
    return reply(state, requesters, keyUsedBefore(), step);
  if (open !== undefined) return void open.requesters.push(...requesters);
  const characters = JSON.stringify(change).length;
  const refusal = refusalAtOnce(state, { change, requesters, characters }, step);
  if (refusal !== undefined) return reply(state, requesters, notBegun(refusal), step);
  const id = changes.nextId++;
  const confirmation = confirmationOf(change, dialIdOf(step, id));
  const waiting = {
    id,
    change,
    requesters,
    characters,
    acceptedAt: step.now,
    status: 'waiting',
    answerBy: Math.min(step.now + TURN_WITHIN_MS, beginBy(requesters)),
  } as const;
  changes.open.push({ ...waiting, ...present({ key, confirmation, trace }) });
}

/** When the first of the open changes must be answered; undefined if none waits. */
export function nextAnswerBy({ changes }: Pick<ConferenceState, 'changes'>): number | undefined {
  const times = changes.open.flatMap(({ answerBy = [] }) => answerBy);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** What a change is about: changes of the same are done one after the other. New members and calls, and the end, wait for nobody. */
function subjectOf(change: Change): string | undefined {
  if (change.kind === 'add-member' || change.kind === 'dial') return undefined;
  if (change.kind === 'conference') return endsConference(change) ? undefined : 'conference';
  return change.memberId === undefined ? 'conference' : memberKey(change.memberId);
}

/** Whether a change waits for no other one that is about the same. */
export function isNext({ changes }: ConferenceState, open: OpenChange): boolean {
  const subject = subjectOf(open.change);
  const isBefore = ({ id, change }: OpenChange) => id < open.id && subjectOf(change) === subject;
  return subject === undefined || !changes.open.some(isBefore);
}
