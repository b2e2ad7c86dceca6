import { expect, test } from '@jest/globals';
import { dangers, planOf } from '../support/town/at-random.ts';

const SLICES = 12;
const plans = Array.from({ length: 200 }, (_, seed) => planOf(seed, SLICES));

test('a create attempt never loses its answer and its callbacks too: first callbacks are lost, then answers', () => {
  for (const plan of plans) {
    const taken = plan.map((slice) => slice.flatMap(({ takes = [] }) => takes));
    expect(taken.slice(0, SLICES / 2).flat()).toEqual(Array(SLICES / 2).fill('callbacks'));
    expect(taken.slice(SLICES / 2).flat()).toEqual(Array(SLICES / 2).fill('answers'));
  }
});

test('the platform always has a gateway to turn to', () => {
  const gatewaysGone = (names: string[]) => names.filter((name) => name.endsWith('gateway killed')).length;
  for (const slice of plans.flat()) expect(gatewaysGone(slice.map(({ name }) => name))).toBeLessThan(2);
});

test('every fault has its turn, three different ones at a time, and a seed does again what it did', () => {
  expect(new Set(plans.flat(2))).toEqual(new Set(dangers));
  for (const slice of plans.flat()) expect(new Set(slice).size).toBe(3);
  expect(planOf(7, SLICES)).toEqual(planOf(7, SLICES));
  expect(planOf(7, SLICES)).not.toEqual(planOf(8, SLICES));
});
