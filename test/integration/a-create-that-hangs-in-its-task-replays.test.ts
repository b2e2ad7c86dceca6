import { expect } from '@jest/globals';
import { PROMPT_ANSWERS } from '../../src/activities/budget.ts';
import { createConferenceRequest } from '../../src/catapult/requests.ts';
import { conferenceIdOf } from '../../src/conference/state/ids.ts';
import {
  CONFERENCE_WORKFLOW,
  conferenceQuery,
  conferenceWorkflowId,
  reconcileSignal,
} from '../../src/workflows/messages.ts';
import { replayFailures } from '../support/histories.ts';
import { underWay, USER, workflowOf, type House } from '../support/house.ts';
import { inHouse } from '../support/in-house.ts';
import { timePasses, until } from '../support/until.ts';

/*
 * While the platform answers promptly, a create is tried within the first workflow task. One that hangs is given up, and the next attempt makes
 * the conference; what comes meanwhile waits, and all of it replays.
 */

/** Longer than an attempt within the task may take. */
const HANGS_MS = 7_000;

async function hangs(house: House): Promise<void> {
  await Promise.all(Array.from({ length: PROMPT_ANSWERS }, () => house.create()));
  house.sandbox.faults.add({ on: { method: 'POST', route: '/conferences' }, times: 1, delay: HANGS_MS });
}

/** Started without anybody who waits for it, as by a schedule; its id. */
async function startedAlone(house: House): Promise<string> {
  const conferenceId = conferenceIdOf(Buffer.from(`${Math.random()}`.padEnd(17)));
  const request = createConferenceRequest.parse({ from: '+19195551234', callbackUrl: house.customer.url('/callback') });
  await house.client.workflow.start(CONFERENCE_WORKFLOW, {
    ...{ workflowId: conferenceWorkflowId({ userId: USER, conferenceId }), taskQueue: house.taskQueue },
    args: [{ request }],
  });
  return conferenceId;
}

async function replays(house: House, id: string): Promise<void> {
  const { events } = await workflowOf(house, id).fetchHistory();
  // It was tried within the task.
  expect(events?.some(({ markerRecordedEventAttributes }) => markerRecordedEventAttributes != null)).toBe(true);
  await until('nothing is under way', async () => (await underWay(house, id)) === '');
  expect(
    await replayFailures(house.client, `WorkflowId = '${conferenceWorkflowId({ userId: USER, conferenceId: id })}'`),
  ).toEqual([]);
}

inHouse.concurrent('one that somebody waits for', async (house) => {
  await hangs(house);
  await replays(house, await house.create());
});

inHouse.concurrent('one that nobody waits for, as of a schedule', async (house) => {
  await hangs(house);
  const conferenceId = await startedAlone(house);
  await house.customer.until('/callback', PROMPT_ANSWERS + 1);
  await replays(house, conferenceId);
});

inHouse.concurrent('one of which something is wanted meanwhile', async (house) => {
  await hangs(house);
  const conferenceId = await startedAlone(house);
  const reads = [workflowOf(house, conferenceId).query(conferenceQuery)];
  for (let asked = 0; asked < 6; asked += 1) {
    reads.push(workflowOf(house, conferenceId).query(conferenceQuery));
    await timePasses('it hangs', 1_000);
    await workflowOf(house, conferenceId).signal(reconcileSignal, 'the test wants it');
  }
  await Promise.all(reads);
  await house.customer.until('/callback', PROMPT_ANSWERS + 1);
  await replays(house, conferenceId);
});
