import { expect } from '@jest/globals';
import { longOrShort } from '../support/town/length.ts';
import { each, openStories } from '../support/town/story.ts';
import { underFault } from '../support/town/under-fault.ts';
import { timePasses } from '../support/until.ts';

const STORIES = longOrShort(30, 5);
const AWAY = longOrShort(60_000, 10_000);

underFault('Temporal killed and started again on its file', async ({ town, promisesHeld }) => {
  const stories = await openStories(town, STORIES);
  const middle = each(stories, 'middle');
  await town.temporal.killAndStart();
  await middle;
  await each(stories, 'end');
  await promisesHeld(stories);
});

underFault('Temporal away for a while, the gateway started again meanwhile', async ({ town, promisesHeld }) => {
  const stories = await openStories(town, STORIES);
  await town.temporal.kill();
  for (const story of stories) await story.allMute();
  await town.controls.callbacksAreSent();
  await town.gateway.killAndStart();
  for (const story of stories) await story.somebodyHangsUp();
  await timePasses('Temporal is away', AWAY);
  await town.temporal.start();
  await each(stories, 'middle');
  await each(stories, 'end');
  // The journal had it all.
  expect((await promisesHeld(stories)).apart.filter((what) => what.includes('not delivered'))).toEqual([]);
});

underFault('Temporal started again, with endings under way', async ({ town, promisesHeld }) => {
  const stories = await openStories(town, STORIES);
  const statuses = async () => new Set(await Promise.all(stories.map((story) => story.askToEnd())));
  // Nobody does what is asked: it is on Temporal's record, or it is not.
  await town.worker.kill();
  expect(await statuses()).toEqual(new Set([202]));
  await town.temporal.stop();
  expect(await statuses()).toEqual(new Set([503]));
  await town.temporal.start();
  await town.worker.start();
  await promisesHeld(stories);
});
