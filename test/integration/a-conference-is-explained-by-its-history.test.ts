import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { explanation, whatIf, type Explanation } from '../../src/catapult/explaining-resources.ts';
import type { StepPage } from '../../src/catapult/watching-resources.ts';
import { conferencePath, membersPath, pathTo } from '../../src/catapult/paths.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { dataDirectory, endOf, launch } from '../support/processes.ts';
import { required } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let house: House;
const data = dataDirectory();
beforeAll(async () => {
  // The tools are for the queue that workers have without being told of another.
  house = await openHouse({ taskQueue: 'conferences' });
});
afterAll(async () => {
  await house.close();
  data.remove();
});

const pathOf = (what: 'explanation' | 'what-if' | 'steps', conferenceId: string) =>
  pathTo(`/conferences/:conferenceId/${what}`, { userId: USER, conferenceId });
const explain = async (id: string) =>
  explanation.parse(await (await house.call('GET', pathOf('explanation', id))).json());
const promiseOf = ({ promises }: Explanation, name: string) => promises.find(({ promise }) => promise === name);

/** What `convoke …` ends with, and prints. */
async function convoke(...parameters: string[]): Promise<{ code: unknown; said: string }> {
  const settings = { TEMPORAL_ADDRESS: required('TEST_TEMPORAL_ADDRESS'), CONVOKE_DATA_DIR: data.path };
  const program = launch('node', ['--import', 'tsx', 'src/main.ts', ...parameters], settings);
  return { code: await endOf(program, 60_000), said: program.output() };
}

/** Two join, one leaves, and the other one is alone until that ends it. */
async function endedAlone(): Promise<string> {
  const id = await house.create({ aloneTimeout: 2 });
  const calls = [house.sandbox.platform.callIn(), house.sandbox.platform.callIn()];
  for (const { id: callId } of calls) await house.call('POST', membersPath(USER, id), { callId });
  await house.service.waitFor({ userId: USER, conferenceId: id }, 'active');
  await until('both are in it', async () => {
    return (await house.conferences.get({ userId: USER, conferenceId: id }))?.activeMembers === 2;
  });
  calls[0]?.hangUp();
  await house.service.waitFor({ userId: USER, conferenceId: id }, 'completed');
  return id;
}

const lengthOf = async (id: string) => {
  return (await workflowOf(house, id).describe()).historyLength;
};

test('why it ended is told, with each promise that was kept, and what other settings had led to; nothing is changed', async () => {
  const id = await endedAlone();
  await until('its events are delivered', async () => promiseOf(await explain(id), 'every-event')?.state === 'kept');
  const told = await explain(id);
  const isLate = told.timers.some(({ lateSeconds }) => lateSeconds > 5);
  expect(told.promises.map(({ promise, state }) => `${promise}: ${state}`)).toEqual([
    'one-conference: kept',
    'every-event: kept',
    // That is this machine's matter.
    `in-time: ${isLate ? 'broken' : 'kept'}`,
    'end: kept',
  ]);
  expect(promiseOf(told, 'end')?.says).toContain('completed (alone)');
  expect(told.timers.map(({ timer }) => timer)).toContain('alone');
  expect(told.decisions.flatMap(({ decided }) => decided)).toContain('the conference is to end (alone)');
  expect(told.events.map(({ event, state }) => `${event}: ${state}`)).toContain('conference completed: delivered');
  const before = { length: await lengthOf(id), shown: await house.conferences.get({ userId: USER, conferenceId: id }) };

  const answer = await house.call('GET', `${pathOf('what-if', id)}?aloneTimeout=3600`);
  const other = whatIf.parse(await answer.json());
  expect([other.was.reason, other.would.reason]).toEqual(['alone', 'alone']);
  const apart = Date.parse(other.would.endTime ?? '') - Date.parse(other.was.endTime ?? '');
  expect(Math.abs(apart / 1_000 - 3_598)).toBeLessThan(30);
  expect(other.onlyWas.map(({ says }) => says)).toContain('the conference is to end (alone)');

  const said = await convoke('what-if', id, '--set', 'aloneTimeout=none', '--user', USER);
  expect(said.code).toBe(0);
  expect(said.said).toMatch(/as it was: +completed \(alone\) at .*\nas it would be: +active\n/);
  const shown = await house.conferences.get({ userId: USER, conferenceId: id });
  expect({ length: await lengthOf(id), shown }).toEqual(before);
});

test('an event that its customer does not take is named with the reason', async () => {
  house.customer.answer('/callback', 503);
  const id = await house.create();
  await until('it was tried', async () => (await explain(id)).events.some(({ requests }) => requests > 0));
  const told = await explain(id);
  expect(promiseOf(told, 'every-event')).toMatchObject({
    state: 'open',
    says: expect.stringContaining('503') as unknown,
  });
  const { code, said } = await convoke('explain', id, '--user', USER);
  expect(code).toBe(0);
  expect(said).toMatch(/open +every-event +one event: 0 delivered, .* 1 waiting/);
  expect(said).toMatch(/#1 {2}conference created {2}waiting: \d+ requests?, 503/);
  house.customer.answer('/callback', 200);
});

test('an account is found by the conference, and one that is nowhere is said so', async () => {
  const id = await house.create();
  await until('the index has it', async () => (await convoke('explain', id, '--json')).code === 0);
  const { said } = await convoke('explain', id, '--json');
  expect(JSON.parse(said)).toMatchObject({ userId: USER, conferenceId: id });
  const nowhere = await convoke('what-if', 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa', '--set', 'maxDuration=60');
  expect(nowhere).toMatchObject({ code: 2, said: expect.stringContaining('No account has a conference') as unknown });
  await house.call('POST', conferencePath(USER, id), { state: 'completed' });
});

test('a conference whose workflow was terminated is not said to go on, nor what waits in it to be delivered', async () => {
  house.customer.answer('/callback', 503);
  const id = await house.create();
  await until('it was tried', async () => (await explain(id)).events.some(({ requests }) => requests > 0));
  await workflowOf(house, id).terminate('an operator has done it');
  const told = await explain(id);
  expect(promiseOf(told, 'every-event')).toMatchObject({ state: 'broken' });
  expect(promiseOf(told, 'end')).toMatchObject({
    state: 'broken',
    says: expect.stringMatching(/^its workflow was terminated in Temporal at .*, while it was created: /) as unknown,
  });
  const { assumed } = whatIf.parse(await (await house.call('GET', `${pathOf('what-if', id)}?noShowTimeout=60`)).json());
  expect(assumed).toContain('its workflow was not terminated in Temporal');
  house.customer.answer('/callback', 200);
});

test('of a conference that was reset the run that goes on is told, not the one that was given up', async () => {
  const id = await house.create();
  await until('its event is delivered', async () => promiseOf(await explain(id), 'every-event')?.state === 'kept');
  const givenUp = (await workflowOf(house, id).describe()).runId;
  await house.client.workflowService.resetWorkflowExecution({
    namespace: house.client.options.namespace,
    workflowExecution: { workflowId: `conference/${USER}/${id}`, runId: givenUp },
    reason: 'a test goes back',
    workflowTaskFinishEventId: await until('it has a workflow task to go back to', () => firstTaskOf(id)),
    requestId: randomUUID(),
  });
  await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await house.service.waitFor({ userId: USER, conferenceId: id }, 'completed');
  expect(promiseOf(await explain(id), 'end')?.says).toMatch(/^completed \(ended-via-api\) at /);
  const settings = `${pathOf('what-if', id)}?noShowTimeout=60`;
  const { was } = whatIf.parse(await (await house.call('GET', settings)).json());
  expect(was).toMatchObject({ phase: 'completed', reason: 'ended-via-api' });
  const told = (await (await house.call('GET', pathOf('steps', id))).json()) as StepPage;
  expect(told.steps.map(({ does }) => does)).toContain('completed (ended-via-api)');
  for (const runId of [givenUp, randomUUID()])
    expect((await house.call('GET', `${pathOf('explanation', id)}?pageToken=${runId}`)).status).toBe(400);
});

async function firstTaskOf(id: string) {
  const { events } = await workflowOf(house, id).fetchHistory();
  return events?.find(({ workflowTaskCompletedEventAttributes: task }) => task)?.eventId;
}

test('what is no setting, or no number of seconds, is refused, and so is nothing at all', async () => {
  const id = await house.create();
  for (const query of ['', '?aloneTimeout=0', '?maxDuration=soon', '?from=1'])
    expect((await house.call('GET', pathOf('what-if', id) + query)).status).toBe(400);
  const wrong = await convoke('what-if', id, '--set', 'startAt=60');
  expect(wrong).toMatchObject({ code: 1, said: expect.stringContaining('noShowTimeout') as unknown });
});
