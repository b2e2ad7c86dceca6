import { workflowMetadataQuery } from '@temporalio/workflow';
import { workflowOf } from '../support/house.ts';
import { inHouse } from '../support/in-house.ts';
import { until } from '../support/until.ts';

const FAILING = /\| 1, conference created \| callbackUrl: 503 \| (now|[\d:]+ UTC) \| [-\d]+ [\d:]+ UTC \| \d+ \|/;

inHouse('a delivery that fails is told with its last answer, and when it is tried next', async (house) => {
  house.customer.answer('/callback', 503);
  const id = await house.create();
  const details = async () => (await workflowOf(house, id).query(workflowMetadataQuery)).currentDetails ?? '';
  // The worker tries for a minute before the conference hears of it.
  await until('the failing delivery is told', async () => FAILING.test(await details()), 100_000);
});
