import { expect, test } from '@jest/globals';
import type { Count, Evidence } from './count.ts';
import { promisesHeld } from './promises.ts';
import type { Story } from './story.ts';
import { openTown, type Town, type TownOptions } from './town.ts';

/** A fault test waits for deadlines of half a minute, one after the other, on a machine that is busy with others (ms). */
const WITHIN = 600_000;

export interface Scene {
  town: Town;
  /** Waits until all is over, and holds the promises; to be called once. `known`: evidence that is not there any more. */
  promisesHeld: (stories: Story[], known?: Partial<Evidence>) => Promise<Count>;
}

/**
 * A fault as a test, in a town of its own, so that nothing of another fault is left in it. Those of a file run beside each other,
 * since most of their time is waiting. The fault's name is that of its row in the report.
 */
export function underFault(fault: string, scene: (scene: Scene) => Promise<void>, options: TownOptions = {}): void {
  test.concurrent(
    fault,
    async () => {
      let counts = 0;
      const town = await openTown(options);
      try {
        await scene({
          town,
          promisesHeld: (stories, known) => {
            counts += 1;
            return promisesHeld(fault, town, stories, known);
          },
        });
      } finally {
        await town.close();
      }
      // A fault whose promises nobody held against it has shown nothing.
      expect(counts).toBe(1);
    },
    WITHIN,
  );
}
