import type { Effect } from '../../src/conference/state/effects.ts';
import type { Taken, World } from './lifecycle-world.ts';

/* What was asked of a conference and answered, in a history. */

export const runsIn = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === 'run-change' ? [effect.id] : []));

/** Each asker with what it asked for, when, and its answers with their times. */
export function askersOf({ taken }: World) {
  return taken.flatMap(({ input, context }) => {
    if (input.type !== 'change' || input.asker === undefined) return [];
    const asker = input.asker.id;
    const answers = taken.flatMap((step) =>
      step.answered.flatMap((given) => (given.asker === asker ? [{ answer: given.answer, at: step.context.now }] : [])),
    );
    return [{ asker, input, askedAt: context.now, answers }];
  });
}

export const answerTo = (asker: { id: string } | undefined, { answered }: Pick<Taken, 'answered'>) =>
  answered.find((given) => given.asker === asker?.id)?.answer;
