import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { conferencePath } from '../../src/catapult/paths.ts';
import type { Received } from '../support/customer.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { sendEvents } from '../support/platform-events.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

// Each test has paths of its own at the customer.
let test_ = 0;
let callback: string;
let fallback: string;
beforeEach(() => {
  test_ += 1;
  callback = `/callback-${test_}`;
  fallback = `/fallback-${test_}`;
});
const create = (fields: Record<string, unknown> = {}) =>
  house.create({ callbackUrl: house.customer.url(callback), fallbackUrl: house.customer.url(fallback), ...fields });
const end = (id: string) => house.call('POST', conferencePath(USER, id), { state: 'completed' });
const statuses = (received: Received[]) => received.map(({ body }) => body['status']);

describe('when callbackUrl fails, an event goes to fallbackUrl once', () => {
  test.each([
    ['answers 500', 500],
    ['answers 404', 404],
    ['redirects', 302],
  ])('callbackUrl %s', async (_name, status) => {
    house.customer.answer(callback, status);
    await end(await create());
    expect(statuses(await house.customer.until(fallback, 2))).toEqual(['created', 'completed']);
    expect(statuses(house.customer.at(callback))).toEqual(['created', 'completed']);
  });

  test('callbackUrl does not answer within callbackTimeout', async () => {
    house.customer.answer(callback, () => undefined);
    await create({ callbackTimeout: '300' });
    const [first] = await house.customer.until(callback, 1);
    const [second] = await house.customer.until(fallback, 1);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(290);
  });

  test('callbackUrl breaks the connection', async () => {
    house.customer.answer(callback, (response) => response.destroy());
    await create();
    await house.customer.until(fallback, 1);
  });
});

test('each event is delivered once, whatever else the conference is busy with', async () => {
  const id = await create();
  const path = conferencePath(USER, id);
  for (let turn = 0; turn < 15; turn += 1) {
    const changes = [{ hold: turn % 2 === 0 }, { tag: `turn ${turn}` }].map((change) =>
      house.call('POST', path, change),
    );
    const callId = house.sandbox.platform.callIn().id;
    await Promise.all([...changes, house.call('POST', `${path}/members`, { callId })]);
  }
  await end(id);
  await workflowOf(house, id).result();
  const ids = house.customer.at(callback).map(({ headers }) => headers['webhook-id']);
  expect(ids).toEqual([...new Set(ids)]);
  expect(ids.length).toBeGreaterThan(30);
});

test('a callbackUrl that works is the only one that is asked', async () => {
  const id = await create();
  await end(id);
  await workflowOf(house, id).result();
  expect(statuses(house.customer.at(callback))).toEqual(['created', 'completed']);
  expect(house.customer.at(fallback)).toEqual([]);
});

test('an answer without end holds nothing up', async () => {
  house.customer.answer(callback, (response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('x'.repeat(1000)), 10);
    response.on('close', () => clearInterval(timer));
  });
  const id = await create();
  await end(id);
  await workflowOf(house, id).result();
  expect(statuses(house.customer.at(callback))).toEqual(['created', 'completed']);
});

describe('when both fail, the event is tried again until it is delivered', () => {
  test('in order, with the same webhook-id, and the API goes on meanwhile', async () => {
    let down = true;
    const flaky = (response: { writeHead(status: number): { end(): void } }) =>
      response.writeHead(down ? 503 : 200).end();
    house.customer.answer(callback, flaky);
    house.customer.answer(fallback, flaky);
    const id = await create();
    await house.customer.until(fallback, 1);
    expect((await end(id)).status).toBe(200);
    expect(await (await house.call('GET', conferencePath(USER, id))).json()).toMatchObject({ state: 'completed' });
    await house.customer.until(fallback, 2);
    down = false;
    await workflowOf(house, id).result();
    const tried = house.customer.at(callback);
    expect(new Set(tried.slice(0, -1).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(statuses(tried.slice(-2))).toEqual(['created', 'completed']);
    expect(tried.slice(-2).map(({ headers }) => headers['convoke-sequence'])).toEqual(['1', '2']);
  });

  test('but not at a URL that answered 410', async () => {
    house.customer.answer(callback, 410);
    house.customer.answer(fallback, 500);
    await create();
    await house.customer.until(fallback, 3);
    expect(house.customer.at(callback)).toHaveLength(1);
  });

  test('a changed callbackUrl is used at once', async () => {
    house.customer.answer(callback, 503);
    house.customer.answer(fallback, 503);
    const id = await create();
    await house.customer.until(fallback, 3);
    await house.call('POST', conferencePath(USER, id), { callbackUrl: house.customer.url(`${callback}-new`) });
    expect(statuses(await house.customer.until(`${callback}-new`, 1))).toEqual(['created']);
  });
});

describe('what the customer asked for', () => {
  test('callbackHttpMethod GET: the same fields in the query string', async () => {
    const id = await create({
      callbackHttpMethod: 'get',
      callbackUrl: house.customer.url(`${callback}?room=7`),
      tag: 'a b&c',
    });
    const [received] = await house.customer.until(callback, 1);
    expect(received?.method).toBe('GET');
    expect(received?.query).toMatchObject({
      room: '7',
      eventType: 'conference',
      status: 'created',
      conferenceId: id,
      tag: 'a b&c',
    });
  });

  test('user and password in the URL become Basic auth, and GET does not show them', async () => {
    const url = house.customer.url(callback).replace('http://', 'http://us%40er:pass@');
    const id = await create({ callbackUrl: url });
    const [received] = await house.customer.until(callback, 1);
    expect(received?.headers.authorization).toBe(`Basic ${Buffer.from('us@er:pass').toString('base64')}`);
    const read = await (await house.call('GET', conferencePath(USER, id))).text();
    expect(read).toContain(house.customer.url(callback));
    expect(read).not.toContain('pass');
  });

  test('a changed tag is in the events that follow', async () => {
    const id = await create({ tag: 'before' });
    await house.customer.until(callback, 1);
    await house.call('POST', conferencePath(USER, id), { tag: 'after' });
    await end(id);
    expect((await house.customer.until(callback, 2)).map(({ body }) => body['tag'])).toEqual(['before', 'after']);
  });

  test('no callbackUrl: nothing is sent, and the conference closes', async () => {
    const id = await house.create({ callbackUrl: null });
    await end(id);
    await expect(workflowOf(house, id).result()).resolves.toMatchObject({ state: { phase: 'completed' } });
  });
});

test('every attempt is signed as Standard Webhooks have it', async () => {
  await create();
  const [received] = await house.customer.until(callback, 1);
  const webhook = new Webhook(LOCAL_ACCOUNT.webhookSecret);
  const headers = received?.headers as Record<string, string>;
  expect(() => webhook.verify(JSON.stringify(received?.body), headers)).not.toThrow();
  expect(() => webhook.verify(JSON.stringify({ ...received?.body, status: 'completed' }), headers)).toThrow();
});

test('a burst of events from the platform arrives in the order the platform sent it, each once', async () => {
  const id = await create();
  const events = Array.from({ length: 120 }, (_, index) => ({
    eventType: 'conference-playback',
    status: 'started',
    time: '2026-01-01T00:00:00Z',
    number: index,
  }));
  await sendEvents(house, id, events);
  const received = await house.customer.until(callback, 121);
  expect(received.slice(1).map(({ body }) => body['number'])).toEqual(events.map(({ number }) => number));
});

test('an event whose type we do not know is passed on with our ids', async () => {
  const id = await create();
  const [created] = await house.customer.until(callback, 1);
  await sendEvents(house, id, [
    { eventType: 'conference-surprise', conferenceUri: 'http://platform/x', colour: 'green' },
  ]);
  const [, surprise] = await house.customer.until(callback, 2);
  expect(surprise?.body).toEqual({
    eventType: 'conference-surprise',
    conferenceId: id,
    conferenceUri: created?.body['conferenceUri'],
    colour: 'green',
  });
});
