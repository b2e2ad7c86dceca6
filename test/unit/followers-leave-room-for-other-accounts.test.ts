import { expect, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { CatapultError } from '../../src/catapult/errors.ts';
import { MAX_WATCHED } from '../../src/client/budget.ts';
import { Watches } from '../../src/client/watch.ts';

/** Temporal, in whose histories nothing ever comes. */
const silent = {
  withDeadline: (_deadline: number, work: () => Promise<unknown>) => work(),
  workflow: { getHandle: () => ({ describe: () => new Promise(() => undefined) }) },
} as unknown as Client;

function followMany(watches: Watches, userId: string) {
  const followers = [];
  for (;;) {
    try {
      followers.push(watches.follow({ userId, conferenceId: `conf-${followers.length}` }));
    } catch (error) {
      expect(error).toBeInstanceOf(CatapultError);
      expect((error as CatapultError).status).toBe(503);
      return followers;
    }
  }
}

test('one account follows half of what there is room for, the next one half of the rest', () => {
  const watches = new Watches(silent);
  const first = followMany(watches, 'u-1');
  const second = followMany(watches, 'u-2');
  expect([first.length, second.length]).toEqual([MAX_WATCHED / 2, MAX_WATCHED / 4]);
  // Who follows what is followed already takes no room.
  watches.follow({ userId: 'u-1', conferenceId: 'conf-0' }).leave();
  for (const follower of [...first, ...second]) follower.leave();
  expect(followMany(watches, 'u-3')).toHaveLength(MAX_WATCHED / 2);
});
