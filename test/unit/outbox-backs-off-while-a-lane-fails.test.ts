import { describe, expect, test } from '@jest/globals';
import { nextBatch, nextTryAt } from '../../src/conference/outbox/outbox.ts';
import { dueNow, LANE, laneOf, now, outbox, pass, put, settled, untilNextTry } from './outbox-world.ts';

describe('back-off', () => {
  test('grows: 1, 2, 5, 10, 30 minutes, 1, 2, 4 hours, and stays at 4 hours', () => {
    put();
    const pauses: number[] = [];
    for (let failure = 0; failure < 10; failure += 1) {
      settled([], 1);
      pauses.push(untilNextTry());
    }
    expect(pauses).toEqual([1, 2, 5, 10, 30, 60, 120, 240, 240, 240]);
  });

  test('nothing is due before it ends', () => {
    put();
    settled([], 1);
    const at = nextTryAt(laneOf()) ?? 0;
    pass(at - now - 1);
    expect(dueNow()).toBeUndefined();
    put();
    expect(dueNow()).toBeUndefined();
    pass(1);
    expect(dueNow()).toEqual([1]);
  });

  test('is not the same for all that failed at one time, so that they do not come back together', () => {
    const lanes = Array.from({ length: 20 }, (_, index) => `lane-${index}`);
    for (const [index, lane] of lanes.entries()) {
      put(lane);
      settled([], index + 1, lane);
    }
    const pauses = lanes.map((lane) => (nextTryAt(laneOf(lane)) ?? 0) - now);
    expect(new Set(pauses).size).toBeGreaterThan(10);
    for (const pause of pauses) expect(Math.abs(pause - 60_000)).toBeLessThanOrEqual(6_000);
  });

  test('belongs to the lane: another lane is not held up', () => {
    put('a');
    put('b');
    settled([], 1, 'a');
    expect(dueNow('a')).toBeUndefined();
    expect(dueNow('b')).toEqual([2]);
  });

  test('begins anew after a success', () => {
    put();
    for (let failure = 0; failure < 3; failure += 1) {
      settled([], 1);
      untilNextTry();
    }
    settled([1]);
    put();
    expect(dueNow()).toEqual([2]);
    settled([], 2);
    expect(untilNextTry()).toBe(1);
  });

  test('a delivery that got half-way pauses for a second only, and its next event has its short retries', () => {
    put();
    put();
    settled([1], 2);
    expect(nextTryAt(laneOf())).toBe(now + 1_000);
    pass(1_000);
    expect(nextBatch(outbox, LANE, now)?.shortRetries).toBe(true);
  });

  test('an event that has used its short retries up gets no more of them', () => {
    put();
    expect(nextBatch(outbox, LANE, now)?.shortRetries).toBe(true);
    settled([], 1);
    untilNextTry();
    expect(nextBatch(outbox, LANE, now)?.shortRetries).toBe(false);
  });

  test('a delivery that was stopped without a failure goes on at once', () => {
    put();
    put();
    settled([1]);
    expect(dueNow()).toEqual([2]);
    settled([]);
    expect(dueNow()).toEqual([2]);
  });

  test('what failed last is kept to be seen', () => {
    put();
    settled([], 1);
    expect(laneOf().lastError).toBe('500');
  });
});
