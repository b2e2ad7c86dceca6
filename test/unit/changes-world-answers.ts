import type { Effect } from '../../src/workflows/state.ts';
import type { World } from './lifecycle-world.ts';

/* What was asked of a conference and answered, in a history. */

export const answersIn = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === 'answer' ? [effect] : []));
export const runsIn = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === 'run-change' ? [effect.id] : []));

/** Each asker with what it asked for, when, and its answers with their times. */
export function askersOf({ taken }: World) {
  return taken.flatMap(({ input, context }) => {
    if (input.type !== 'change' || input.asker === undefined) return [];
    const { asker } = input;
    const answers = taken.flatMap((step) =>
      answersIn(step.effects).flatMap(({ askers, answer }) =>
        askers.filter((other) => other === asker).map(() => ({ answer, at: step.context.now })),
      ),
    );
    return [{ asker, input, askedAt: context.now, answers }];
  });
}

export const answerTo = (asker: number | undefined, effects: readonly Effect[]) =>
  answersIn(effects).find(({ askers }) => asker !== undefined && askers.includes(asker))?.answer;
