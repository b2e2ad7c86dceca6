import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { conferencePath } from '../../src/catapult/paths.ts';
import {
  AFTERCARE_WORKFLOW,
  aftercareWorkflowId,
  eventRecordsQuery,
  redeliverSignal,
  stateQuery,
} from '../../src/workflows/messages.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { until } from '../support/until.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

test('two who ask for an event after the end have read the same state: what the first one did is known to the second', async () => {
  const id = await house.create();
  await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await workflowOf(house, id).result();
  const ids = { userId: USER, conferenceId: id };
  const { runId } = await workflowOf(house, id).describe();
  const state = await workflowOf(house, id).query(stateQuery);
  const records = await workflowOf(house, id).query(eventRecordsQuery, [1, 2]);
  if (state === null) throw new Error('the conference has no state');

  for (const [index, record] of records.entries()) {
    await house.client.workflow.signalWithStart(AFTERCARE_WORKFLOW, {
      workflowId: aftercareWorkflowId(ids, runId),
      taskQueue: house.taskQueue,
      args: [{ state }],
      signal: redeliverSignal,
      signalArgs: [[record]],
    });
    await house.customer.until('/callback', 2 + index + 1);
    await until('the second attempt is on record', async () => {
      const events = (await house.conferences.events(ids))?.events ?? [];
      return events[index]?.attempts.length === 2;
    });
  }
  const events = (await house.conferences.events(ids))?.events ?? [];
  expect(events.map(({ state, attempts }) => [state, attempts.length])).toEqual([
    ['delivered', 2],
    ['delivered', 2],
  ]);
});
