import { getEventListeners } from 'node:events';
import { expect, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import type { Events } from '../../src/client/events.ts';
import { Following } from '../../src/client/follow.ts';
import { Watches } from '../../src/client/watch.ts';

const IDS = { userId: 'u-1', conferenceId: 'conf-1' };

/** Temporal, in whose histories nothing comes after the first look at them, which takes as long as the test says. */
function temporal(look: Promise<unknown>): Client {
  const never = new Promise(() => undefined);
  return {
    options: { namespace: 'default' },
    withDeadline: (_deadline: number, work: () => Promise<unknown>) => work(),
    withAbortSignal: (_signal: AbortSignal, work: () => Promise<unknown>) => work(),
    workflowService: { getWorkflowExecutionHistory: () => never },
    workflow: {
      getHandle: () => ({
        describe: async () => {
          await look;
          return { runId: 'run', raw: { workflowExecutionInfo: { historyLength: 9 } } };
        },
      }),
    },
  } as unknown as Client;
}

/** A conference whose events are those of this list. */
function eventsOf(sequences: number[]): Events {
  return {
    news: (_ids: unknown, { after }: { after: number }) => {
      const records = sequences
        .filter((sequence) => sequence > after)
        .map((sequence) => ({
          id: `e-${sequence}`,
          sequence,
          status: 'recorded',
          attempts: [],
          acceptedAt: 0,
          event: {},
        }));
      return Promise.resolve({ records, reached: sequences.at(-1) ?? 0, hasMore: false });
    },
  } as unknown as Events;
}

test('what comes between the first read and the first look at the history is told', async () => {
  let looked: () => void = () => undefined;
  const watches = new Watches(temporal(new Promise<void>((resolve) => (looked = resolve))));
  const sequences = [1];
  const leaving = new AbortController();
  const told = await new Following(eventsOf(sequences), watches).follow(IDS, 0, leaving.signal);
  expect((await told.next()).value).toMatchObject({ sequence: 1 });
  const next = told.next();
  sequences.push(2);
  looked();
  expect((await next).value).toMatchObject({ sequence: 2 });
  const last = told.next();
  leaving.abort(new Error('left'));
  await expect(last).rejects.toThrow('left');
}, 5_000);

test('a signal that many follow by is not listened to by those who have left', async () => {
  const following = new Following(eventsOf([1]), new Watches(temporal(new Promise(() => undefined))));
  const { signal } = new AbortController();
  const told = await following.follow(IDS, 0, signal);
  await told.next();
  await told.return();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
