import { expect } from '@jest/globals';
import { workflowMetadataQuery } from '@temporalio/workflow';
import { SandboxControls } from '../support/controls.ts';
import { inHouse } from '../support/in-house.ts';
import { workflowOf } from '../support/house.ts';
import { until } from '../support/until.ts';

inHouse('the Temporal UI says who is in it, and what comes next', async (house) => {
  const participants = [{ to: '+19195550001', tag: 'Alice' }];
  const id = await house.create({ participants, maxDuration: 3_600 });
  const details = async () => (await workflowOf(house, id).query(workflowMetadataQuery)).currentDetails ?? '';
  await until('Alice has joined', async () => /\| Alice \(\+19195550001\) \| joined \|/.test(await details()));
  expect(await details()).toMatch(/\| [-\d]+ [\d:]+ UTC \| the conference ends: maxDuration is over \|/);
  const history = JSON.stringify((await workflowOf(house, id).fetchHistory()).events);
  // What is shown is asked for, and no part of the history.
  expect(history).not.toContain('maxDuration is over');
  await workflowOf(house, id).terminate('the test is over');
  // Terminate leaves the conference on the platform.
  const left = await new SandboxControls(house.platform.url).conferences();
  expect(left.map(({ state }) => state)).toEqual(['active']);
});
