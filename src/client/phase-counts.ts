import type { Client } from '@temporalio/client';
import type { Phase } from '../conference/state/state.ts';
import { TASK_QUEUE } from '../workflows/messages.ts';
import { COUNTED_WITHIN_MS } from './budget.ts';
import { openInPhase, stateOf } from './list-query.ts';

export type PhaseCounts = ReadonlyMap<Phase, number>;

/**
 * How many workflows of conferences are open in each phase, of all accounts, from Temporal's index. One by one: not every store that
 * Temporal has can count in groups.
 * @throws when Temporal does not answer in time.
 */
export async function countByPhase(client: Client, taskQueue: string = TASK_QUEUE): Promise<PhaseCounts> {
  return await client.withDeadline(Date.now() + COUNTED_WITHIN_MS, async () => {
    const counts = new Map<Phase, number>();
    for (const phase of Object.keys(stateOf) as Phase[])
      counts.set(phase, (await client.workflow.count(openInPhase(taskQueue, phase))).count);
    return counts;
  });
}
