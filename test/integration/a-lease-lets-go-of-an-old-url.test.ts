import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { conferencePath } from '../../src/catapult/paths.ts';
import { openHouse, USER, type House } from '../support/house.ts';
import { sendEvents } from '../support/platform-events.ts';

/* The gateway that delivers under a lease is told when the customer's URL is changed: what comes later goes to the new one. */

let house: House;
beforeEach(async () => {
  house = await openHouse({ deliverFrom: 'gateway' });
});
afterEach(() => house.close());

const digits = (...all: string[]) => all.map((one) => ({ eventType: 'dtmf', digits: one }));
const toldAt = (path: string) => house.customer.at(path).map(({ body }) => body['digits'] ?? body['status']);

async function moveTo(id: string, path: string): Promise<void> {
  const answer = await house.call('POST', conferencePath(USER, id), { callbackUrl: house.customer.url(path) });
  expect(answer.status).toBe(200);
}

test('while nothing is on its way, at once', async () => {
  const id = await house.create({ callbackUrl: house.customer.url('/old') });
  await house.customer.until('/old', 1);
  await moveTo(id, '/new');
  await sendEvents(house, id, digits('1', '2'));
  await house.customer.until('/new', 2);
  expect(toldAt('/old')).toEqual(['created']);
  expect(toldAt('/new')).toEqual(['1', '2']);
});

test.each([
  ['takes it after all, the new one gets those behind it only', 200, ['1', '2', '3']],
  ['fails, the new one gets it too', 500, ['created', '1', '2', '3']],
])('while an event is on its way: where the old URL %s', async (_what, status, atNew) => {
  let running: ServerResponse | undefined;
  house.customer.answer('/old', (response) => (running = response));
  const id = await house.create({ callbackUrl: house.customer.url('/old') });
  await house.customer.until('/old', 1);
  await sendEvents(house, id, digits('1', '2'));
  await moveTo(id, '/new');
  running?.writeHead(status).end();
  await sendEvents(house, id, digits('3'));
  await house.customer.until('/new', atNew.length);
  expect(toldAt('/new')).toEqual(atNew);
  expect(toldAt('/old')).toEqual(['created']);
});
