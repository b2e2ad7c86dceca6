import { describe, expect, test } from '@jest/globals';
import { MAX_REFUSED_WATCHERS, MAX_WATCHERS } from '../../src/conference/budget.ts';
import { carried } from '../../src/conference/carry.ts';
import { toNotifyAgain } from '../../src/conference/facts/watchers.ts';
import { mayClose } from '../../src/conference/rules/ending.ts';
import { bytesOf } from '../../src/conference/state/plain-data.ts';
import type { Awaited } from '../../src/conference/state/watchers.ts';
import { CUSTOMER, member, platformId } from './conference-world-events.ts';
import { World } from './conference-world.ts';

const P1 = platformId(1);
const ENDED = { eventType: 'conference', conferenceId: P1, status: 'completed' } as const;
const joins = (id: string) => ({ ...member(P1, id), state: 'active' });
const leaves = (id: string) => ({ ...member(P1, id), state: 'completed', time: '2026-01-01T00:01:00Z' });

/** Somebody waits; whom it names is told by the `notify-watcher` effects. */
function watch(world: World, id: string, awaited: Awaited): void {
  world.take({ type: 'watch', id, awaited });
}

/** What has been told, in order. */
function told(world: World) {
  return world.effects('notify-watcher').map(({ id, word }) => [id, word.outcome, word.standing.phase]);
}

function created(): World {
  const world = new World({});
  world.answer(true);
  return world;
}

describe('who waits for a phase', () => {
  test('is told when it has come', () => {
    const world = new World({});
    watch(world, 'w', { phase: 'created' });
    expect(told(world)).toEqual([]);
    world.answer(true);
    expect(told(world)).toEqual([['w', 'reached', 'created']]);
  });

  test('is told at once where it has come or has passed', () => {
    const world = created();
    world.event(joins('a'));
    watch(world, 'w-1', { phase: 'created' });
    watch(world, 'w-2', { phase: 'active' });
    expect(told(world)).toEqual([
      ['w-1', 'reached', 'active'],
      ['w-2', 'reached', 'active'],
    ]);
  });

  test('is told of one that came and passed within one batch', () => {
    const world = created();
    watch(world, 'w', { phase: 'active' });
    world.callbacks('opening', [{ event: joins('a') }, { event: leaves('a') }, { event: ENDED }]);
    expect(told(world)).toEqual([['w', 'reached', 'active']]);
  });

  test('is told that it cannot come any more when the conference has ended before', () => {
    const world = created();
    watch(world, 'w', { phase: 'active' });
    world.event(ENDED);
    expect(told(world)).toEqual([['w', 'over', 'completed']]);
  });

  test('of the end is told of every end, with the one it was', () => {
    const failed = new World({});
    watch(failed, 'w', { phase: 'completed' });
    failed.refuse('refusal');
    expect(told(failed)).toEqual([['w', 'reached', 'failed']]);
    const completed = created();
    watch(completed, 'w', { phase: 'completed' });
    completed.event(ENDED);
    expect(told(completed)).toEqual([['w', 'reached', 'completed']]);
  });
});

describe('who waits for members', () => {
  test('is told when so many are in it, and with how many there were', () => {
    const world = created();
    watch(world, 'w', { members: 2 });
    world.event(joins('a'));
    expect(told(world)).toEqual([]);
    world.event(joins('b'));
    expect(told(world)).toEqual([['w', 'reached', 'active']]);
    expect(world.effects('notify-watcher')[0]?.word.standing.activeMembers).toBe(2);
  });

  test('is told also when one of them has left in the batch that brought the last', () => {
    const world = created();
    watch(world, 'w', { members: 2 });
    world.callbacks('opening', [{ event: joins('a') }, { event: joins('b') }, { event: leaves('a') }]);
    expect(told(world)).toEqual([['w', 'reached', 'active']]);
  });

  test('is not told of members who came one after the other', () => {
    const world = created();
    watch(world, 'w', { members: 2 });
    world.callbacks('opening', [{ event: joins('a') }, { event: leaves('a') }, { event: joins('b') }]);
    expect(told(world)).toEqual([]);
  });
});

describe('each is told once', () => {
  test('also when it says again that it waits, and whatever comes', () => {
    const world = created();
    watch(world, 'w', { phase: 'active' });
    watch(world, 'w', { phase: 'active' });
    world.event(joins('a'));
    world.event(joins('b'));
    watch(world, 'w', { phase: 'active' });
    expect(told(world)).toHaveLength(1);
    world.take({ type: 'watcher-notified', id: 'w' });
    expect(world.state.watchers).toBeUndefined();
  });

  test('and not at all when it does not wait any more', () => {
    const world = created();
    watch(world, 'w', { phase: 'active' });
    world.take({ type: 'unwatch', id: 'w' });
    world.event(joins('a'));
    expect(told(world)).toEqual([]);
    expect(world.state.watchers).toBeUndefined();
  });
});

test('a conference does not close before all have been told', () => {
  const world = new World({});
  watch(world, 'w', { members: 3 });
  world.refuse('refusal');
  expect(told(world)).toEqual([['w', 'over', 'failed']]);
  expect(mayClose(world.state)).toBe(false);
  world.take({ type: 'watcher-notified', id: 'w' });
  expect(mayClose(world.state)).toBe(true);
});

test('those who wait are carried to the next run, which tells those who were being told', () => {
  const world = created();
  watch(world, 'w-1', { phase: 'created' });
  watch(world, 'w-2', { phase: 'active' });
  const next = carried(world.state, { workflowId: 'conference/u-1/conf-1', runId: 'run' });
  expect(next.watchers?.map(({ id }) => id)).toEqual(['w-1', 'w-2']);
  expect(toNotifyAgain(next)).toMatchObject([{ id: 'w-1', word: { outcome: 'reached' } }]);
});

describe('however many come', () => {
  const world = new World({ callbackUrl: CUSTOMER });
  const flood = Array.from({ length: 5_000 }, (_, n) => `watch/u-1/conf-1/${n}`.padEnd(250, 'x'));
  for (const id of flood) watch(world, id, { members: 3 });

  test(`${MAX_WATCHERS} wait, and some who came after them are told that they may not`, () => {
    const waiting = world.state.watchers?.filter(({ word }) => word === undefined);
    expect(waiting?.map(({ id }) => id)).toEqual(flood.slice(0, MAX_WATCHERS));
    expect(told(world).map(([, outcome]) => outcome)).toEqual(Array<string>(MAX_REFUSED_WATCHERS).fill('too-many'));
  });

  test('what is carried stays small', () => {
    expect(bytesOf(world.state.watchers ?? [])).toBeLessThan(100 * 1024);
  });

  test('there is room again for who comes when others have gone', () => {
    world.take({ type: 'watcher-notified', id: world.effects('notify-watcher')[0]?.id ?? '' });
    for (const id of flood.slice(0, MAX_WATCHERS + MAX_REFUSED_WATCHERS)) world.take({ type: 'unwatch', id });
    watch(world, 'late', { members: 3 });
    expect(world.state.watchers).toEqual([{ id: 'late', awaited: { members: 3 } }]);
  });
});
