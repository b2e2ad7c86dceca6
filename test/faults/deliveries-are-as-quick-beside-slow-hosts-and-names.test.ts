import { afterAll, beforeAll, expect } from '@jest/globals';
import { createDeliverer } from '../../src/delivery/deliver.ts';
import { CustomersNames } from '../../src/delivery/names.ts';
import { Customer } from '../support/customer.ts';
import { inWords, latencies, within } from '../support/deliveries/latency.ts';
import {
  CALLBACK,
  each,
  inGroups,
  openConferences,
  underFault,
  type Scene,
  type ToldConference,
} from '../support/deliveries/scene.ts';
import { openHouse, type House } from '../support/house.ts';
import { NameServer } from '../support/name-server.ts';
import { longOrShort } from '../support/town/length.ts';

/* One account: its own good host is the nearest that its slow ones could hold up. Creates are the platform calls that wait for nobody. */

const HOSTS = longOrShort(50, 8);
const CONFERENCES_OF_A_HOST = longOrShort(20, 6);
const SILENT_NAMES = 20;
const GOOD = 10;
const ROUNDS = longOrShort(10, 4);
const CREATES = longOrShort(50, 10);

/** What an event, and a create, may take beside them (ms): in the short form, on a machine that is busy, only less than a slow host takes. */
const QUICK_MS = longOrShort(1_000, 5_000);

let house: House;
let nameServer: NameServer;
let hosts: Customer[];
beforeAll(async () => {
  nameServer = await new NameServer().open();
  hosts = await Promise.all(Array.from({ length: HOSTS }, () => new Customer().open()));
  house = await openHouse({ worker: false });
  await house.dependencies.deliverer.close();
  const names = new CustomersNames({ servers: [nameServer.address] });
  house.dependencies.deliverer = createDeliverer(['127.0.0.0/8'], { names });
  await house.startWorker();
});
afterAll(async () => {
  await Promise.all(hosts.map((host) => host.close()));
  await house.close();
  await nameServer.close();
});

underFault(
  `${HOSTS} hosts of ${CONFERENCES_OF_A_HOST} conferences each that hang, or answer after 9 s, beside a good one`,
  () => house,
  async (scene) => {
    // Half of them answer in time, but only just: nothing shows that they are to be spared.
    hosts.forEach((host, number) => {
      host.answer(CALLBACK, (response) => {
        if (number % 2 === 1) setTimeout(() => response.writeHead(200).end(), 9_000);
      });
    });
    await quickBeside(scene, async () => {
      const slow: ToldConference[] = [];
      await inGroups(
        hosts,
        async (group) => {
          const opened = await Promise.all(group.map((host) => openConferences(house, host, CONFERENCES_OF_A_HOST)));
          slow.push(...opened.flat());
        },
        1,
      );
      await inGroups(slow, (group) => each(group, (conference) => conference.send(2)));
      return slow;
    });
  },
  { alone: true },
);

underFault(
  `${SILENT_NAMES} names whose name server does not answer beside a good host`,
  () => house,
  async (scene) => {
    await quickBeside(scene, async () => {
      const names = Array.from({ length: SILENT_NAMES }, (_, number) => `silent-${number}.example`);
      for (const name of names) nameServer.set(name, { isSilent: true });
      const slow = await Promise.all(
        names.map((name) => scene.open(1, { callbackUrl: `http://${name}:8080${CALLBACK}`, callbackTimeout: 3_000 })),
      );
      await each(slow.flat(), (conference) => conference.send(2));
      return slow.flat();
    });
  },
  { alone: true },
);

/** Events of a good host, and creates, take no longer beside what is slow; which then moves to the good host too. */
async function quickBeside({ customer, open, promisesHeld }: Scene, slowOnes: () => Promise<ToldConference[]>) {
  const good = await open(GOOD);
  const alone = await latencies(customer, good, ROUNDS);
  const [createdAlone] = await creates(open);
  const slow = await slowOnes();
  const beside = await latencies(customer, good, ROUNDS);
  const [createdBeside, more] = await creates(open);
  process.stdout.write(`events alone: ${inWords(alone)}; beside slow ones: ${inWords(beside)}\n`);
  process.stdout.write(`creates alone: ${inWords(createdAlone)}; beside slow ones: ${inWords(createdBeside)}\n`);
  const moved = { callbackUrl: customer.url(CALLBACK) };
  await inGroups(slow, (group) => each(group, (conference) => conference.change(moved)));
  await promisesHeld([...good, ...slow], { elsewhere: hosts, unrecorded: true });
  await each(more, (conference) => conference.end());
  expect(within(beside, 0.99)).toBeLessThan(QUICK_MS);
  expect(within(createdBeside, 0.99)).toBeLessThan(QUICK_MS);
}

/** How long creates take, one after the other (ms), sorted; and what they made. */
async function creates(open: Scene['open']): Promise<[number[], ToldConference[]]> {
  const found: number[] = [];
  const made: ToldConference[] = [];
  for (let create = 0; create < CREATES; create += 1) {
    const startedAt = performance.now();
    made.push(...(await open(1)));
    found.push(Math.round(performance.now() - startedAt));
  }
  return [found.sort((a, b) => a - b), made];
}
