import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { required } from '../support/temporal.ts';

/* Every conference in a worker's memory has all modules of the workflow bundle for itself: schemas there cost a megabyte each. */

test('the workflows carry Temporal and what they change state with, and no schemas', () => {
  const bundle = readFileSync(required('TEST_WORKFLOW_BUNDLE'), 'utf8');
  const packages = bundle.matchAll(/node_modules\/((?:@[a-z0-9-]+\/)?[a-z0-9-]+)\//g);
  const names = [...new Set([...packages].map(([, name]) => name))];
  expect(names.sort()).toEqual(['@temporalio/common', '@temporalio/workflow', 'long', 'ms', 'nexus-rpc']);
});
