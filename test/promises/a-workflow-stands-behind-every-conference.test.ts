import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { conferencePath } from '../../src/catapult/paths.ts';
import { begunUpdate } from '../../src/workflows/messages.ts';
import { DELIVER_FROM, openHouse, USER, workflowOf, type House } from '../support/house.ts';

/* The gateway creates a conference as soon as its workflow has been started, and before any workflow task. */

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterEach(() => house.sandbox.faults.endAll());
afterAll(() => house.close());

const ids = (conferenceId: string) => ({ userId: USER, conferenceId });

type HistoryEvents = NonNullable<Awaited<ReturnType<ReturnType<typeof workflowOf>['fetchHistory']>>['events']>;

const taskDelaySeconds = ([first]: HistoryEvents) =>
  Number(first?.workflowExecutionStartedEventAttributes?.firstWorkflowTaskBackoff?.seconds ?? 0);

test('when the platform is asked the workflow has been started, and when Temporal takes no start the platform is not asked', async () => {
  const { workflow } = house.client;
  const start = workflow.start.bind(workflow);
  const onPlatform = () => house.sandbox.platform.list().length;
  const before = onPlatform();
  let seen: number | undefined;
  workflow.start = async (...args: Parameters<typeof start>) => {
    const handle = await start(...args);
    seen = onPlatform() - before;
    return handle;
  };
  try {
    await house.create({ tag: 'behind' });
    if (DELIVER_FROM === 'gateway') expect(seen).toBe(0);
    workflow.start = () => Promise.reject(new Error('the test wants it'));
    if (DELIVER_FROM === 'gateway') await expect(house.create({ tag: 'without' })).rejects.toThrow('503');
    expect(house.sandbox.platform.list().filter(({ tag }) => tag === 'without')).toEqual([]);
  } finally {
    workflow.start = start;
  }
});

test('it is read right after its 201, here and by another client, as created', async () => {
  const id = await house.create();
  const read = await house.call('GET', conferencePath(USER, id));
  expect(await read.json()).toMatchObject({ phase: 'created', state: 'created' });
  const other = await house.create();
  expect(await house.service.get(ids(other))).toMatchObject({ phase: 'created' });
});

test('somebody is dialled right after its 201, by another client', async () => {
  const id = await house.create();
  const call = { from: '+19195551234', to: '+19195550000' };
  expect(await house.service.dial(ids(id), call)).toBeTruthy();
});

test('it is ended right after its 201', async () => {
  const id = await house.create({ tag: 'ended at once' });
  expect((await house.call('POST', conferencePath(USER, id), { state: 'completed' })).status).toBe(200);
  await workflowOf(house, id).result();
  expect(house.sandbox.platform.list().filter(({ tag }) => tag === 'ended at once')).toMatchObject([
    { state: 'completed' },
  ]);
});

test('cancelled right after its 201, it is completed on the platform', async () => {
  const id = await house.create({ tag: 'cancelled at once' });
  await workflowOf(house, id).cancel();
  await expect(workflowOf(house, id).result()).rejects.toThrow();
  expect(house.sandbox.platform.list().filter(({ tag }) => tag === 'cancelled at once')).toMatchObject([
    { state: 'completed' },
  ]);
});

test('terminated right after its 201, before any workflow task, it says so', async () => {
  const id = await house.create({ from: '+19195554711' });
  await workflowOf(house, id).terminate('the test wants it');
  const read = await house.call('GET', conferencePath(USER, id));
  expect(await read.json()).toMatchObject({ phase: 'terminated', from: '+19195554711' });
});

test('who reads while the platform has not answered gets what comes of that', async () => {
  house.sandbox.faults.add({ on: { method: 'POST', route: '/conferences' }, times: 1, delay: 1_500 });
  const key = { 'idempotency-key': 'read-early' };
  const create = () => house.call('POST', `/v1/users/${USER}/conferences`, { from: '+19195551234' }, key);
  const [first, second] = await Promise.all([create(), create()]);
  expect([first.status, second.status]).toEqual([201, 201]);
  const id = first.headers.get('location')?.split('/').pop() ?? '';
  await workflowOf(house, id).executeUpdate(begunUpdate);
  expect(await house.service.get(ids(id))).toMatchObject({ phase: 'created' });
});

test('created by the gateway its workflow has no task before the delay is over, and makes no attempt of its own', async () => {
  if (DELIVER_FROM === 'worker') return;
  const id = await house.create({ callbackUrl: undefined });
  await house.service.get(ids(id));
  const events = (await workflowOf(house, id).fetchHistory()).events ?? [];
  expect(taskDelaySeconds(events)).toBeGreaterThan(0);
  const activities = events.map(({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name);
  expect(activities).not.toContain('createConference');
});

test('with own fields, participants or a start time nothing is left to a delay', async () => {
  const id = await house.create({ maxDuration: 60 });
  expect(await house.service.get(ids(id))).toMatchObject({ phase: 'created' });
  expect(taskDelaySeconds((await workflowOf(house, id).fetchHistory()).events ?? [])).toBe(0);
});
