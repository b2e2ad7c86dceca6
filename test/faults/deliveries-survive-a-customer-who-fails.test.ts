import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Answer } from '../support/customer.ts';
import { CALLBACK, each, FALLBACK, underFault, type Scene } from '../support/deliveries/scene.ts';
import { eventsOf } from '../support/deliveries/promises.ts';
import { openHouse, type House } from '../support/house.ts';
import { longOrShort } from '../support/town/length.ts';
import { timePasses, until } from '../support/until.ts';

const CONFERENCES = longOrShort(10, 3);
/** Sent before the fault, under it, and after it. */
const EVENTS = longOrShort(20, 4);
const LASTS = longOrShort(60_000, 6_000);

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

/** Events come before the fault, under it and after it; the customer shows the fault for a while. */
async function forAWhile(
  { customer, open, promisesHeld }: Scene,
  begin: () => Promise<() => Promise<void>>,
  recordedAs: RegExp,
  fields: object = {},
): Promise<void> {
  const conferences = await open(CONFERENCES, fields);
  await each(conferences, (conference) => conference.send(EVENTS));
  await customer.until(CALLBACK, CONFERENCES * (EVENTS + 1));
  const end = await begin();
  await each(conferences, (conference) => conference.send(EVENTS));
  await timePasses('it lasts', LASTS);
  await end();
  await each(conferences, (conference) => conference.send(EVENTS));
  const { events } = await promisesHeld(conferences);
  const failed = events.flatMap(({ attempts }) => attempts).filter(({ ok }) => !ok);
  expect(failed.map(({ result }) => result)).toContainEqual(expect.stringMatching(recordedAs));
}

/** The same with a customer that answers otherwise. */
const answering = (scene: Scene, answer: Answer, recordedAs: RegExp, fields?: object) =>
  forAWhile(
    scene,
    async () => {
      scene.customer.answer(CALLBACK, answer);
      return async () => scene.customer.answer(CALLBACK, 200);
    },
    recordedAs,
    fields,
  );

underFault(
  'customer refuses connections',
  () => house,
  (scene) => forAWhile(scene, () => scene.customer.goAway(), /connection refused/),
);

underFault(
  'customer hangs',
  () => house,
  (scene) => answering(scene, () => undefined, /no answer in time/, { callbackTimeout: '1000' }),
);

underFault(
  'customer answers 500',
  () => house,
  (scene) => answering(scene, 500, /^500$/),
);

underFault(
  'customer drops the connection after reading',
  () => house,
  (scene) => answering(scene, (response) => void response.destroy(), /connection lost/),
);

underFault(
  'customer answers 302, and fallbackUrl takes the events',
  () => house,
  async (scene) => {
    const { customer, open, promisesHeld } = scene;
    customer.answer(CALLBACK, (response) => response.writeHead(302, { location: customer.url('/elsewhere') }).end());
    const conferences = await open(CONFERENCES, { fallbackUrl: customer.url(FALLBACK) });
    await each(conferences, (conference) => conference.send(EVENTS));
    const { events, duplicates, accepted } = await promisesHeld(conferences);
    for (const { attempts } of events)
      expect(attempts).toMatchObject([{ result: 'redirected (302)' }, { url: 'fallbackUrl', result: '200' }]);
    expect(duplicates).toBe(accepted);
    expect(customer.at('/elsewhere')).toEqual([]);
  },
);

underFault(
  'customer answers 410, until the URL is changed',
  () => house,
  async (scene) => {
    const { house, customer, open, promisesHeld } = scene;
    customer.answer(CALLBACK, 410);
    const conferences = await open(CONFERENCES);
    await each(conferences, (conference) => conference.send(EVENTS));
    await each(conferences, async ({ ids }) => {
      const dead = async () => (await house.conferences.events(ids, { state: 'dead' }))?.events ?? [];
      await until(
        `all events of ${ids.conferenceId} are dead letters`,
        async () => (await dead()).length === 1 + EVENTS,
      );
    });
    // One request each, which tells that no more is wanted there.
    expect(customer.at(CALLBACK)).toHaveLength(CONFERENCES);
    await each(conferences, (conference) => conference.change({ callbackUrl: customer.url('/new') }));
    await each(conferences, (conference) => conference.send(EVENTS));
    await promisesHeld(conferences, { dead: CONFERENCES * (1 + EVENTS) });
    expect(customer.at(CALLBACK)).toHaveLength(CONFERENCES);
  },
);

underFault(
  'customer answers 429 with Retry-After',
  () => house,
  async (scene) => {
    const { customer, open, promisesHeld } = scene;
    const seconds = longOrShort(40, 4);
    customer.answer(CALLBACK, (response, { headers }) => {
      const before = customer.at(CALLBACK).filter((other) => other.headers['webhook-id'] === headers['webhook-id']);
      if (before.length > 1) response.writeHead(200).end();
      else response.writeHead(429, { 'retry-after': String(seconds) }).end();
    });
    const conferences = await open(CONFERENCES);
    await each(conferences, (conference) => conference.send(1));
    const { events } = await promisesHeld(conferences);
    for (const { attempts } of events) {
      expect(attempts).toMatchObject([{ result: '429' }, { result: '200' }]);
      const [refused = 0, taken = 0] = attempts.map(({ time }) => Date.parse(time));
      expect(taken - refused).toBeGreaterThanOrEqual(seconds * 1_000);
    }
  },
);

underFault(
  'customer sends a body without end',
  () => house,
  async (scene) => {
    const { customer, open, promisesHeld } = scene;
    customer.answer(CALLBACK, (response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'.repeat(1_000)), 10);
      response.on('close', () => clearInterval(timer));
    });
    const conferences = await open(CONFERENCES);
    await each(conferences, (conference) => conference.send(EVENTS));
    expect((await promisesHeld(conferences)).duplicates).toBe(0);
  },
);

underFault(
  'redelivery while the lane is busy',
  () => house,
  async (scene) => {
    const { customer, open, promisesHeld } = scene;
    // With five or more that are held, the host would count as one that hangs, and be spared.
    const conferences = await open(3);
    await each(conferences, (conference) => conference.send(EVENTS));
    for (const { ids } of conferences)
      await until(
        'its events are on record as delivered',
        async () =>
          (await eventsOf(house.conferences, ids)).filter(({ state }) => state === 'delivered').length > EVENTS ||
          undefined,
      );
    let isHolding = true;
    const held: (() => void)[] = [];
    customer.answer(CALLBACK, (response, { body }) => {
      const answer = () => response.writeHead(200).end();
      if (isHolding && Number(body['number']) > EVENTS) held.push(answer);
      else answer();
    });
    await each(conferences, (conference) => conference.send(EVENTS));
    await until('every lane is busy', () => held.length >= conferences.length);
    for (let sequence = 1; sequence <= EVENTS; sequence += 1)
      await each(conferences, (conference) => conference.redeliver(sequence));
    // They come while their conference's own lane stands still.
    const times = (id: string) => customer.at(CALLBACK).filter(({ headers }) => headers['webhook-id'] === id).length;
    const again = conferences.flatMap(({ askedAgain }) => [...askedAgain.keys()]);
    await until('each has come again', () => again.every((id) => times(id) === 2));
    isHolding = false;
    for (const answer of held) answer();
    await promisesHeld(conferences);
  },
);

underFault(
  'customer answers 100 ms before callbackTimeout',
  () => house,
  async ({ customer, open, promisesHeld }) => {
    const timeout = 1_000;
    let late = 0;
    customer.answer(CALLBACK, (response, { at }) => {
      setTimeout(() => {
        // On a machine that was busy the answer comes when it comes.
        if (Date.now() - at > timeout - 50) late += 1;
        response.writeHead(200).end();
      }, timeout - 100);
    });
    const conferences = await open(longOrShort(10, 2), { callbackTimeout: String(timeout) });
    await each(conferences, (conference) => conference.send(longOrShort(10, 3)));
    const { duplicates } = await promisesHeld(conferences, { unrecorded: true });
    expect(duplicates).toBeLessThanOrEqual(late);
  },
  { alone: true },
);
