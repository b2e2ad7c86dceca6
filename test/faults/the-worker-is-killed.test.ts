import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { conferencePath, conferencesPath } from '../../src/catapult/paths.ts';
import { TASK_QUEUE } from '../../src/workflows/messages.ts';
import { CALLBACK_KEY, openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { dataDirectory, killGroup, launch, type Program } from '../support/processes.ts';
import { required } from '../support/temporal.ts';

let house: House;
let data: ReturnType<typeof dataDirectory>;
let workers: Program[];

beforeEach(() => {
  data = dataDirectory();
  workers = [];
});
afterEach(async () => {
  await house.close();
  for (const worker of workers) killGroup(worker);
  await Promise.all(workers.map(({ ended }) => ended));
  data.remove();
});

/** Starts a worker as a user would, `npm run worker`, in a process of its own. */
async function startWorker(): Promise<Program> {
  const worker = launch('npm', ['run', 'worker'], {
    TEMPORAL_ADDRESS: required('TEST_TEMPORAL_ADDRESS'),
    PLATFORM_URL: house.platformUrl,
    PUBLIC_URL: house.url,
    CALLBACK_KEYS: CALLBACK_KEY,
    CONVOKE_DATA_DIR: data.path,
  });
  workers.push(worker);
  await worker.until(/ready on task queue/);
  return worker;
}

/** A killed worker may have delivered what is not on record: the same event comes again then, with the same webhook-id. */
const statuses = () => {
  const events = house.customer
    .at('/callback')
    .map(({ headers, body }) => [headers['webhook-id'], body['status']] as const);
  return [...new Map(events).values()];
};

test('killed between created and completed: with a new worker the conference goes on', async () => {
  house = await openHouse({ worker: false, taskQueue: TASK_QUEUE });
  const first = await startWorker();
  const id = await house.create();
  await house.customer.until('/callback', 1);
  killGroup(first);
  await first.ended;

  const ending = house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await startWorker();
  expect([200, 202]).toContain((await ending).status);
  await workflowOf(house, id).result();
  expect(statuses()).toEqual(['created', 'completed']);
  expect(house.sandbox.platform.list().map(({ state }) => state)).toEqual(['completed']);
});

test('killed while it creates: one conference lives, and one is told', async () => {
  house = await openHouse({ worker: false, taskQueue: TASK_QUEUE });
  const { faults } = house.sandbox;
  faults.add({ on: { method: 'POST', route: '/conferences' }, delay: 1_000, times: 1 });
  const first = await startWorker();
  const asked = house.call('POST', conferencesPath(USER), {
    from: '+19195551234',
    callbackUrl: house.customer.url('/callback'),
  });
  // A fault that has struck for the last time is over: the platform has the request.
  while (faults.list().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  killGroup(first);
  await startWorker();
  const id = (await asked).headers.get('location')?.split('/').pop() ?? '';
  await house.customer.until('/callback', 1, 30_000);
  await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await workflowOf(house, id).result();
  expect(statuses()).toEqual(['created', 'completed']);
  expect(new Set(house.sandbox.platform.list().map(({ state }) => state))).toEqual(new Set(['completed']));
});
