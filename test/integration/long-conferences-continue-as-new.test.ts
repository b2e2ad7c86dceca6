import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { conferencePath } from '../../src/catapult/paths.ts';
import type { EventResource } from '../../src/catapult/resources.ts';
import { conferenceWorkflowId } from '../../src/workflows/messages.ts';
import { USER, workflowOf, type House } from '../support/house.ts';
import { openImpatientHouse } from '../support/impatient.ts';
import { sendEvents } from '../support/platform-events.ts';
import { until } from '../support/until.ts';

/* A server of its own that suggests continue-as-new at 50 events instead of 4,096. */

const WAVES = 30;
const DIGITS = 9;

let house: House;
beforeAll(async () => {
  house = await openImpatientHouse(50);
});
afterAll(() => house.close());

/** How each run of the conference's workflow ended, the first one first. */
async function runs(conferenceId: string): Promise<string[]> {
  const query = `WorkflowId = '${conferenceWorkflowId({ userId: USER, conferenceId })}'`;
  const found: { startedAt: number; status: string }[] = [];
  for await (const { startTime, status } of house.client.workflow.list({ query }))
    found.push({ startedAt: startTime.getTime(), status: status.name });
  return found.sort((a, b) => a.startedAt - b.startedAt).map(({ status }) => status);
}

/** What the platform sends in one wave: a member joins and types digits. */
function wave(number: number): Record<string, unknown>[] {
  const memberId = `member-${number}`;
  const joins = { eventType: 'conference-member', memberId, state: 'active', time: '2026-01-01T00:00:00Z' };
  const digits = Array.from({ length: DIGITS }, (_, index) => ({ eventType: 'dtmf', memberId, digits: String(index) }));
  return [joins, ...digits];
}

/** Sends waves until the conference has so many runs; answers how many it sent. */
async function wavesUntilRuns(conferenceId: string, count: number): Promise<number> {
  let sent = 0;
  await until(`there are ${count} runs`, async () => {
    if ((await runs(conferenceId)).length >= count) return true;
    await sendEvents(house, conferenceId, wave(++sent));
    return false;
  });
  return sent;
}

test('300 events over several runs while deliveries go on: none lost, none twice, in order, cleanly ended', async () => {
  const path = '/waves';
  house.customer.answer(path, (response) => setTimeout(() => response.writeHead(200).end(), 5));
  const id = await house.create({ callbackUrl: house.customer.url(path) });
  await house.customer.until(path, 1);
  for (let number = 0; number < WAVES; number += 1) await sendEvents(house, id, wave(number));
  // A query may be answered by the run that has just continued as new.
  await until('all have come', async () => {
    const view: unknown = await (await house.call('GET', conferencePath(USER, id))).json();
    return JSON.stringify(view).includes(`"activeMembers":${WAVES},`);
  });
  const ended = await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  expect([200, 202]).toContain(ended.status);
  await workflowOf(house, id).result();

  const told = house.customer.at(path).map(({ body }) => body);
  const sent = Array.from({ length: WAVES }, (_, number) => wave(number)).flat();
  expect(told).toMatchObject([{ status: 'created' }, ...sent, { status: 'completed' }]);
  const sequences = house.customer.at(path).map(({ headers }) => Number(headers['convoke-sequence']));
  expect(sequences).toEqual(told.map((_, index) => index + 1));
  await until('the last run is listed as closed', async () => (await runs(id)).at(-1) === 'COMPLETED');
  const ends = await runs(id);
  expect(ends.length).toBeGreaterThan(1);
  expect(new Set(ends.slice(0, -1))).toEqual(new Set(['CONTINUED_AS_NEW']));
  expect(new Set(house.sandbox.platform.list().map(({ state }) => state))).toEqual(new Set(['completed']));
});

test('the events of all runs can be read, and one of the first is delivered again in the last', async () => {
  let isAway = true;
  house.customer.answer('/runs', (response) => response.writeHead(isAway ? 503 : 200).end());
  const id = await house.create({ callbackUrl: house.customer.url('/runs') });
  await sendEvents(house, id, wave(0));
  // Undelivered, it is handed from run to run.
  await house.customer.until('/runs', 2);
  isAway = false;
  await house.customer.until('/runs', 2 + 1 + DIGITS);
  const waves = 1 + (await wavesUntilRuns(id, 3));

  const read = async () => {
    const events: EventResource[] = [];
    for (let after: number | undefined = 0; after !== undefined;) {
      const page = await house.conferences.events({ userId: USER, conferenceId: id }, { after, size: 40 });
      events.push(...(page?.events ?? []));
      after = page?.next;
    }
    return events;
  };
  await until('the last is on record', async () => (await read()).at(-1)?.state === 'delivered');
  const events = await read();
  expect(events.map(({ sequence }) => sequence)).toEqual(
    Array.from({ length: 1 + waves * (1 + DIGITS) }, (_, index) => index + 1),
  );
  expect(events[0]?.attempts.at(-1)).toMatchObject({ ok: true });
  const attempts = events[4]?.attempts.length ?? 0;
  expect(await house.conferences.redeliver({ userId: USER, conferenceId: id }, events[4]?.id ?? '')).toBe(true);
  await until('it is delivered again', async () => (await read())[4]?.attempts.length === attempts + 1);
  expect((await read()).map(({ sequence }) => sequence)).toEqual(events.map(({ sequence }) => sequence));
});

test('a dead letter of the first run is among those of its time, though later runs began after that', async () => {
  house.customer.answer('/dead', 410);
  const id = await house.create({ callbackUrl: house.customer.url('/dead') });
  const dead = async () =>
    (await house.conferences.events({ userId: USER, conferenceId: id }, { state: 'dead' }))?.events ?? [];
  await until('the first event is given up', async () => (await dead()).length === 1);
  const to = Date.now();
  house.customer.answer('/dead', 200);
  await house.call('POST', conferencePath(USER, id), { callbackUrl: house.customer.url('/dead') });
  await wavesUntilRuns(id, 2);

  const ofOurs = `TaskQueue = '${house.taskQueue}' AND ConferenceDeadLetters > 0 AND ExecutionStatus = 'Running'`;
  await until('it is listed', async () => (await house.client.workflow.count(ofOurs)).count === 1);
  for await (const { events } of await house.conferences.redeliverDead(USER, { from: 0, to })) expect(events).toBe(1);
  await until('it is delivered', async () => (await dead()).length === 0);
});

test('a conference that is cancelled ends as cancelled, however much happens after that', async () => {
  let running: ServerResponse | undefined;
  house.customer.answer('/slow', (response) => (running = response));
  const id = await house.create({ callbackUrl: house.customer.url('/slow') });
  await house.customer.until('/slow', 1);
  await workflowOf(house, id).cancel();
  for (let number = 0; number < WAVES; number += 1) await sendEvents(house, id, wave(number));
  house.customer.answer('/slow', 200);
  running?.writeHead(200).end();
  await workflowOf(house, id)
    .result()
    .catch(() => undefined);
  expect((await workflowOf(house, id).describe()).status.name).toBe('CANCELLED');
  // On a slow machine the one that was kept waiting has timed out, and comes again.
  const told = new Set(house.customer.at('/slow').map(({ headers }) => headers['webhook-id']));
  expect(told.size).toBe(WAVES * (1 + DIGITS) + 2);
});

test('changes that come without a pause are all done, and their answers are kept, over several runs', async () => {
  const id = await house.create();
  const path = conferencePath(USER, id);
  const member = { callId: house.sandbox.platform.callIn().id };
  const add = async () => (await house.call('POST', `${path}/members`, member, { 'idempotency-key': 'first' })).headers;
  const added = (await add()).get('location');
  // On a slow machine a change may be put off (503, "try again"): then its sender does.
  const oneAfterTheOther = async (change: (turn: number) => [string, object]) => {
    const statuses: number[] = [];
    for (let turn = 0; turn < 15; turn += 1) {
      let answer = await house.call('POST', ...change(turn));
      for (let again = 0; answer.status === 503 && again < 5; again += 1)
        answer = await house.call('POST', ...change(turn));
      statuses.push(answer.status);
    }
    return statuses;
  };
  const changes = [
    oneAfterTheOther((turn) => [path, { hold: turn % 2 === 0 }]),
    oneAfterTheOther((turn) => [new URL(added ?? '').pathname, { mute: turn % 2 === 0 }]),
    oneAfterTheOther((turn) => [path, { tag: `turn ${turn}` }]),
  ];
  expect(new Set((await Promise.all(changes)).flat())).toEqual(new Set([200]));
  const view = await (await house.call('GET', path)).json();
  expect(view).toMatchObject({ hold: true, tag: 'turn 14', activeMembers: 1 });
  expect((await add()).get('location')).toBe(added);
  expect((await runs(id)).length).toBeGreaterThan(1);
});
