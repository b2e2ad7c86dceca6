import { expect } from '@jest/globals';
import { workflowMetadataQuery } from '@temporalio/workflow';
import { USER, workflowOf } from '../support/house.ts';
import { inHouse } from '../support/in-house.ts';
import { until } from '../support/until.ts';

const FAILING = /\| 1, conference created \| callbackUrl: 503 \| (now|[\d:]+ UTC) \| [-\d]+ [\d:]+ UTC \| \d+ \|/;

inHouse('a workflow leads to its conference in the console', async (house) => {
  const id = await house.create();
  const { staticDetails } = await workflowOf(house, id).describe();
  expect(await staticDetails()).toContain(`(http://gateway.example/console?p=conference&account=${USER}&id=${id})`);
});

inHouse('a delivery that fails is told with its last answer, and when it is tried next', async (house) => {
  house.customer.answer('/callback', 503);
  const id = await house.create();
  const details = async () => (await workflowOf(house, id).query(workflowMetadataQuery)).currentDetails ?? '';
  // The worker tries for a minute before the conference hears of it.
  await until('the failing delivery is told', async () => FAILING.test(await details()), 100_000);
});
