import { expect, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { CatapultError } from '../../src/catapult/errors.ts';
import { LOOK_WITHIN_MS } from '../../src/client/budget.ts';
import { GRPC } from '../../src/client/grpc.ts';
import { ConferenceClient } from '../../src/client/index.ts';
import { Signals } from '../../src/client/signals.ts';

/* What a caller waits for is asked of Temporal until the caller's own time is over, and no longer. */

const IDS = { userId: 'u-1', conferenceId: `conf-${'a'.repeat(26)}` };

/** Temporal that answers nothing: each call has had its time at once, and is on record with how long it might have lasted. */
function silent(): { client: Client; until: number[] } {
  const until: number[] = [];
  const details = 'Deadline exceeded';
  const nothing = Object.assign(new Error(details), { code: GRPC.deadlineExceeded, details, metadata: {} });
  const client = {
    options: { namespace: 'default' },
    withDeadline: (deadline: number) => {
      until.push(deadline);
      return Promise.reject(nothing);
    },
    workflow: { options: {}, getHandle: () => ({}) },
  } as unknown as Client;
  return { client, until };
}

test.each([50, 700, 4_000])('an end of %d ms', async (timeoutMs) => {
  const { client, until } = silent();
  const before = Date.now();
  const service = new ConferenceClient(client, { accounts: new Set([IDS.userId]) });
  await expect(service.end(IDS, { timeoutMs })).rejects.toBeInstanceOf(CatapultError);
  const after = Date.now();
  expect(until.length).toBeGreaterThan(1);
  // Why nobody answered is looked up when the time is over.
  const [looked] = until.splice(-1);
  expect(looked).toBeLessThanOrEqual(after + LOOK_WITHIN_MS);
  for (const deadline of until) expect(deadline - timeoutMs).toBeLessThanOrEqual(after);
  expect(Math.min(...until)).toBeGreaterThan(before);
});

test('a redelivery', async () => {
  const { client, until } = silent();
  const deadline = Date.now() + 50;
  await expect(new Signals(client, 'conferences').redeliver(IDS, [], deadline)).rejects.toThrow();
  expect(until).toEqual([deadline]);
});
