import { expect } from '@jest/globals';
import { collect, viewsOf } from '../support/town/evidence.ts';
import { longOrShort } from '../support/town/length.ts';
import type { PlatformConference } from '../support/controls.ts';
import { each, openStories, Story } from '../support/town/story.ts';
import type { Town } from '../support/town/town.ts';
import { underFault } from '../support/town/under-fault.ts';

const STORIES = longOrShort(30, 5);
const AWAY = longOrShort(60_000, 10_000);

const POST_CONFERENCES = { method: 'POST', route: '/conferences' };

const newStories = (town: Town) => Array.from({ length: STORIES }, () => new Story(town));

// The longest first, since they run beside each other.
underFault('platform started again, with all its state lost', async ({ town, promisesHeld }) => {
  const stories = await openStories(town, STORIES);
  await each(stories, 'middle');
  await town.callbacksAreThrough();
  const { platform, calls } = await collect(town, stories);
  await town.platformLosesAll();
  // Some are ended by their customers; of the others somebody must ask.
  const [ended, left] = [stories.slice(0, 2), stories.slice(2)];
  await each(ended, 'end');
  await town.reconcile();
  await promisesHeld(stories, { platform: platform.map(gone), calls });
  expect(new Set((await viewsOf(town, left)).map(({ reason }) => reason))).toEqual(new Set(['platform-lost']));
});

underFault('platform killed, and started again with its state', async ({ town, promisesHeld }) => {
  const stories = await openStories(town, STORIES);
  await each(stories, 'middle');
  await town.callbacksAreThrough();
  await town.sandbox.killAndStart();
  await each(stories, 'end');
  await promisesHeld(stories);
  expect(new Set((await viewsOf(town, stories)).map(({ reason }) => reason))).not.toContain('platform-lost');
});

underFault('platform answers 500', async ({ town, promisesHeld }) => {
  await town.controls.fault({ answer: { status: 500 }, probability: 0.4, seed: 1 });
  const stories = newStories(town);
  await each(stories, 'whole');
  expect((await town.controls.hits())[0]).toBeGreaterThan(STORIES);
  await town.controls.endFaults();
  await promisesHeld(stories);
});

underFault('platform answers with a storm of 429', async ({ town, promisesHeld }) => {
  await town.controls.fault({ rateLimit: 1_000, probability: 0.7, seed: 1 });
  const stories = newStories(town);
  await each(stories, 'whole');
  expect((await town.controls.hits())[0]).toBeGreaterThan(STORIES);
  await town.controls.endFaults();
  await promisesHeld(stories);
});

underFault('platform refuses connections for a while', async ({ town, promisesHeld }) => {
  const stories = await openStories(town, STORIES);
  const others = newStories(town);
  await town.controls.fault({ refuseFor: AWAY });
  await Promise.all([each(stories, 'middle'), each(others, 'whole')]);
  await each(stories, 'end');
  await promisesHeld([...stories, ...others]);
});

underFault('platform does the work, and its answer is lost', async ({ town, promisesHeld }) => {
  await town.controls.fault({ drop: 'after', probability: 0.5, seed: 1 });
  const stories = newStories(town);
  await each(stories, 'whole');
  expect((await town.controls.hits())[0]).toBeGreaterThan(STORIES);
  await town.controls.endFaults();
  await promisesHeld(stories);
});

underFault('platform makes a conference, its answer is lost, and its event late', async ({ town, promisesHeld }) => {
  await town.controls.fault({ on: POST_CONFERENCES, drop: 'after', times: STORIES });
  await town.controls.fault({ callbacks: 'delay', event: 'conference created', delay: 5_000, times: STORIES });
  const stories = newStories(town);
  await each(stories, 'whole');
  await promisesHeld(stories);
  // Each was made twice: the second attempt succeeded before the first one showed itself.
  expect(await town.controls.conferences()).toHaveLength(STORIES * 2);
});

underFault('platform answers after our timeout', async ({ town, promisesHeld }) => {
  await town.controls.fault({ on: POST_CONFERENCES, delay: 12_000, times: STORIES });
  const stories = newStories(town);
  await each(stories, 'whole');
  await promisesHeld(stories);
  expect(await town.controls.conferences()).toHaveLength(STORIES * 2);
});

/** With the platform's state everybody has left. */
function gone(conference: PlatformConference): PlatformConference {
  const members = conference.members.map((member) => ({ ...member, state: 'completed' }));
  return { ...conference, state: 'completed', members };
}
