import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { conferencePath, eventsPath, membersPath } from '../../src/catapult/paths.ts';
import type { EventResource } from '../../src/catapult/resources.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { sendEvents } from '../support/platform-events.ts';

/* A conference that has closed is read from what it left: that takes no replay of its history, however long, and no worker. */

const EVENTS = 3_600;
const READ_WITHIN_MS = 200;
const KEY = { 'idempotency-key': 'speak-once' };
const SENTENCE = { sentence: 'Goodbye.' };

let house: House;
let id: string;
beforeAll(async () => {
  house = await openHouse();
  id = await house.create({ callbackUrl: null });
  await house.call('POST', `${conferencePath(USER, id)}/members`, { callId: house.sandbox.platform.callIn().id });
  await house.call('POST', `${conferencePath(USER, id)}/audio`, SENTENCE, KEY);
  const digits = (from: number) =>
    Array.from({ length: EVENTS / 4 }, (_, index) => ({ eventType: 'dtmf', digits: '1', number: from + index }));
  for (let part = 0; part < 4; part += 1) await sendEvents(house, id, digits(part * 1_000));
  await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await workflowOf(house, id).result();
  await house.stopWorker();
}, 120_000);
afterAll(() => house.close());

/** The median of five reads, in milliseconds, and the last answer. */
async function read(path: string): Promise<{ milliseconds: number; body: unknown }> {
  const times: number[] = [];
  let body: unknown;
  for (let turn = 0; turn < 5; turn += 1) {
    const began = performance.now();
    const answer = await house.call('GET', path);
    expect(answer.status).toBe(200);
    body = await answer.json();
    times.push(performance.now() - began);
  }
  return { milliseconds: times.sort((a, b) => a - b)[2] ?? Infinity, body };
}

test('GET shows it', async () => {
  const { milliseconds, body } = await read(conferencePath(USER, id));
  expect(body).toMatchObject({ id, state: 'completed', reason: 'ended-via-api' });
  expect(milliseconds).toBeLessThan(READ_WITHIN_MS);
});

test('its members are listed', async () => {
  const { milliseconds, body } = await read(membersPath(USER, id));
  expect(body).toMatchObject([{ state: 'completed' }]);
  expect(milliseconds).toBeLessThan(READ_WITHIN_MS);
});

test('its latest events are listed, with what became of them', async () => {
  const { milliseconds, body } = await read(`${eventsPath(USER, id)}?size=100&pageToken=${EVENTS - 90}`);
  const { events } = body as { events: EventResource[] };
  expect(new Set(events.map(({ state }) => state))).toEqual(new Set(['recorded']));
  expect(events.at(-1)).toMatchObject({ body: { status: 'completed' }, acceptedTime: expect.any(String) as unknown });
  expect(milliseconds).toBeLessThan(READ_WITHIN_MS);
});

test('a change that was done under a key is answered as it was, another one as over', async () => {
  const again = await house.call('POST', `${conferencePath(USER, id)}/audio`, SENTENCE, KEY);
  const other = await house.call('POST', `${conferencePath(USER, id)}/audio`, SENTENCE);
  expect([again.status, other.status]).toEqual([200, 403]);
});

test('its oldest events are read from its history, once there is a worker', async () => {
  await house.startWorker();
  const answer = await house.call('GET', `${eventsPath(USER, id)}?size=100`);
  const { events } = (await answer.json()) as { events: EventResource[] };
  expect(events.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
});
