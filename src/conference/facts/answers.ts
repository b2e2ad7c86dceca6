import { catapultError } from '../../catapult/errors.ts';
import type { Asker, ChangeAnswer, ChangeAnswers, RequestKey, Sign } from '../state/changes.ts';
import type { Step } from '../state/effects.ts';
import { latestOf } from '../state/plain-data.ts';
import type { ConferenceState } from '../state/state.ts';
import { CLOCKS_DIFFER_MS } from './refusals.ts';

/*
 * The answers that changes got: for those who wait for them, also over a change of runs, and for whoever sends a change
 * again under its Idempotency-Key.
 */

const MAX_KEPT = 200;

/** How many answers are held for those who have not come for them, or may come again; and what they take (bytes of JSON). */
const MAX_ANSWERS = 500;
const MAX_ANSWERS_BYTES = 128 * 1024;

/** The answers that there are to these askers. One of whom nothing is known any more will get no other. */
export function answersTo({ changes }: Pick<ConferenceState, 'changes'>, ids: readonly string[]): ChangeAnswers {
  const open = new Set(changes.open.flatMap(({ askers }) => askers.map(({ id }) => id)));
  const answers = new Map(changes.answers.map(({ asker, answer }) => [asker, answer]));
  const over = ids.filter((id) => !open.has(id));
  return Object.fromEntries(over.map((id) => [id, answers.get(id) ?? { outcome: 'unknown' }]));
}

/** An answer is kept for as long as somebody may come for it, also in the next run. */
export function reply(
  { changes }: ConferenceState,
  askers: readonly Asker[],
  given: ChangeAnswer,
  { now }: Step,
): void {
  const awaited = changes.answers.filter(({ until }) => until > now);
  const added = askers.map(({ id, until }) => ({
    ...{ asker: id, answer: given },
    until: Math.max(until, now) + CLOCKS_DIFFER_MS,
  }));
  changes.answers = latestOf([...awaited, ...added], MAX_ANSWERS, MAX_ANSWERS_BYTES);
}

/** Whether this asker’s order has been taken. */
export function isKnown({ changes }: ConferenceState, id: string): boolean {
  const isOpen = changes.open.some(({ askers }) => askers.some((asker) => asker.id === id));
  return isOpen || changes.answers.some(({ asker }) => asker === id);
}

/** The answer that a change got when it was first sent under this key; a refusal if the key was used for another one. */
export function keptAnswer({ changes }: ConferenceState, { id, fingerprint }: RequestKey): ChangeAnswer | undefined {
  const kept = changes.kept.find(({ key }) => key.id === id);
  if (kept === undefined) return undefined;
  return kept.key.fingerprint === fingerprint ? { ...kept.answer } : usedBefore();
}

/** Whether nothing has been asked for under a key; from now on something has. */
export function isFirst({ changes }: ConferenceState, key: RequestKey | undefined): boolean {
  if (key === undefined) return true;
  if (changes.kept.some((kept) => kept.key.id === key.id)) return false;
  changes.kept = [...changes.kept, { key, answer: { outcome: 'done' } as const }].slice(-MAX_KEPT);
  return true;
}

/** What became of an asker's change, or of one under its key, when no answer was heard. */
export function givenAnswer(state: ConferenceState, asker: string, key?: RequestKey): ChangeAnswer | undefined {
  const given = state.changes.answers.find((answer) => answer.asker === asker);
  return given === undefined ? key && keptAnswer(state, key) : given.answer;
}

/** What was done, or may have been, is kept for whoever sends it again. */
export function keep(
  { changes }: ConferenceState,
  key: RequestKey,
  sign: Sign | undefined,
  answer: ChangeAnswer,
): void {
  if (answer.outcome !== 'done' && answer.outcome !== 'unknown') return;
  // What is played later says the same, so it is no sign any more.
  const awaited = answer.outcome === 'unknown' && sign !== undefined && sign.of !== 'audio' ? { sign } : {};
  changes.kept = [...changes.kept, { key, answer, ...awaited }].slice(-MAX_KEPT);
}

export function usedBefore(): ChangeAnswer {
  const message =
    'Idempotency-Key: was used for another request to this conference; wants a new key for a new request.';
  return { outcome: 'refused', error: catapultError('conference-update-conflict', message).wire };
}
