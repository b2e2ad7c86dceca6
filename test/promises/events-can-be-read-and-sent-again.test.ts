import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { conferencePath, eventsPath } from '../../src/catapult/paths.ts';
import type { EventResource } from '../../src/catapult/resources.ts';
import { aftercareOfOne, openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { sendEvents } from '../support/platform-events.ts';
import { until } from '../support/until.ts';

let house: House;
beforeEach(async () => {
  house = await openHouse();
});
afterEach(() => house.close());

interface Page {
  events: EventResource[];
  nextPageToken?: string;
}

async function page(id: string, query = ''): Promise<Page> {
  const answer = await house.call('GET', `${eventsPath(USER, id)}${query}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Page;
}

async function allEvents(id: string, size = 100): Promise<EventResource[]> {
  const events: EventResource[] = [];
  for (let token: string | undefined = '0'; token !== undefined;) {
    const { events: some, nextPageToken }: Page = await page(id, `?size=${size}&pageToken=${token}`);
    events.push(...some);
    token = nextPageToken;
  }
  return events;
}

/** The conference's first event, once it is as it is to be. */
const firstEvent = (id: string, what: string, is: (event: EventResource) => boolean) =>
  until(`the event ${what}`, async () => {
    const [event] = (await page(id)).events;
    return event !== undefined && is(event) && event;
  });

/** So many dead letters of the conference, once there are as many. */
const deadLetters = (id: string, count: number) =>
  until(`${count} dead letters of ${id}`, async () => {
    const { events } = await page(id, '?state=dead');
    return events.length === count && events;
  });

const end = (id: string) => house.call('POST', conferencePath(USER, id), { state: 'completed' });
const redeliver = (id: string, eventId: string) => house.call('POST', `${eventsPath(USER, id)}/${eventId}/redeliver`);
const digits = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ eventType: 'dtmf', digits: '1', number: from + index }));

test('each event is listed with its body as delivered, who told it, and its attempts', async () => {
  house.customer.answer('/callback', 500);
  const id = await house.create({ fallbackUrl: house.customer.url('/fallback'), tag: 'weekly' });
  await house.customer.until('/fallback', 1);
  const [delivered] = house.customer.at('/fallback');
  const event = await firstEvent(id, 'is delivered', ({ state }) => state === 'delivered');
  expect(event).toMatchObject({
    id: delivered?.headers['webhook-id'],
    sequence: 1,
    source: 'platform',
    body: delivered?.body,
    attempts: [
      { url: 'callbackUrl', ok: false, result: '500' },
      { url: 'fallbackUrl', ok: true, result: '200' },
    ],
  });
  const [first] = event.attempts;
  expect(Date.parse(first?.time ?? '')).toBeGreaterThan(Date.now() - 60_000);
  expect(first?.milliseconds).toBeGreaterThanOrEqual(0);
});

test('an event that waits says when it is tried next', async () => {
  house.customer.answer('/callback', (response) => response.writeHead(503, { 'retry-after': '120' }).end());
  const id = await house.create();
  await house.customer.until('/callback', 1);
  const event = await firstEvent(id, 'has a next try', ({ nextTryTime }) => nextTryTime !== undefined);
  expect(event).toMatchObject({ state: 'waiting', attempts: [{ ok: false, result: '503' }] });
  const wait = Date.parse(event.nextTryTime ?? '') - Date.now();
  expect(wait).toBeGreaterThan(100_000);
});

test('pages hold together all events, once each and in order, also when the conference has ended', async () => {
  const id = await house.create();
  await sendEvents(house, id, digits(1, 250));
  await house.customer.until('/callback', 251);
  const open = await allEvents(id, 33);
  expect(open.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 251 }, (_, index) => index + 1));
  await end(id);
  await workflowOf(house, id).result();
  const events = await allEvents(id);
  expect(events.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 252 }, (_, index) => index + 1));
  expect(new Set(events.map(({ state }) => state))).toEqual(new Set(['delivered']));
});

test('events of a conference without a callbackUrl are recorded', async () => {
  const id = await house.create({ callbackUrl: null });
  const event = await firstEvent(id, 'is listed', () => true);
  expect(event).toMatchObject({ state: 'recorded', attempts: [], body: { status: 'created' } });
  expect((await page(id)).events).toHaveLength(1);
  const answer = await redeliver(id, event.id);
  expect([answer.status, await answer.json()]).toMatchObject([403, { code: 'conference-error' }]);
});

describe('an event is delivered again', () => {
  test('when it was delivered before, with the same webhook-id', async () => {
    const id = await house.create();
    const [first] = await house.customer.until('/callback', 1);
    const answer = await redeliver(id, String(first?.headers['webhook-id']));
    expect(answer.status).toBe(202);
    const received = await house.customer.until('/callback', 2);
    expect(received[1]).toMatchObject({ body: first?.body });
    expect(received[1]?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    await firstEvent(id, 'has two attempts', ({ attempts }) => attempts.length === 2);
    expect((await page(id)).events).toHaveLength(1);
  });

  test('while its lane is busy with another one, which it neither waits for nor overtakes', async () => {
    const id = await house.create();
    const [first] = await house.customer.until('/callback', 1);
    let held: ServerResponse | undefined;
    house.customer.answer('/callback', (response, { body }) => {
      if (body['eventType'] === 'conference') response.writeHead(200).end();
      else held = response;
    });
    await sendEvents(house, id, digits(1, 1));
    await house.customer.until('/callback', 2);
    expect((await redeliver(id, String(first?.headers['webhook-id']))).status).toBe(202);
    const received = await house.customer.until('/callback', 3);
    expect(received[2]?.body).toEqual(first?.body);
    held?.writeHead(200).end();
  });

  test('when the conference has closed', async () => {
    const id = await house.create();
    await end(id);
    await workflowOf(house, id).result();
    const [, last] = await house.customer.until('/callback', 2);
    expect((await redeliver(id, String(last?.headers['webhook-id']))).status).toBe(202);
    const received = await house.customer.until('/callback', 3);
    expect(received[2]?.body).toEqual(last?.body);
    const events = await until('the second attempt is on record', async () => {
      const all = await allEvents(id);
      return all[1]?.attempts.length === 2 && all;
    });
    expect(events.map(({ state }) => state)).toEqual(['delivered', 'delivered']);
    await (await aftercareOfOne(house, id)).result();
    expect((await redeliver(id, String(last?.headers['webhook-id']))).status).toBe(202);
    await house.customer.until('/callback', 4);
  });

  test('when it was given up: 410 on its only URL makes a dead letter until the URL is changed', async () => {
    house.customer.answer('/callback', 410);
    const id = await house.create();
    expect(await deadLetters(id, 1)).toMatchObject([{ state: 'dead', attempts: [{ result: '410' }] }]);
    await sendEvents(house, id, digits(1, 1));
    const dead = await deadLetters(id, 2);
    expect(house.customer.at('/callback')).toHaveLength(1);

    await house.call('POST', conferencePath(USER, id), { callbackUrl: house.customer.url('/new') });
    for (const event of dead) expect((await redeliver(id, event.id)).status).toBe(202);
    await house.customer.until('/new', 2);
    await deadLetters(id, 0);
  });

  test('each time that somebody asks for it, to a URL that answered 410 as well', async () => {
    house.customer.answer('/callback', 410);
    const id = await house.create();
    for (let asked = 0; asked < 3; asked += 1) {
      const isDeadAgain = ({ state, attempts }: EventResource) => state === 'dead' && attempts.length === asked + 1;
      const event = await firstEvent(id, `is dead after ${asked + 1} attempts`, isDeadAgain);
      expect(house.customer.at('/callback')).toHaveLength(asked + 1);
      expect((await redeliver(id, event.id)).status).toBe(202);
    }
    await house.customer.until('/callback', 4);
  });
});

test('all dead letters of an account between two times are delivered again by one call, which tells how far it is', async () => {
  house.customer.answer('/callback', 410);
  const early = await house.create();
  await deadLetters(early, 1);
  const from = new Date().toISOString();
  const [open, closed] = [await house.create(), await house.create()];
  await deadLetters(open, 1);
  await end(closed);
  await workflowOf(house, closed).result();
  house.customer.answer('/callback', 200);
  const tried = house.customer.at('/callback').length;

  // The list of conferences lags behind.
  const ofOurs = `TaskQueue = '${house.taskQueue}' AND ConferenceDeadLetters > 0`;
  await until('all three are listed', async () => (await house.client.workflow.count(ofOurs)).count === 3);
  const to = new Date(Date.now() + 1_000).toISOString();
  const answer = await house.call('POST', `/v1/users/${USER}/events/redeliver`, { from, to });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
  const lines = (await answer.text()).trim().split('\n');
  expect(lines.length).toBeGreaterThanOrEqual(2);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ done: true, events: 3 });
  await house.customer.until('/callback', tried + 3);
  for (const id of [open, closed]) await deadLetters(id, 0);
  expect((await page(early, '?state=dead')).events).toHaveLength(1);
});

test('what cannot be is refused in the wire’s own shape', async () => {
  const id = await house.create();
  const answers = await Promise.all([
    house.call('GET', `${eventsPath(USER, id)}?size=0`),
    house.call('GET', `${eventsPath(USER, id)}?pageToken=x`),
    house.call('GET', `${eventsPath(USER, id)}?state=alive`),
    house.call('GET', eventsPath(USER, 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa')),
    redeliver(id, 'evt-1'),
    redeliver(id, `evt-${id.slice(5)}-99-abc1234`),
    // Its number is another event's now.
    redeliver(id, `evt-${id.slice(5)}-1-abc1234`),
    redeliver('conf-aaaaaaaaaaaaaaaaaaaaaaaaaa', 'evt-aaaaaaaaaaaaaaaaaaaaaaaaaa-1-abc1234'),
    house.call('POST', eventsPath(USER, id), {}),
    house.call('POST', `/v1/users/${USER}/events/redeliver`, { from: 'yesterday', to: '2026-01-01T00:00:00Z' }),
    house.call('POST', `/v1/users/${USER}/events/redeliver`, {
      from: '2026-01-02T00:00:00Z',
      to: '2026-01-01T00:00:00Z',
    }),
    house.call('POST', `/v1/users/${USER}/events/redeliver`),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 404, 404, 404, 404, 404, 405, 400, 400, 400]);
  for (const answer of answers) expect(await answer.json()).toMatchObject({ category: expect.any(String) as unknown });
});
