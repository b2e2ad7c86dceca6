import { expect } from '@jest/globals';
import { longOrShort } from '../support/town/length.ts';
import { each, Story } from '../support/town/story.ts';
import { underFault, type Scene } from '../support/town/under-fault.ts';

const STORIES = longOrShort(30, 6);

/** Conferences whose callbacks meet a fault from beginning to end. */
async function tellUnder(fault: object, { town, promisesHeld }: Scene) {
  await town.controls.fault({ ...fault, seed: 1 });
  const stories = Array.from({ length: STORIES }, () => new Story(town));
  await each(stories, 'whole');
  expect((await town.controls.hits())[0]).toBeGreaterThan(STORIES);
  await town.controls.endFaults();
  await town.reconcile();
  return await promisesHeld(stories);
}

underFault('callbacks: a fifth is lost', async (scene) => {
  const { madeUp } = await tellUnder({ callbacks: 'lose', probability: 0.2 }, scene);
  expect(madeUp).toBeGreaterThan(0);
});

underFault('callbacks: a fifth comes twice on the same URL', async (scene) => {
  await tellUnder({ callbacks: 'repeat', probability: 0.2 }, scene);
});

underFault('callbacks: a fifth comes on the fallback URL too', async (scene) => {
  await tellUnder({ callbacks: 'repeat-on-fallback', probability: 0.2 }, scene);
});

underFault('callbacks: half of them are overtaken', async (scene) => {
  await tellUnder({ callbacks: 'reorder', probability: 0.5 }, scene);
});

underFault('callbacks: each comes 5 s late', async (scene) => {
  await tellUnder({ callbacks: 'delay', delay: 5_000 }, scene);
});

underFault('callbacks: all of three seconds at once', async (scene) => {
  await tellUnder({ callbacks: 'burst', delay: 3_000 }, scene);
});
