import type { Effect } from '../../src/conference/state/effects.ts';
import type { Taken } from './conference-world-interpreter.ts';
import type { World } from './conference-world.ts';

/* What was asked of a conference and answered, in a history. */

export const runsIn = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === 'run-change' ? [effect.id] : []));

/** Each requester with what it asked for, when, and its answers with their times. */
export function requestersOf({ taken }: World) {
  return taken.flatMap(({ input, context }) => {
    if (input.type !== 'change' || input.requester === undefined) return [];
    const requester = input.requester.id;
    const answers = taken.flatMap((step) =>
      step.answered.flatMap((given) =>
        given.requester === requester ? [{ answer: given.answer, at: step.context.now }] : [],
      ),
    );
    return [{ requester, input, askedAt: context.now, answers }];
  });
}

export const answerTo = (requester: { id: string } | undefined, { answered }: Pick<Taken, 'answered'>) =>
  answered.find((given) => given.requester === requester?.id)?.answer;
