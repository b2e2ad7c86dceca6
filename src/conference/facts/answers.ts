import { catapultError } from '../../catapult/errors.ts';
import { MAX_ANSWERS, MAX_ANSWERS_BYTES, MAX_KEPT_ANSWERS, CLOCKS_DIFFER_MS } from '../budget.ts';
import type { Requester, ChangeAnswer, ChangeAnswers, IdempotencyKey, Confirmation } from '../state/changes.ts';
import type { Step } from '../state/effects.ts';
import { latestOf } from '../state/plain-data.ts';
import type { ConferenceState } from '../state/state.ts';

/*
 * The answers that changes got: for those who wait for them, also over a change of runs, and for whoever sends a change
 * again under its Idempotency-Key.
 */

/** The answers that there are to these requesters. One of whom nothing is known any more will get no other. */
export function answersTo({ changes }: Pick<ConferenceState, 'changes'>, ids: readonly string[]): ChangeAnswers {
  const open = new Set(changes.open.flatMap(({ requesters }) => requesters.map(({ id }) => id)));
  const answers = new Map(changes.answers.map(({ requester, answer }) => [requester, answer]));
  const over = ids.filter((id) => !open.has(id));
  return Object.fromEntries(over.map((id) => [id, answers.get(id) ?? { outcome: 'unknown' }]));
}

/** An answer is kept for as long as somebody may come for it, also in the next run. */
export function reply(
  { changes }: ConferenceState,
  requesters: readonly Requester[],
  given: ChangeAnswer,
  { now }: Step,
): void {
  const added = requesters.map(({ id, until }) => ({
    ...{ requester: id, answer: given },
    until: Math.max(until, now) + CLOCKS_DIFFER_MS,
  }));
  changes.answers = [...changes.answers, ...added];
}

/** When another change comes: those who waited have had their answers by then, however many came at once, and what is over is forgotten. */
export function forgetAnswers({ changes }: ConferenceState, { now }: Step): void {
  const awaited = changes.answers.filter(({ until }) => until > now);
  changes.answers = latestOf(awaited, MAX_ANSWERS, MAX_ANSWERS_BYTES);
}

/** Whether this requester’s change has been taken before. */
export function wasRequested({ changes }: ConferenceState, id: string): boolean {
  const isOpen = changes.open.some(({ requesters }) => requesters.some((requester) => requester.id === id));
  return isOpen || changes.answers.some(({ requester }) => requester === id);
}

/** The answer that a change got when it was first sent under this key; a refusal if the key was used for another one. */
export function keptAnswer(
  { changes }: ConferenceState,
  { id, fingerprint }: IdempotencyKey,
): ChangeAnswer | undefined {
  const kept = changes.keptAnswers.find(({ key }) => key.id === id);
  if (kept === undefined) return undefined;
  return kept.key.fingerprint === fingerprint ? { ...kept.answer } : keyUsedBefore();
}

/** Whether nothing has been asked for under a key; from now on something has. */
export function claimKey({ changes }: ConferenceState, key: IdempotencyKey | undefined): boolean {
  if (key === undefined) return true;
  if (changes.keptAnswers.some((kept) => kept.key.id === key.id)) return false;
  changes.keptAnswers = [...changes.keptAnswers, { key, answer: { outcome: 'done' } as const }].slice(
    -MAX_KEPT_ANSWERS,
  );
  return true;
}

/** What became of a requester's change, or of one under its key, when no answer was heard. */
export function givenAnswer(state: ConferenceState, requester: string, key?: IdempotencyKey): ChangeAnswer | undefined {
  const given = state.changes.answers.find((answer) => answer.requester === requester);
  return given === undefined ? key && keptAnswer(state, key) : given.answer;
}

/** What was done, or may have been, is kept for whoever sends it again. */
export function keepAnswer(
  { changes }: ConferenceState,
  key: IdempotencyKey,
  confirmation: Confirmation | undefined,
  answer: ChangeAnswer,
): void {
  if (answer.outcome !== 'done' && answer.outcome !== 'unknown') return;
  // What is played later says the same, so it is no confirmation any more.
  const awaited =
    answer.outcome === 'unknown' && confirmation !== undefined && confirmation.of !== 'audio' ? { confirmation } : {};
  changes.keptAnswers = [...changes.keptAnswers, { key, answer, ...awaited }].slice(-MAX_KEPT_ANSWERS);
}

export function keyUsedBefore(): ChangeAnswer {
  const message =
    'Idempotency-Key: was used for another request to this conference; wants a new key for a new request.';
  return { outcome: 'refused', error: catapultError('conference-update-conflict', message).wire };
}
