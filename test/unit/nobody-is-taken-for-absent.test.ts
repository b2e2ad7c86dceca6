import { describe, expect, test } from '@jest/globals';
import type { CallbackEvent } from '../../src/catapult/events.ts';
import type { CreateConferenceRequest } from '../../src/catapult/requests.ts';
import type { Member } from '../../src/catapult/resources.ts';
import { deadlinesOf } from '../../src/conference/state/deadlines.ts';
import { viewOf } from '../../src/conference/view.ts';
import { CONFERENCE, created, CUSTOMER, member, START } from './conference-world-events.ts';
import { P1 } from './conference-world-examples.ts';
import { World } from './conference-world.ts';

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
function leftAlone(): World {
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
  ['alone', leftAlone],
] as const)('%s', (reason, due) => {
  test('asks the platform, and ends nothing before it answers', () => {
    const world = due();
    expect(world.isReading).toBe(true);
    expect(world.openOrders).toEqual([]);
    expect(world.state.phase).not.toBe('ending');
  });

  test('asks at once, beside what waits for its turn, and rings no alarm meanwhile', () => {
    const world = due();
    expect(world.effects('read-platform').at(-1)).toMatchObject({ isUrgent: true });
    expect(deadlinesOf(world.state.deadlines).filter(([, at]) => at <= world.now)).toEqual([]);
  });

  test('shows that it has come, while the platform is asked', () => {
    const { nextTimers } = viewOf(due().state, CONFERENCE).conference;
    expect(nextTimers?.[0]).toMatchObject({ timer: reason });
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

/** A conference of which these events came, in this order. */
function told(fields: Partial<CreateConferenceRequest>, ...events: CallbackEvent[]): World {
  const world = new World({ callbackUrl: CUSTOMER, ...fields });
  world.answer(true);
  world.event(created(P1));
  world.pass(60_000);
  for (const event of events) world.event(event);
  return world;
}

const left = (id: string, time: number) => member(P1, id, { state: 'completed', time });
const came = (id: string, time: number) => member(P1, id, { time });

describe('events that come late, or in another order, or not at all', () => {
  const alone = { aloneTimeout: LIMIT };

  test('one who came and went has been company, though only the leave is told', () => {
    const world = told(alone, came('a', 0), came('b', 0), left('b', 10), left('c', 50));
    expect(world.state.deadlines.alone).toBe(START + (50 + LIMIT) * 1_000);
  });

  test('one who was there with somebody of whom only the leave is told was one of two', () => {
    expect(told(alone, came('a', 0), left('c', 50)).state.deadlines.alone).toBe(START + (50 + LIMIT) * 1_000);
  });

  test('two whose leave and join overtook each other were two', () => {
    expect(told(alone, left('a', 11), came('b', 10)).state.deadlines.alone).toBe(START + (11 + LIMIT) * 1_000);
  });

  test('two who came one after the other were not', () => {
    expect(told(alone, came('a', 0), left('a', 11), came('b', 12)).state.deadlines.alone).toBeUndefined();
  });

  test('the maximum duration counts from the first join, though that is told after another', () => {
    const world = told({ maxDuration: 600 }, came('b', 50), came('a', 5));
    expect(world.state.deadlines['max-duration']).toBe(START + 605_000);
  });

  test('one who came and went while the platform was asked is asked about anew', () => {
    const world = leftAlone();
    world.event(came('c', LIMIT + 1));
    world.event(left('c', LIMIT + 1));
    world.ringAfter(LIMIT * 1_000);
    world.read();
    expect(world.state.endRequested).toBeUndefined();
    world.ringAfter(1);
    expect(world.isReading).toBe(true);
  });
});

test('a platform whose clock is behind ends nothing early', () => {
  const behind = 300;
  const world = new World({ callbackUrl: CUSTOMER, aloneTimeout: LIMIT, maxDuration: 200 });
  world.answer(true);
  world.event({ ...created(P1), createdTime: new Date(START - behind * 1_000).toISOString() });
  for (const event of [came('a', -behind), came('b', -behind)]) world.event(event);
  world.pass(10_000);
  world.event(left('b', 10 - behind));
  expect(world.state.deadlines.alone).toBe(START + (10 + LIMIT) * 1_000);
  expect(world.state.deadlines['max-duration']).toBe(START + 200_000);
});
