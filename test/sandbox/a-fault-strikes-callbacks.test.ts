import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { openStage, type Stage } from './stage.ts';
import { until } from '../support/until.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const CREATED = 'conference created';
const JOINED = 'conference-member active';
const LEFT = 'conference-member completed';
const COMPLETED = 'conference completed';

/** A conference that one member joins, and that ends. */
async function oneConference(fields?: Record<string, unknown>): Promise<void> {
  const conferenceId = await stage.create(fields);
  await stage.join(conferenceId);
  await stage.change(conferenceId, { state: 'completed' });
}

test('lose: nobody gets the callback; the list of what was sent shows it', async () => {
  stage.sandbox.faults.add({ callbacks: 'lose', event: 'conference-member', times: 1 });
  await oneConference({ fallbackUrl: stage.customer.url('/fallback') });
  await stage.pass(0);
  expect(stage.told('/conference')).toEqual([CREATED, LEFT, COMPLETED]);
  expect(stage.told('/fallback')).toEqual([]);
  expect(stage.sandbox.platform.list()[0]?.callbacks[1]).toMatchObject({ fault: 'lose', attempts: [] });
});

test('repeat: the callback comes twice to the same URL', async () => {
  stage.sandbox.faults.add({ callbacks: 'repeat', event: JOINED });
  await oneConference();
  await stage.pass(0);
  expect(stage.told('/conference')).toEqual([CREATED, JOINED, JOINED, LEFT, COMPLETED]);
  const [, once, again] = stage.events('/conference');
  expect(again).toEqual(once);
});

test('repeat-on-fallback: the callback comes to the other URL too, although it arrived', async () => {
  stage.sandbox.faults.add({ callbacks: 'repeat-on-fallback', times: 2 });
  await oneConference({ fallbackUrl: stage.customer.url('/fallback') });
  await stage.pass(0);
  expect(stage.told('/conference')).toEqual([CREATED, JOINED, LEFT, COMPLETED]);
  expect(stage.told('/fallback')).toEqual([CREATED, JOINED]);
});

test('reorder: the next callback overtakes it', async () => {
  stage.sandbox.faults.add({ callbacks: 'reorder' });
  await oneConference();
  await stage.pass(0);
  expect(stage.told('/conference')).toEqual([JOINED, CREATED, COMPLETED, LEFT]);
  // By the time that another conference's callback is through, one that is sent again would have come.
  await stage.pass(60_000);
  await stage.create({ callbackUrl: stage.customer.url('/other') });
  await stage.pass(60_000);
  expect(stage.told('/other')).toEqual([CREATED]);
  expect(stage.told('/conference')).toHaveLength(4);
});

test('reorder: a callback that none follows comes a second later', async () => {
  stage.sandbox.faults.add({ callbacks: 'reorder' });
  await stage.create();
  await stage.clock.advance(999);
  expect(stage.told('/conference')).toEqual([]);
  await stage.pass(1);
  expect(stage.told('/conference')).toEqual([CREATED]);
});

test('delay: the callback comes late, and those behind it wait', async () => {
  stage.sandbox.faults.add({ callbacks: 'delay', delay: 5_000, event: JOINED });
  await oneConference();
  await stage.clock.advance(4_999);
  await stage.customer.until('/conference', 1);
  expect(stage.told('/conference')).toEqual([CREATED]);
  await stage.pass(1);
  expect(stage.told('/conference')).toEqual([CREATED, JOINED, LEFT, COMPLETED]);
});

test('one conference’s fault does not hold up another one', async () => {
  stage.sandbox.faults.add({ callbacks: 'delay', times: 1 });
  await stage.create();
  await stage.create({ callbackUrl: stage.customer.url('/other') });
  await stage.customer.until('/other', 1);
  expect(stage.told('/conference')).toEqual([]);
});

test('burst: what happens within the delay goes at the same time, and none waits for another’s answer', async () => {
  const inside: ServerResponse[] = [];
  stage.customer.answer('/conference', (response) => void inside.push(response));
  stage.sandbox.faults.add({ callbacks: 'burst', delay: 2_000 });
  await oneConference();
  await stage.clock.advance(1_999);
  expect(stage.told('/conference')).toEqual([]);
  expect(stage.sandbox.platform.callbacksWaiting()).toBe(4);
  await stage.clock.advance(1);
  await until('all four are sent', () => inside.length === 4);
  expect(new Set(stage.told('/conference'))).toEqual(new Set([CREATED, JOINED, LEFT, COMPLETED]));
  for (const response of inside) response.end();
  await stage.pass(0);
  expect(stage.sandbox.platform.callbacksWaiting()).toBe(0);
});

test('each event has its number and its time, whenever it is sent, and its copies have the same', async () => {
  stage.sandbox.faults.add({ callbacks: 'repeat', event: JOINED });
  stage.sandbox.faults.add({ callbacks: 'delay', event: COMPLETED, delay: 5_000 });
  const began = stage.clock.now();
  await oneConference();
  await stage.pass(5_000);
  const sent = stage.sandbox.platform.list()[0]?.callbacks ?? [];
  expect(sent.map(({ number }) => number)).toEqual([1, 2, 2, 3, 4]);
  expect(new Set(sent.map(({ at }) => Date.parse(at)))).toEqual(new Set([began]));
});
