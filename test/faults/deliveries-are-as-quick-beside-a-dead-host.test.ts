import { afterAll, beforeAll, expect } from '@jest/globals';
import { Customer } from '../support/customer.ts';
import { inWords, latencies } from '../support/deliveries/latency.ts';
import { CALLBACK, each, openConferences, underFault } from '../support/deliveries/scene.ts';
import { DELIVER_FROM, openHouse, type House } from '../support/house.ts';
import { longOrShort } from '../support/town/length.ts';

const CONFERENCES = longOrShort(50, 20);
const ROUNDS = longOrShort(10, 4);
const SHARE = 16;

/** What the gateway gives back, the worker delivers. */
const DELIVERERS = DELIVER_FROM === 'gateway' ? 2 : 1;

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

underFault(
  `${CONFERENCES} conferences of a dead host beside ${CONFERENCES} of a good one`,
  () => house,
  async (scene) => {
    const { customer, open, promisesHeld } = scene;
    const good = await open(CONFERENCES);
    const alone = await latencies(customer, good, ROUNDS);
    let underWay = 0;
    let most = 0;
    dead.answer(CALLBACK, (response) => {
      most = Math.max(most, ++underWay);
      response.on('close', () => underWay--);
    });
    const hanging = await openConferences(house, dead, CONFERENCES);
    await each(hanging, (conference) => conference.send(ROUNDS));
    await dead.until(CALLBACK, SHARE);
    const beside = await latencies(customer, good, ROUNDS);
    const asked = dead.at(CALLBACK).length;
    process.stdout.write(`good ones alone: ${inWords(alone)}; beside the dead ones: ${inWords(beside)}\n`);
    process.stdout.write(`the dead host was asked ${asked} times\n`);
    // What waits for a host that is spared is due at once where it moves to.
    await each(hanging, (conference) => conference.change({ callbackUrl: customer.url(CALLBACK) }));
    await promisesHeld([...good, ...hanging], { elsewhere: [dead] });
    expect(beside).toHaveLength(alone.length);
    // The share of one host: so many attempts at a time of each process, however many conferences want to reach it.
    expect(most).toBeGreaterThanOrEqual(SHARE);
    expect(most).toBeLessThanOrEqual(SHARE * DELIVERERS);
  },
);
