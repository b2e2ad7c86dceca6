import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { TASK_QUEUE } from '../../src/workflows/messages.ts';
import { dataDirectory, endOf, killGroup, launch, type Program } from '../support/processes.ts';
import { connect, required } from '../support/temporal.ts';

/** What the process that started it waits at most. */
const ENDS_WITHIN_MS = 10_000;

let client: Client;
let disconnect: () => Promise<void>;
let data: ReturnType<typeof dataDirectory>;
let worker: Program;
const workflowId = `doomed-${randomUUID()}`;

beforeEach(async () => {
  ({ client, close: disconnect } = await connect());
  data = dataDirectory();
  const program = fileURLToPath(new URL('../support/doomed/worker.ts', import.meta.url));
  worker = launch(process.execPath, ['--import', 'tsx', program], {
    TEMPORAL_ADDRESS: required('TEST_TEMPORAL_ADDRESS'),
    CONVOKE_DATA_DIR: data.path,
  });
  await worker.until(/ready on/);
});
afterEach(async () => {
  killGroup(worker);
  await client.workflow
    .getHandle(workflowId)
    .terminate()
    .catch(() => undefined);
  await disconnect();
  data.remove();
});

const doom = () => client.workflow.start('doomed', { workflowId, taskQueue: TASK_QUEUE });

test('a worker whose engine has died says so, and ends with code 1 within 10 s', async () => {
  await doom();
  await worker.until(/Cannot decode Completion/, 20_000);
  expect(await endOf(worker, ENDS_WITHIN_MS)).toBe(1);
  expect(worker.output()).toMatch(/The worker of conferences has failed/);
});

test('a SIGTERM meanwhile does not keep it', async () => {
  await doom();
  await worker.until(/Cannot decode Completion/, 20_000);
  worker.child.kill('SIGTERM');
  expect(await endOf(worker, ENDS_WITHIN_MS)).toBe(1);
});
