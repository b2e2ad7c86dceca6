import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Customer } from '../support/customer.ts';
import { openHouse, type House } from '../support/house.ts';

let house: House;
let dead: Customer;
beforeAll(async () => {
  house = await openHouse();
  dead = await new Customer().open();
});
afterAll(async () => {
  await dead.close();
  await house.close();
});

test('a host that hangs gets 16 attempts at a time, and others their events meanwhile', async () => {
  let open = 0;
  let most = 0;
  dead.answer('/hangs', (response) => {
    most = Math.max(most, ++open);
    response.on('close', () => open--);
  });
  await Promise.all(Array.from({ length: 40 }, () => house.create({ callbackUrl: dead.url('/hangs') })));
  await dead.until('/hangs', 16);
  await house.create();
  const [created] = await house.customer.until('/callback', 1);
  expect(created?.body).toMatchObject({ status: 'created' });
  expect(dead.received.length).toBeGreaterThan(0);
  expect(most).toBe(16);
});
