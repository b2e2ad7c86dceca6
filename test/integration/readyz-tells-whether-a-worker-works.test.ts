import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openHouse, type House } from '../support/house.ts';
import { until } from '../support/until.ts';

const NOTICED_WITHIN_MS = 30_000;

let house: House;
beforeAll(async () => {
  house = await openHouse({ worker: false });
});
afterAll(() => house.close());

const ready = async (): Promise<{ status: number; body: unknown }> => {
  const answer = await house.call('GET', '/readyz');
  return { status: answer.status, body: await answer.json() };
};

async function untilWorkers(are: 'working' | 'away'): Promise<number> {
  const look = async () => {
    const { status, body } = await ready();
    return (body as { workers: string }).workers === are && status;
  };
  return await until(`the workers are said to be ${are}`, look, NOTICED_WITHIN_MS);
}

test('503 until a worker has been seen; 200 from then on, and within 30 s it is told that none works any more', async () => {
  expect(await ready()).toMatchObject({ status: 503, body: { temporal: 'reachable', workers: 'away' } });
  await house.startWorker();
  expect(await untilWorkers('working')).toBe(200);
  await house.stopWorker();
  expect(await untilWorkers('away')).toBe(200);
  await house.startWorker();
  expect(await untilWorkers('working')).toBe(200);
}, 90_000);

test('asking adds nothing to any history, and keeps no workflow open', async () => {
  const canary = house.client.workflow.getHandle(`canary/${house.taskQueue}`);
  const length = async () => (await canary.describe()).historyLength;
  const before = await length();
  for (let n = 0; n < 3; n += 1) await untilWorkers('working');
  expect(await length()).toBe(before);
  expect((await canary.describe()).status.name).toBe('COMPLETED');
});
