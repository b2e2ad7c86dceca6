import { test } from '@jest/globals';
import { openHouse, type House, type HouseOptions } from './house.ts';

type Story = (house: House) => Promise<void>;

/** Tests in a house of their own each; `concurrent` those that mostly wait, which then wait at the same time. */
export const inHouse = Object.assign(
  (name: string, story: Story, options?: HouseOptions) => test(name, () => live(story, options)),
  {
    concurrent: (name: string, story: Story, options?: HouseOptions) =>
      test.concurrent(name, () => live(story, options)),
  },
);

async function live(story: Story, options?: HouseOptions): Promise<void> {
  const house = await openHouse(options);
  try {
    await story(house);
  } finally {
    await house.close();
  }
}
