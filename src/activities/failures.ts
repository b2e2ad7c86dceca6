import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { outsideText } from '../catapult/outside-text.ts';

/** More than anybody reads of them, in characters. */
const MAX_MESSAGE = 2_000;
const MAX_STACK = 10_000;

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
  error.message = outsideText(error.message, MAX_MESSAGE);
  if (error.stack !== undefined) error.stack = outsideText(error.stack, MAX_STACK);
  mend(error.cause);
}
