import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { conferencePath, eventsPath } from '../../src/catapult/paths.ts';
import type { EventResource } from '../../src/catapult/resources.ts';
import { aftercareOfOne, openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { sendEvents } from '../support/platform-events.ts';
import { timePasses, until } from '../support/until.ts';

/** How soon an attempt shows (ms). */
const SHOWN_WITHIN_MS = 2_000;

let house: House;
beforeEach(async () => {
  house = await openHouse();
});
afterEach(() => house.close());

async function events(id: string): Promise<EventResource[]> {
  const answer = await house.call('GET', eventsPath(USER, id));
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { events: EventResource[] }).events;
}

/** The event, as soon as it shows so many attempts. */
async function eventWith(id: string, sequence: number, attempts: number): Promise<EventResource> {
  const look = async () => {
    const event = (await events(id)).find((one) => one.sequence === sequence);
    if (event !== undefined && event.attempts.length >= attempts) return event;
    throw new Error(`it shows ${JSON.stringify(event)}`);
  };
  return await until(`event ${sequence} shows ${attempts} attempts`, look, SHOWN_WITHIN_MS);
}

async function historyLength(id: string): Promise<number> {
  return (await workflowOf(house, id).describe()).historyLength;
}

const digit = { eventType: 'dtmf', digits: '1' };

test('an event that fails shows each attempt within 2 s, and when it is tried next, at no cost to the history', async () => {
  house.customer.answer('/callback', 500);
  const id = await house.create();
  await house.customer.until('/callback', 1);
  const first = await eventWith(id, 1, 1);
  let before = 0;
  for (const count of [2, 3]) {
    await house.customer.until('/callback', count);
    const event = await eventWith(id, 1, count);
    // From here on the worker tries.
    before ||= await historyLength(id);
    expect(event).toMatchObject({
      state: 'waiting',
      attempts: Array(count).fill({ url: 'callbackUrl', result: '500' }),
    });
    expect(event.attempts[0]).toEqual(first.attempts[0]);
  }
  await timePasses('some of the time for which it pauses now', 500);
  const { nextTryTime } = await eventWith(id, 1, 3);
  expect(await historyLength(id)).toBe(before);
  const fourth = (await house.customer.until('/callback', 4))[3];
  expect(Math.abs(Date.parse(nextTryTime ?? '') - (fourth?.at ?? 0))).toBeLessThan(1_000);
});

test('the attempt at callbackUrl shows while the one at fallbackUrl goes on', async () => {
  house.customer.answer('/callback', 500);
  const held: ServerResponse[] = [];
  house.customer.answer('/fallback', (response) => held.push(response));
  const id = await house.create({ fallbackUrl: house.customer.url('/fallback') });
  await house.customer.until('/fallback', 1);
  const event = await eventWith(id, 1, 1);
  expect(event).toMatchObject({ state: 'waiting', attempts: [{ url: 'callbackUrl', result: '500' }] });
  expect(event.nextTryTime).toBeUndefined();
  held[0]?.writeHead(200).end();
  expect(await eventWith(id, 1, 2)).toMatchObject({ attempts: [{ ok: false }, { ok: true, url: 'fallbackUrl' }] });
});

test('events that a delivery has brought already are shown as delivered while it goes on with others', async () => {
  const id = await house.create();
  await house.customer.until('/callback', 1);
  const held: ServerResponse[] = [];
  house.customer.answer('/callback', (response, { body }) => {
    if (body['number'] === 3) held.push(response);
    else response.writeHead(200).end();
  });
  await sendEvents(
    house,
    id,
    [1, 2, 3].map((number) => ({ ...digit, number })),
  );
  await house.customer.until('/callback', 4);
  await eventWith(id, 3, 1);
  const shown = await events(id);
  expect(shown.map(({ state }) => state)).toEqual(['delivered', 'delivered', 'delivered', 'waiting']);
  expect(shown.map(({ attempts }) => attempts.length)).toEqual([1, 1, 1, 0]);
  held[0]?.writeHead(200).end();
  await eventWith(id, 4, 1);
});

test('what is delivered again after the conference has closed shows its attempts too', async () => {
  const id = await house.create();
  await house.customer.until('/callback', 1);
  await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await workflowOf(house, id).result();
  house.customer.answer('/callback', 500);
  const sent = house.customer.at('/callback').length;
  const [first] = await events(id);
  const answer = await house.call('POST', `${eventsPath(USER, id)}/${first?.id ?? ''}/redeliver`);
  expect(answer.status).toBe(202);
  await house.customer.until('/callback', sent + 2);
  expect(await eventWith(id, 1, 3)).toMatchObject({
    state: 'waiting',
    attempts: [{ ok: true }, { ok: false }, { ok: false }],
  });
  expect((await (await aftercareOfOne(house, id)).describe()).status.name).toBe('RUNNING');
});

test('what was answered last shows with the request, whether the gateway or a worker has sent it', async () => {
  let times = 0;
  house.customer.answer('/callback', (response) => response.writeHead(503).end(`out of order, ${(times += 1)}`));
  const id = await house.create();
  expect((await eventWith(id, 1, 1)).attempts).toMatchObject([{ result: '503', answer: 'out of order, 1' }]);
  const { attempts } = await eventWith(id, 1, 2);
  expect(attempts.at(-1)).toMatchObject({ result: '503', answer: `out of order, ${attempts.length}` });
});
