import { expect } from '@jest/globals';
import { count, type Count, type Evidence } from './count.ts';
import { collect, settled, withClient } from './evidence.ts';
import { replayFailures } from '../histories.ts';
import { note } from './report.ts';
import type { Story } from './story.ts';
import type { Town } from './town.ts';

/** A line of the table that `npm run test:faults` prints: a fault, and what was counted under it. */
export interface Row {
  fault: string;
  conferences: number;
  sent: number;
  takenIn: number;
  madeUp: number;
  lost: number;
  orphans: number;
  twice: number;
  repeated: number;
  apart: number;
  outOfOrder: number;
  /** Milliseconds. */
  longestPause: number;
}

/**
 * Waits until all is over, counts at both ends, notes the row of this fault, and holds the promises against the count. `known` is
 * evidence that was collected before, for what is not there any more.
 */
export async function promisesHeld(
  fault: string,
  town: Town,
  stories: Story[],
  known: Partial<Evidence> = {},
): Promise<Count> {
  try {
    await settled(town, stories);
  } catch (error) {
    // What is open is in the count too, with what is lost so far: that tells more than the time that has passed.
    note(rowOf(fault, count({ ...(await collect(town, stories)), ...known })));
    throw error;
  }
  const counted = count({ ...(await collect(town, stories)), ...known });
  note(rowOf(fault, counted));
  const { lost, orphans, twice, open } = counted;
  expect({ lost, orphans, twice, open }).toEqual({ lost: [], orphans: [], twice: [], open: [] });
  expect(await withClient(town, replayFailures)).toEqual([]);
  return counted;
}

function rowOf(fault: string, { lost, orphans, twice, apart, outOfOrder, open: _open, ...numbers }: Count): Row {
  const sizes = {
    ...{ lost: lost.length, orphans: orphans.length, twice: twice.length },
    ...{ apart: apart.length, outOfOrder: outOfOrder.length },
  };
  return { fault, ...numbers, ...sizes };
}
