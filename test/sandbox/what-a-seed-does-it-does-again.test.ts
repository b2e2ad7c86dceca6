import { expect, test } from '@jest/globals';
import { randomFrom } from '../../src/sandbox/random.ts';
import { FROM, openStage, paths, type Stage } from './stage.ts';

const statuses = async (stage: Stage, requests: number) => {
  const all: number[] = [];
  for (let request = 0; request < requests; request += 1) {
    all.push((await stage.ask('POST', paths.conferences, { from: FROM })).status);
  }
  return all.join(' ');
};

async function story(seed?: number): Promise<string> {
  const stage = await openStage(seed);
  stage.sandbox.faults.add({ probability: 0.5, answer: { status: 503 } });
  stage.sandbox.faults.add({ probability: 0.5, answer: { status: 500 } });
  const told = await statuses(stage, 30);
  await stage.close();
  return told;
}

test('the same seed strikes the same requests; another one strikes others', async () => {
  const told = await story(1);
  expect(await story(1)).toBe(told);
  expect(await story(2)).not.toBe(told);
  expect(await story()).not.toBe(await story());
  expect(new Set(told.split(' '))).toEqual(new Set(['201', '500', '503']));
});

test('a fault with a seed of its own draws the same whatever else is on', async () => {
  const stage = await openStage();
  const fault = { probability: 0.4, seed: 7, answer: { status: 503 } };
  stage.sandbox.faults.add(fault);
  const told = await statuses(stage, 20);
  stage.sandbox.faults.endAll();
  stage.sandbox.faults.add({ probability: 0.5, callbacks: 'lose' });
  stage.sandbox.faults.add(fault);
  expect(await statuses(stage, 20)).toBe(told);
  await stage.close();
});

test('a fault that strikes before it does not shift its draws', async () => {
  const stage = await openStage();
  const fault = { probability: 0.4, seed: 7, answer: { status: 503 } };
  stage.sandbox.faults.add(fault);
  const told = (await statuses(stage, 20)).split(' ');
  stage.sandbox.faults.endAll();
  stage.sandbox.faults.add({ times: 1, answer: { status: 500 } });
  stage.sandbox.faults.add(fault);
  expect((await statuses(stage, 20)).split(' ')).toEqual(['500', ...told.slice(1)]);
  await stage.close();
});

test('a fault strikes about as often as its probability says', async () => {
  const random = randomFrom(42);
  const draws = Array.from({ length: 10_000 }, random);
  const below = (limit: number) => draws.filter((draw) => draw < limit).length / draws.length;
  for (const limit of [0.01, 0.1, 0.5, 0.9]) expect(below(limit)).toBeCloseTo(limit, 1.5);
  expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...draws)).toBeLessThan(1);
});

test('a probability of 0 never strikes, of 1 always', async () => {
  const stage = await openStage();
  stage.sandbox.faults.add({ probability: 0, answer: { status: 500 } });
  stage.sandbox.faults.add({ probability: 1, answer: { status: 503 } });
  expect(new Set((await statuses(stage, 10)).split(' '))).toEqual(new Set(['503']));
  await stage.close();
});
