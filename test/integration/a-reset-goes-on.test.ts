import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { conferencePath } from '../../src/catapult/paths.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { latestConference, post, scenarios } from '../support/scenarios.ts';
import { CannotCome, until } from '../support/until.ts';

/*
 * Reset in the Temporal UI begins a run anew from an earlier moment: what was done until then is replayed in a run of another
 * id, and the signals that came later are given to it again. `RESETS=all npm test -- test/integration/a-reset` resets every
 * kind of conference that there is.
 */

const kinds =
  process.env['RESETS'] === 'all'
    ? Object.keys(scenarios)
    : ['plain', 'changes', 'lost-answer', 'scheduled', 'cancelled'];
const GOES_ON_WITHIN_MS = 60_000;

/** The cause by which the server ends the task that a reset goes back to. */
const RESET_WORKFLOW = 20;
/** Something came while the run closed, and Temporal has the task made once more. */
const UNHANDLED_COMMAND = 1;
const NO_FAULT = [RESET_WORKFLOW, UNHANDLED_COMMAND];

test.each(kinds)(
  'a conference of the kind %s goes on after a reset to its beginning, its middle and its end, and leaves nothing open',
  async (kind) => {
    const house = await openHouse();
    try {
      await scenarios[kind]?.(house);
      const id = await latestConference(house);
      await workflowOf(house, id)
        .result()
        .catch(() => undefined);
      const { runId } = await workflowOf(house, id).describe();
      const tasks = await finishedTasks(house.client.workflow.getHandle(`conference/${USER}/${id}`, runId));
      for (const task of new Set([tasks[0], tasks[Math.floor(tasks.length / 2)], tasks.at(-1)]))
        await resetAndEnd(house, id, { runId, task });
    } finally {
      await house.close();
    }
  },
  240_000,
);

/** Goes back to a task of a run, ends the conference, and looks at what became of it. */
async function resetAndEnd(house: House, id: string, { runId, task }: { runId: string; task: EventId }): Promise<void> {
  const { workflowService, options } = house.client.workflow;
  const workflowId = `conference/${USER}/${id}`;
  const reset = await workflowService.resetWorkflowExecution({
    namespace: options.namespace,
    workflowExecution: { workflowId, runId },
    reason: 'a test goes back',
    ...(task && { workflowTaskFinishEventId: task }),
    requestId: randomUUID(),
  });
  const handle = house.client.workflow.getHandle(workflowId, reset.runId);
  const where = `reset to task ${String(task)}`;
  const ended = await post(house, conferencePath(USER, id), { state: 'completed' });
  expect([200, 202, 403]).toContain(ended.status);
  await untilClosed(handle, where);
  expect(house.sandbox.platform.list().filter(({ state }) => state !== 'completed')).toEqual([]);
}

async function untilClosed(handle: WorkflowHandle, where: string): Promise<void> {
  const look = async () => {
    const failed = await failedTasks(handle);
    if (failed.length > 0) throw new CannotCome(`${where}: ${failed.join('; ')}`);
    const { status } = await handle.describe();
    if (status.name === 'TERMINATED') throw new CannotCome(`${where}: it was terminated`);
    return status.name !== 'RUNNING';
  };
  await until(`${where}: it is over`, look, GOES_ON_WITHIN_MS, 200);
}

type EventId = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number]['eventId'];

/** The ids of the events that end workflow tasks: what a reset can go back to. */
async function finishedTasks(handle: WorkflowHandle): Promise<EventId[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap((event) => (event.workflowTaskCompletedEventAttributes ? [event.eventId] : []));
}

async function failedTasks(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
    failed && !NO_FAULT.includes(Number(failed.cause))
      ? [failed.failure?.message ?? `cause ${String(failed.cause)}`]
      : [],
  );
}
