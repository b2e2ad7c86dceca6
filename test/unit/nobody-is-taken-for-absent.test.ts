import { describe, expect, test } from '@jest/globals';
import type { Member } from '../../src/catapult/resources.ts';
import { created, CUSTOMER, member, START } from './lifecycle-world-events.ts';
import { P1 } from './lifecycle-world-examples.ts';
import { World } from './lifecycle-world.ts';

/*
 * A conference that would end because nobody came, or because one is left alone, asks the platform first: a join whose
 * callbacks were lost must not end it.
 */

const LIMIT = 120;

/** Somebody of whom only the platform knows. */
const CARL: Member = {
  ...{ id: 'c', callId: 'call-of-c', state: 'active', mute: false, hold: false },
  ...{ joinTone: false, leavingTone: false },
  addedTime: '2026-01-01T00:01:00Z',
};

/** A conference for which nobody has come, when its limit has come. */
function empty(): World {
  const world = new World({ callbackUrl: CUSTOMER, noShowTimeout: LIMIT });
  world.answer(true);
  world.event(created(P1));
  world.ringAfter(LIMIT * 1_000);
  return world;
}

/** A conference in which one has been left alone, when its limit has come. */
function left(): World {
  const world = new World({ callbackUrl: CUSTOMER, aloneTimeout: LIMIT });
  world.answer(true);
  world.event(created(P1));
  world.event(member(P1, 'a'));
  world.event(member(P1, 'b'));
  world.event(member(P1, 'b', { state: 'completed', time: 1 }));
  world.ringAfter((LIMIT + 1) * 1_000);
  return world;
}

describe.each([
  ['no-show', empty],
  ['alone', left],
] as const)('%s', (reason, due) => {
  test('asks the platform, and ends nothing before it answers', () => {
    const world = due();
    expect(world.isReading).toBe(true);
    expect(world.openOrders).toEqual([]);
    expect(world.state.phase).not.toBe('ending');
  });

  test('ends the conference at once if the platform knows of nobody else', () => {
    const world = due();
    world.read();
    expect(world.state.endRequested).toBe(reason);
    expect(world.openOrders).toEqual([P1]);
  });

  test('ends nothing if somebody has come whose callbacks were lost', () => {
    const world = due();
    const known = Object.values(world.state.members);
    world.read('read', [...known, CARL]);
    world.ringAfter(1_000);
    expect(world.state.endRequested).toBeUndefined();
    expect(world.accepted.at(-1)?.event).toMatchObject({ memberId: 'c', state: 'active' });
  });

  test('ends nothing if somebody comes while the platform is asked', () => {
    const world = due();
    world.event(member(P1, 'c', { time: LIMIT + 1 }));
    world.ringAfter(70_000);
    world.read();
    expect(world.state.endRequested).toBeUndefined();
  });

  test.each(['unreadable', 'missing'] as const)('ends it if the platform does not say: %s', (outcome) => {
    const world = due();
    world.read(outcome);
    expect(world.state.endRequested).toBe(reason);
  });

  test('asks anew when it comes again', () => {
    const world = due();
    world.event(member(P1, 'c', { time: LIMIT + 1 }));
    world.read();
    if (reason === 'no-show') return expect(world.state.deadlines['no-show']).toBeUndefined();
    world.event(member(P1, 'c', { state: 'completed', time: LIMIT + 1 }));
    world.ringAfter(LIMIT * 1_000);
    expect(world.isReading).toBe(true);
    expect(world.state.endRequested).toBeUndefined();
  });
});

test('who is alone has been so since the other left, however late that is told', () => {
  const world = new World({ callbackUrl: CUSTOMER, aloneTimeout: LIMIT });
  world.answer(true);
  world.event(created(P1));
  world.event(member(P1, 'a'));
  world.event(member(P1, 'b'));
  world.ringAfter(100_000);
  world.event(member(P1, 'b', { state: 'completed', time: 40 }));
  expect(world.state.deadlines.alone).toBe(START + (40 + LIMIT) * 1_000);
});
