import { expect } from '@jest/globals';
import { runsOf } from '../support/town/evidence.ts';
import { longOrShort } from '../support/town/length.ts';
import { each, openStories, Story } from '../support/town/story.ts';
import { underFault } from '../support/town/under-fault.ts';
import { until } from '../support/until.ts';

const STORIES = longOrShort(30, 5);

underFault('worker killed while it is idle', async ({ town, promisesHeld }) => {
  const stories = await openStories(town, STORIES);
  await town.worker.kill();
  for (const story of stories) await story.somebodyHangsUp();
  await town.worker.start();
  await each(stories, 'middle');
  await each(stories, 'end');
  await promisesHeld(stories);
});

underFault('worker killed while it creates', async ({ town, promisesHeld }) => {
  // The platform has the request and works on it when the worker dies: nobody hears the answer.
  await town.controls.fault({ on: { method: 'POST', route: '/conferences' }, delay: 2_000, times: STORIES + 1 });
  const stories = Array.from({ length: STORIES }, () => new Story(town));
  const opened = each(stories, 'open');
  await until('the platform has all requests', async () => (await town.controls.hits())[0] === STORIES);
  await town.worker.killAndStart();
  await town.controls.endFaults();
  await opened;
  await each(stories, 'middle');
  await each(stories, 'end');
  await promisesHeld(stories);
});

underFault(
  'worker killed between two runs of a conference',
  async ({ town, promisesHeld }) => {
    const stories = await openStories(town, STORIES);
    for (let kills = 0; kills < 2; kills += 1) {
      const before = await runsOf(town, stories);
      await until('a conference has a new run', async () => {
        for (const story of stories) await story.allMute();
        return (await runsOf(town, stories)) !== before;
      });
      await town.worker.killAndStart();
    }
    await each(stories, 'middle');
    await each(stories, 'end');
    await promisesHeld(stories);
  },
  { continueAsNewAfter: 60 },
);

underFault('gateway killed with requests in flight', async ({ town, promisesHeld }) => {
  const stories = await openStories(town, STORIES);
  // It stands still until it has requests of the platform and of customers in hand, which all die with it.
  town.gateway.pause();
  const middle = each(stories, 'middle');
  for (const story of stories) await story.allMute();
  await until('callbacks are in flight', async () => (await town.controls.callbacksWaiting()) > 0);
  await town.gateway.killAndStart();
  await middle;
  await each(stories, 'end');
  // Each key that was pressed muted somebody, and the platform knows no other gateway.
  expect((await promisesHeld(stories)).madeUp).toBeGreaterThan(0);
});
