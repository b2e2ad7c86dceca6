import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { conferencePath } from '../../src/catapult/paths.ts';
import { CARRIED_EVENTS_BYTES } from '../../src/conference/budget.ts';
import { openHouse, USER, type House } from '../support/house.ts';
import { sendEvents } from '../support/platform-events.ts';
import { until } from '../support/until.ts';

/* What waits for a customer who takes his time is no reason not to know what comes. */

const NOTE = 'x'.repeat(1_000);
const EVENTS = Math.ceil((2 * CARRIED_EVENTS_BYTES) / NOTE.length);

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

test('while more waits than can be carried to another run, who joins is known at once, and the customer gets all, in order', async () => {
  const held: ServerResponse[] = [];
  let isSlow = true;
  house.customer.answer('/slow', (response) => {
    if (isSlow) held.push(response);
    else response.writeHead(200).end();
  });
  const id = await house.create({ callbackUrl: house.customer.url('/slow') });
  await house.customer.until('/slow', 1);

  const numbers = Array.from({ length: EVENTS }, (_, index) => index + 1);
  const notes = numbers.map((number) => ({ eventType: 'dtmf', digits: '5', number, note: NOTE }));
  for (let first = 0; first < EVENTS; first += 400) await sendEvents(house, id, notes.slice(first, first + 400));
  const joins = { eventType: 'conference-member', memberId: 'm', state: 'active', time: '2026-01-01T00:00:00Z' };
  await sendEvents(house, id, [joins]);
  await until('the join is known', async () => {
    const { activeMembers } = (await (await house.call('GET', conferencePath(USER, id))).json()) as Record<
      string,
      unknown
    >;
    return activeMembers === 1;
  });
  // Nothing else had been delivered by then.
  expect(house.customer.at('/slow').length).toBe(1);

  isSlow = false;
  for (const response of held) response.writeHead(200).end();
  const told = await house.customer.until('/slow', EVENTS + 2, 60_000);
  expect(told.map(({ headers }) => Number(headers['convoke-sequence']))).toEqual(
    Array.from({ length: EVENTS + 2 }, (_, index) => index + 1),
  );
}, 120_000);
