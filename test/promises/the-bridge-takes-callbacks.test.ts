import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { Accounts, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { eventsPath } from '../../src/catapult/paths.ts';
import type { AckAfter } from '../../src/gateway/bridge.ts';
import type { Forward } from '../../src/gateway/forwarder.ts';
import { Journal } from '../../src/gateway/journal.ts';
import { createGateway } from '../../src/gateway/server.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { sendEvents } from '../support/platform-events.ts';
import { dataDirectory } from '../support/processes.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const EVENT = { eventType: 'conference-playback', status: 'done', time: '2026-01-01T00:00:00Z' };
const post = (url: string, body: unknown = EVENT) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const callbackUrlOf = (id: string) =>
  house.sandbox.platform.list().find(({ callbackUrl }) => callbackUrl?.includes(`/${id}/`))?.callbackUrl ?? '';

describe('a callback URL', () => {
  test('is different for each conference, channel and attempt, and is ours', async () => {
    const [one, other] = [await house.create(), await house.create()];
    const urls = house.sandbox.platform
      .list()
      .filter(({ callbackUrl }) => [one, other].some((id) => callbackUrl?.includes(`/${id}/`)))
      .flatMap(({ callbackUrl, fallbackUrl }) => [callbackUrl, fallbackUrl]);
    expect(new Set(urls.map((url) => url?.split('/').pop())).size).toBe(4);
    for (const url of urls) expect(url?.startsWith(`${house.url}/callbacks/${USER}/conf-`)).toBe(true);
  });

  test('of one conference is of no use for another, nor for the other channel, nor changed at all', async () => {
    const [one, other] = [await house.create(), await house.create()];
    const url = callbackUrlOf(one);
    const forged = [
      url.replace(one, other),
      url.replace('/primary/', '/fallback/'),
      url.replace('/primary/', '/other/'),
      url.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      url.replace(/\.\d+\.([^.]+)$/, '.9.$1'),
      url.replace(/\.[^.]+$/, '.'),
      url.replace(USER, 'u-other'),
    ];
    for (const attempt of forged) expect((await post(attempt)).status).toBe(404);
    expect((await post(url)).status).toBe(200);
  });

  test('takes JSON objects with an eventType, and says what it wants otherwise', async () => {
    const url = callbackUrlOf(await house.create());
    const answer = await post(url, { status: 'created' });
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { message: expect.stringContaining('eventType') as unknown },
    ]);
    expect((await post(url, [])).status).toBe(400);
    expect((await post(url, { eventType: 'x', note: 'y'.repeat(70_000) })).status).toBe(413);
  });
});

test.each([['text/json'], ['text/plain; charset=iso-8859-1'], ['json'], [undefined]])(
  'JSON is taken whatever it is called: %s',
  async (type) => {
    const path = `/called-${String(type).replace(/\W/g, '')}`;
    const id = await house.create({ callbackUrl: house.customer.url(path) });
    const body = Buffer.from(JSON.stringify({ ...EVENT, tag: 'Zürich' }));
    const answer = await fetch(callbackUrlOf(id), {
      method: 'POST',
      body,
      headers: type ? { 'content-type': type } : {},
    });
    expect(answer.status).toBe(200);
    expect(await house.customer.until(path, 2)).toMatchObject([{}, { body: { ...EVENT, tag: 'Zürich' } }]);
  },
);

test('what is not UTF-8, or packed, is refused', async () => {
  const url = callbackUrlOf(await house.create());
  const body = Buffer.from(JSON.stringify({ ...EVENT, tag: 'Zürich' }), 'latin1');
  expect((await fetch(url, { method: 'POST', body })).status).toBe(400);
  expect((await fetch(url, { method: 'POST', body, headers: { 'content-encoding': 'gzip' } })).status).toBe(415);
});

test('whole numbers beyond 2^53 reach the customer, and are shown, as they came', async () => {
  const id = await house.create({ callbackUrl: house.customer.url('/large') });
  const text = '{"eventType":"new","number":12345678901234567890,"list":[{"deep":-98765432109876543210}]}';
  expect((await fetch(callbackUrlOf(id), { method: 'POST', body: text })).status).toBe(200);
  const [, received] = await house.customer.until('/large', 2);
  expect(received?.text).toBe(text);
  const shown = await (await house.call('GET', eventsPath(USER, id))).text();
  expect(shown).toContain(`"body":${text}`);
});

test('events that pile up travel in few signals, in their order', async () => {
  const id = await house.create();
  await house.customer.until('/callback', 1);
  await sendEvents(
    house,
    id,
    Array.from({ length: 200 }, (_, number) => ({ ...EVENT, number })),
  );
  const { events } = await workflowOf(house, id).fetchHistory();
  const signals = events?.filter((event) => event.workflowExecutionSignaledEventAttributes);
  expect(signals?.length).toBeLessThan(20);
});

test('the copy of an event on the other channel is taken once', async () => {
  const id = await house.create({ callbackUrl: house.customer.url('/copies') });
  await house.customer.until('/copies', 1);
  for (const channel of ['primary', 'fallback'] as const) await sendEvents(house, id, [EVENT], channel);
  await sendEvents(house, id, [{ ...EVENT, last: true }]);
  const received = await house.customer.until('/copies', 3);
  expect(received.map(({ body }) => body['last'] ?? body['status'])).toEqual(['created', 'done', true]);
});

test('the order of a conference’s events holds when Temporal takes them late', async () => {
  const id = await house.create({ callbackUrl: house.customer.url('/late') });
  await house.customer.until('/late', 1);
  let away = true;
  const late = await anotherGateway('journal', (ids, batch) =>
    away ? Promise.reject(new Error('away')) : house.conferences.takeCallbacks(ids, batch),
  );
  const callbackUrl = callbackUrlOf(id).replace(house.url, late.url);
  for (let number = 1; number <= 20; number += 1)
    expect((await post(callbackUrl, { ...EVENT, number })).status).toBe(200);
  away = false;
  const received = await house.customer.until('/late', 21);
  expect(received.slice(1).map(({ body }) => body['number'])).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  await late.close();
});

describe('while Temporal takes nothing', () => {
  const away = () => Promise.reject(new Error('away'));

  test('a callback is answered 200 when it is in the journal', async () => {
    const gateway = await anotherGateway('journal', away);
    const answer = await post(callbackUrlOf(await house.create()).replace(house.url, gateway.url));
    expect([answer.status, gateway.journal.stats()]).toMatchObject([200, { state: 'ok', waiting: 1, damaged: 0 }]);
    await gateway.close();
  });

  test('and 503 with ACK_AFTER=temporal, before the platform gives up, so that it turns to its fallback', async () => {
    const gateway = await anotherGateway('temporal', away);
    const callbackUrl = callbackUrlOf(await house.create()).replace(house.url, gateway.url);
    const started = performance.now();
    const answer = await post(callbackUrl);
    expect([answer.status, await answer.json()]).toMatchObject([503, { category: 'unavailable' }]);
    expect(performance.now() - started).toBeLessThan(10_000);
    await gateway.close();
  });
});

/** A gateway beside the house's, with a journal of its own, whose way to Temporal is `takeCallbacks`. */
async function anotherGateway(ackAfter: AckAfter, takeCallbacks: Forward) {
  const data = dataDirectory();
  const logger = pino({ level: 'silent' });
  const journal = await Journal.open(join(data.path, 'journal'), logger);
  const gateway = createGateway({
    client: house.service,
    conferences: Object.assign(Object.create(house.conferences) as typeof house.conferences, { takeCallbacks }),
    accounts: new Accounts([LOCAL_ACCOUNT]),
    callbackTokens: house.tokens,
    health: () => Promise.resolve({ reachable: false, isWorking: false }),
    journal,
    ackAfter,
    hasSecond: true,
    logger,
  });
  const url = await gateway.listen({ host: '127.0.0.1', port: 0 });
  const close = async () => {
    await gateway.close();
    data.remove();
  };
  return { url, journal, close };
}
