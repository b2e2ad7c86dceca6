import { afterAll, beforeAll, expect } from '@jest/globals';
import { Customer } from '../support/customer.ts';
import { CALLBACK, each, openConferences, underFault, type ToldConference } from '../support/deliveries/scene.ts';
import { openHouse, type House } from '../support/house.ts';
import { longOrShort } from '../support/town/length.ts';

const CONFERENCES = longOrShort(50, 20);
const ROUNDS = longOrShort(10, 4);

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
    const alone = await latencies(customer, good);
    let underWay = 0;
    let most = 0;
    dead.answer(CALLBACK, (response) => {
      most = Math.max(most, ++underWay);
      response.on('close', () => underWay--);
    });
    const hanging = await openConferences(house, dead, CONFERENCES);
    await each(hanging, (conference) => conference.send(ROUNDS));
    await dead.until(CALLBACK, 16);
    const beside = await latencies(customer, good);
    const asked = dead.at(CALLBACK).length;
    process.stdout.write(`good ones alone: ${inWords(alone)}; beside the dead ones: ${inWords(beside)}\n`);
    process.stdout.write(`the dead host was asked ${asked} times\n`);
    // What waits for a host that is spared is due at once where it moves to.
    await each(hanging, (conference) => conference.change({ callbackUrl: customer.url(CALLBACK) }));
    await promisesHeld([...good, ...hanging], { elsewhere: [dead] });
    expect(beside).toHaveLength(alone.length);
    // The share of one host: so many attempts at a time, however many conferences want to reach it.
    expect(most).toBe(16);
  },
);

/** From when the platform sends an event until the customer has it, each conference one after the other (ms), sorted. */
async function latencies(customer: Customer, conferences: ToldConference[]): Promise<number[]> {
  const found: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const conference of conferences) {
      const id = conference.eventId(conference.sent + 1);
      const sentAt = Date.now();
      const came = customer.until(CALLBACK, customer.at(CALLBACK).length + 1);
      await conference.send(1);
      await came;
      const arrival = customer.received.find(({ headers }) => headers['webhook-id'] === id);
      found.push((arrival?.at ?? Date.now()) - sentAt);
    }
  }
  return found.sort((a, b) => a - b);
}

function inWords(sorted: number[]): string {
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return `median ${at(0.5)} ms, 95 of 100 within ${at(0.95)} ms, longest ${at(1)} ms`;
}
