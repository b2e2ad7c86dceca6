import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';

import { PROMPT_ANSWER_MS, PROMPT_ANSWERS } from '../../src/activities/budget.ts';
import { conferencePath, conferencesPath } from '../../src/catapult/paths.ts';
import type { RequestFault } from '../../src/sandbox/faults.ts';
import { timePasses, until } from '../support/until.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterEach(() => house.sandbox.faults.endAll());
afterAll(() => house.close());

/** So many creates that the worker knows the platform as prompt. */
async function untilPrompt(): Promise<void> {
  await Promise.all(Array.from({ length: PROMPT_ANSWERS }, () => house.create()));
}

/** Happens to the next create call that the platform gets. */
const strike = (fault: RequestFault) =>
  house.sandbox.faults.add({ on: { method: 'POST', route: '/conferences' }, times: 1, ...fault });

async function eventTypes(id: string): Promise<string[]> {
  const { events } = await workflowOf(house, id).fetchHistory();
  return (events ?? []).map((event) => Object.keys(event).find((key) => key.endsWith('EventAttributes')) ?? '');
}

const count = async (id: string, type: string) =>
  (await eventTypes(id)).filter((other) => other === `${type}EventAttributes`).length;

/** States of the platform's conferences with this tag: what each test creates has a tag of its own. */
const statesOf = (tag: string) =>
  house.sandbox.platform
    .list()
    .filter((conference) => conference.tag === tag)
    .map(({ state }) => state);

const end = async (id: string) => {
  await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await workflowOf(house, id).result();
};

test('it is created with the first workflow task, by no activity task; before the platform is known as prompt, by one', async () => {
  const first = await house.create();
  expect(await count(first, 'activityTaskScheduled')).toBe(1);
  await untilPrompt();
  const id = await house.create({ callbackUrl: undefined });
  const types = await eventTypes(id);
  const answered = types.indexOf('workflowExecutionUpdateCompletedEventAttributes');
  expect(types.slice(0, answered)).not.toContain('activityTaskScheduledEventAttributes');
  expect(types.slice(0, answered).filter((type) => type === 'workflowTaskCompletedEventAttributes')).toHaveLength(1);
});

test('a refusal is final at once, in the platform’s words', async () => {
  await untilPrompt();
  strike({ answer: { status: 400, category: 'bad-request', code: 'invalid-from', message: 'not yours' } });
  const answer = await house.call('POST', conferencesPath(USER), { from: '+19195551234', tag: 'refused' });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ code: 'invalid-from', message: 'not yours' });
  expect(statesOf('refused')).toEqual([]);
});

test.each<[string, RequestFault]>([
  ['an error of its own', { answer: { status: 500 } }],
  ['no answer, the work undone', { drop: 'before' }],
  ['no answer, the work done', { drop: 'after' }],
  ['a limit', { rateLimit: 1_000 }],
])('%s: a later attempt creates it, and one conference remains', async (name, fault) => {
  await untilPrompt();
  strike(fault);
  const id = await house.create({ tag: name });
  expect(await count(id, 'activityTaskScheduled')).toBeGreaterThanOrEqual(1);
  await until('one is left', () => statesOf(name).filter((state) => state !== 'completed').length === 1);
  await end(id);
  expect(new Set(statesOf(name))).toEqual(new Set(['completed']));
});

test('a refusal after an attempt that may have made one waits for its event', async () => {
  await untilPrompt();
  strike({ drop: 'after' });
  strike({ answer: { status: 400, category: 'bad-request', code: 'invalid-from', message: 'not yours' } });
  const id = await house.create({ tag: 'adopted' });
  expect(statesOf('adopted')).toEqual(['created']);
  await end(id);
});

test('one that hangs holds up none of those that come after it', async () => {
  await untilPrompt();
  strike({ delay: 3_000 });
  const hanging = house.create({ tag: 'hangs' });
  await timePasses('the first one has hung for long enough to be noticed', PROMPT_ANSWER_MS + 100);
  const next = await house.create({ tag: 'goes on' });
  expect(await count(next, 'activityTaskScheduled')).toBe(1);
  expect(statesOf('hangs')).toEqual([]);
  await hanging;
  expect(statesOf('hangs')).toEqual(['created']);
});

test('many that hang at once are not all held by their workflow tasks', async () => {
  await untilPrompt();
  house.sandbox.faults.add({ on: { method: 'POST', route: '/conferences' }, delay: 2_000 });
  const all = await Promise.all(Array.from({ length: 50 }, () => house.create({ tag: 'many' })));
  const ofActivities = await Promise.all(all.map((id) => count(id, 'activityTaskScheduled')));
  expect(ofActivities.filter((scheduled) => scheduled > 0).length).toBeGreaterThanOrEqual(30);
  expect(statesOf('many')).toHaveLength(50);
}, 30_000);
