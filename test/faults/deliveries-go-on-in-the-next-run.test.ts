import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { conferenceWorkflowId } from '../../src/workflows/messages.ts';
import { CALLBACK, each, underFault, type ToldConference } from '../support/deliveries/scene.ts';
import type { House } from '../support/house.ts';
import { openImpatientHouse } from '../support/impatient.ts';
import { longOrShort } from '../support/town/length.ts';
import { until } from '../support/until.ts';

/* A server of its own that suggests continue-as-new at 40 events of a history. */

const CONFERENCES = longOrShort(10, 2);
const WAVES = longOrShort(40, 12);
const EVENTS = 10;

describe.each([
  ['worker', 'continue-as-new mid-batch'],
  ['gateway', 'continue-as-new under a lease'],
] as const)('DELIVER_FROM=%s', (deliverFrom, fault) => {
  let house: House;
  beforeAll(async () => {
    house = await openImpatientHouse(40, { deliverFrom });
  });
  afterAll(() => house.close());

  underFault(
    fault,
    () => house,
    async ({ customer, open, promisesHeld }) => {
      customer.answer(CALLBACK, (response) => {
        setTimeout(() => response.writeHead(200).end(), 20);
      });
      const conferences = await open(CONFERENCES);
      // Faster than the customer takes them: there is always something under way.
      for (let waves = 0; waves < WAVES; waves += 1) await each(conferences, (conference) => conference.send(EVENTS));
      await each(conferences, (conference) => sendUntilSeveralRuns(house, conference));
      // A run that continues as new lets its deliveries report: not even what is under way is sent twice.
      expect((await promisesHeld(conferences)).duplicates).toBe(0);
    },
    { alone: true },
  );
});

/** On a busy machine many events come in one signal, and a run has room for more of them. */
async function sendUntilSeveralRuns(house: House, conference: ToldConference): Promise<void> {
  const query = `WorkflowId = '${conferenceWorkflowId(conference.ids)}'`;
  await until('there were several runs', async () => {
    if ((await house.client.workflow.count(query)).count > 2) return true;
    await conference.send(EVENTS);
    return false;
  });
}
