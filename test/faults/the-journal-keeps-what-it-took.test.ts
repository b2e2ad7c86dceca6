import { closeSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { Sent } from '../support/controls.ts';
import { longOrShort } from '../support/town/length.ts';
import { each, openStories, type Story } from '../support/town/story.ts';
import type { Town } from '../support/town/town.ts';
import { underFault } from '../support/town/under-fault.ts';
import { until } from '../support/until.ts';

const STORIES = longOrShort(30, 5);

/** A journal has room in its file for a few callbacks. */
const ROOM_BYTES = 8 * 1024;

const allMute = (stories: Story[]) => Promise.all(stories.map((story) => story.allMute()));

/** The gateway’s disk is soon full, and is: it refuses more than the platform's state shows, a last one of each who is there. */
async function fillTheDisk(town: Town, stories: Story[]): Promise<void> {
  town.gateway.limitFiles(ROOM_BYTES);
  await until('there is no room left', async () => {
    await allMute(stories);
    // Only what has been tried at both URLs has been refused.
    await town.controls.callbacksAreSent();
    const conferences = await town.controls.conferences();
    const isRefused = ({ attempts }: Sent) => attempts.length > 0 && attempts.every(({ ok }) => !ok);
    const refused = conferences.flatMap(({ callbacks }) => callbacks.filter(isRefused));
    return refused.length > conferences.flatMap(({ members }) => members).length;
  });
  await until('the gateway says so', () =>
    town.gateway.hasSaid(/the journal cannot be written: callbacks are answered 503/),
  );
}

underFault('the journal’s disk is full', async ({ town, promisesHeld }) => {
  const stories = await openStories(town, STORIES);
  await fillTheDisk(town, stories);
  await town.gateway.killAndStart();
  // The gateway itself has the conferences ask what it could not take.
  await each(stories, 'end');
  expect((await promisesHeld(stories)).apart).not.toEqual([]);
});

underFault(
  'the journal’s disk is full for a moment, and the gateway killed afterwards',
  async ({ town, promisesHeld }) => {
    const stories = await openStories(town, STORIES);
    await fillTheDisk(town, stories);
    town.gateway.limitFiles('unlimited');
    await until('the journal can be written again', () => town.gateway.hasSaid(/the journal can be written again/));
    // What is acknowledged now is nowhere but in the journal when the gateway is killed.
    await town.temporal.kill();
    await allMute(stories);
    await town.controls.callbacksAreSent();
    await town.gateway.killAndStart();
    await town.temporal.start();
    await each(stories, 'end');
    await promisesHeld(stories);
  },
);

underFault('the journal is damaged in the middle', async ({ town, promisesHeld }) => {
  const stories = await openStories(town, STORIES);
  await town.callbacksAreThrough();
  await town.temporal.kill();
  const { size } = largestIn(town.journalDirectory);
  // Else a gateway with the lease tells what its journal loses afterwards: nobody could know that when it is found by asking.
  const comeBack = await town.customer.goAway();
  await allMute(stories);
  await town.controls.callbacksAreSent();
  await town.gateway.kill();
  damage(town.journalDirectory, size);
  await comeBack();
  await town.gateway.start();
  await until('the gateway says so', () => town.gateway.hasSaid(/the journal was damaged on disk/));
  expect((await town.readiness()).journal.damaged).toBeGreaterThan(0);
  await town.temporal.start();
  // What was damaged the platform's state shows, so it is found by asking.
  await until('everybody is known as muted', () => stories.every(({ knownAsMuted }) => knownAsMuted === 2));
  await each(stories, 'end');
  expect((await promisesHeld(stories)).madeUp).toBeGreaterThan(0);
});

underFault(
  'gateway killed, and the second one takes over',
  async ({ town, promisesHeld }) => {
    const stories = await openStories(town, STORIES);
    await town.gateway.kill();
    await each(stories, 'middle');
    await town.gateway.start();
    await each(stories, 'end');
    // The platform's fallback has brought every callback.
    expect(await promisesHeld(stories)).toMatchObject({ apart: [], madeUp: 0 });
  },
  { gateways: 2 },
);

/** The journal's largest file. */
function largestIn(directory: string): { path: string; size: number } {
  const files = readdirSync(directory)
    .filter((name) => /\.(log|ldb)$/.test(name))
    .map((name) => ({ path: join(directory, name), size: statSync(join(directory, name)).size }));
  const largest = files.toSorted((a, b) => b.size - a.size)[0];
  if (largest === undefined) throw new Error(`no journal in ${directory}`);
  return largest;
}

/** Overwrites what is in the middle of what has come to it since it was of that size. */
function damage(directory: string, since: number): void {
  const { path, size } = largestIn(directory);
  if (size <= since) throw new Error('nothing has come to the journal');
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(200, 'x'), 0, 200, Math.floor((since + size) / 2));
  closeSync(file);
}
