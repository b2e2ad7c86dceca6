import { expect } from '@jest/globals';
import { randomFrom } from '../../src/sandbox/random.ts';
import { letHappen, planOf } from '../support/town/at-random.ts';
import { seedOf } from '../support/seed.ts';
import { longOrShort } from '../support/town/length.ts';
import { Story } from '../support/town/story.ts';
import { underFault } from '../support/town/under-fault.ts';
import { timePasses } from '../support/until.ts';

const STORIES = longOrShort(100, 20);
const SLICES = longOrShort(12, 6);
const SLICE = longOrShort(10_000, 4_000);
const seed = seedOf('FAULTS_SEED');

/** A conference that begins some time, and lasts some time, among the faults. */
async function live(story: Story, random: () => number): Promise<void> {
  const [begins, talks, lasts] = [random() * 0.7, random() * 0.2, random() * 0.2];
  await timePasses('it begins some time', begins * SLICES * SLICE);
  await story.open();
  await timePasses('people talk', talks * SLICES * SLICE);
  await story.middle();
  await timePasses('it goes on', lasts * SLICES * SLICE);
  await story.end();
}

underFault(
  `all faults at random (FAULTS_SEED=${seed})`,
  async ({ town, promisesHeld }) => {
    const random = randomFrom(seed);
    const stories = Array.from({ length: STORIES }, () => new Story(town));
    const lives = Promise.all(stories.map((story) => live(story, random)));
    await letHappen(planOf(seed, SLICES), town, seed, SLICE);
    await lives;
    await town.callbacksAreThrough();
    await town.reconcile();
    const counted = await promisesHeld(stories);
    expect(counted.conferences).toBe(STORIES);
  },
  { gateways: 2 },
);
