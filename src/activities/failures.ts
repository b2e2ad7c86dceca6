import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { outsideText } from '../catapult/outside-text.ts';
import { MAX_MESSAGE_CHARACTERS, MAX_STACK_CHARACTERS } from './budget.ts';

/**
 * Behind all edges: whatever an activity throws, and whoever's words are in it, its failure can be written. One that cannot ends the
 * worker, and the next one that takes the task.
 */
export const writableFailures: ActivityInterceptorsFactory = () => ({
  inbound: {
    async execute(input, next) {
      try {
        return await next(input);
      } catch (error) {
        mend(error);
        throw error;
      }
    },
  },
});

function mend(error: unknown): void {
  if (!(error instanceof Error)) return;
  error.message = outsideText(error.message, MAX_MESSAGE_CHARACTERS);
  if (error.stack !== undefined) error.stack = outsideText(error.stack, MAX_STACK_CHARACTERS);
  mend(error.cause);
}
