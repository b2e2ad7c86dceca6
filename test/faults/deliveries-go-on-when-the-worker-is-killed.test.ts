import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { TASK_QUEUE } from '../../src/workflows/messages.ts';
import { CALLBACK, each, underFault, type Scene } from '../support/deliveries/scene.ts';
import { CALLBACK_KEY, openHouse, type House } from '../support/house.ts';
import { dataDirectory } from '../support/processes.ts';
import { required } from '../support/temporal.ts';
import { longOrShort } from '../support/town/length.ts';
import { Part } from '../support/town/part.ts';
import { until } from '../support/until.ts';

const CONFERENCES = longOrShort(10, 3);
const EVENTS = longOrShort(100, 40);
const KILLS = longOrShort(4, 1);

/** A house whose worker is a process of the compiled program. Of two at once each worker would do the other's work. */
function inHouse(
  deliverFrom: 'gateway' | 'worker',
  fault: string,
  scene: (scene: Scene, worker: Part) => Promise<void>,
) {
  describe(`DELIVER_FROM=${deliverFrom}`, () => {
    const data = dataDirectory();
    let house: House;
    let worker: Part;
    beforeAll(async () => {
      house = await openHouse({ worker: false, taskQueue: TASK_QUEUE, deliverFrom });
      const { userId, token, secret } = house.dependencies.platformAccount;
      worker = new Part('worker', {
        TEMPORAL_ADDRESS: required('TEST_TEMPORAL_ADDRESS'),
        CONVOKE_DATA_DIR: data.path,
        CALLBACK_KEYS: CALLBACK_KEY,
        PLATFORM_URL: house.platformUrl,
        PLATFORM_USER_ID: userId,
        PLATFORM_TOKEN: token,
        PLATFORM_SECRET: secret,
        PUBLIC_URL: house.url,
        LOG_LEVEL: 'info',
      });
      await worker.start();
    });
    afterAll(async () => {
      await house.close();
      await worker.kill();
      data.remove();
    });
    underFault(
      fault,
      () => house,
      (of) => scene(of, worker),
      { alone: true },
    );
  });
}

/** The customer takes a moment for each, so that one is under way when the worker is killed. */
const ANSWERS_AFTER_MS = 10;

inHouse('worker', 'worker killed mid-batch', async ({ customer, open, promisesHeld }, worker) => {
  let isTaking = true;
  customer.answer(CALLBACK, (response) => {
    setTimeout(() => {
      if (isTaking) response.writeHead(200).end();
    }, ANSWERS_AFTER_MS);
  });
  const conferences = await open(CONFERENCES);
  let came = CONFERENCES;
  for (let kills = 0; kills < KILLS; kills += 1) {
    const before = customer.at(CALLBACK).length;
    await each(conferences, (conference) => conference.send(EVENTS));
    // In the middle of the batch: what it took last is not on record, and one more has been read and not answered.
    await customer.until(CALLBACK, came + Math.round((CONFERENCES * EVENTS) / 2));
    isTaking = false;
    await until('one has been read and is not answered', () =>
      customer.at(CALLBACK).some(({ at, answered }, index) => {
        return index >= before && answered() === undefined && Date.now() - at > ANSWERS_AFTER_MS;
      }),
    );
    await worker.kill();
    isTaking = true;
    await worker.start();
    came += CONFERENCES * EVENTS;
    await customer.until(CALLBACK, came, 60_000);
  }
  const { duplicates } = await promisesHeld(conferences, { unrecorded: true });
  expect(duplicates).toBeGreaterThan(0);
});

inHouse('gateway', 'worker killed, and the gateway delivers', async ({ customer, open, promisesHeld }, worker) => {
  customer.answer(CALLBACK, (response) => void setTimeout(() => response.writeHead(200).end(), ANSWERS_AFTER_MS));
  const conferences = await open(CONFERENCES);
  await each(conferences, (conference) => conference.send(EVENTS));
  await worker.kill();
  await each(conferences, (conference) => conference.send(EVENTS));
  // No worker runs meanwhile.
  await customer.until(CALLBACK, CONFERENCES * (1 + 2 * EVENTS), 20_000);
  await worker.start();
  expect((await promisesHeld(conferences)).duplicates).toBe(0);
});
