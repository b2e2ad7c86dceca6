import { describe, expect, test } from '@jest/globals';
import { MAX_CARRIED_BYTES, CARRIED_EVENTS_BYTES } from '../../src/conference/budget.ts';
import { carried, makeRoom } from '../../src/conference/carry.ts';
import { deadLetterOldest, isCrowded } from '../../src/conference/outbox/outbox.ts';
import { logAttempt } from '../../src/conference/state/event-log.ts';
import { initialState } from '../../src/conference/state/state.ts';
import { SETTINGS } from './conference-world-events.ts';
import { context, dead, dueNow, LANE, now, outbox, put, settled, START, waiting } from './outbox-world.ts';

const BIG = 'x'.repeat(64 * 1024);

describe('what waits', () => {
  test('is not given up while a run goes on, however much it is', () => {
    for (let event = 0; event < 50; event += 1) put(event % 2 === 0 ? 'a' : 'b', BIG);
    expect(outbox.waitingBytes).toBeGreaterThan(CARRIED_EVENTS_BYTES);
    expect(dead()).toEqual([]);
  });

  test('is too much to be carried, and worth waiting for, while a customer takes it', () => {
    for (let event = 0; event < 5; event += 1) put('a', BIG);
    expect(isCrowded(outbox)).toBe(false);
    for (let event = 0; event < 10; event += 1) put('a', BIG);
    expect(isCrowded(outbox)).toBe(true);
    settled([], 1, 'a');
    expect(isCrowded(outbox)).toBe(false);
    put('b');
    expect(isCrowded(outbox)).toBe(true);
  });
});

describe('where room is needed', () => {
  test('the oldest events of all lanes go, as many as it takes and no more', () => {
    for (let event = 0; event < 20; event += 1) put(event % 2 === 0 ? 'a' : 'b', BIG);
    const before = outbox.waitingBytes;
    deadLetterOldest(outbox, 5 * BIG.length, context());
    expect(dead().sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
    expect(before - outbox.waitingBytes).toBeGreaterThanOrEqual(5 * BIG.length);
    expect([...waiting('a'), ...waiting('b')].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 15 }, (_, index) => index + 6),
    );
  });

  test('all go where it takes all', () => {
    for (let event = 0; event < 3; event += 1) put('a', BIG);
    deadLetterOldest(outbox, 1e9, context());
    expect([dead(), outbox.waitingBytes]).toEqual([[1, 2, 3], 0]);
  });

  test('an event that was on its way when it was given up, and arrives, is no dead letter', () => {
    for (let event = 0; event < 5; event += 1) put(LANE, BIG);
    deadLetterOldest(outbox, 2 * BIG.length, context());
    settled([1]);
    expect(dead()).toEqual([2]);
  });

  test('a lane emptied by it does not stay held up', () => {
    put('a', BIG);
    settled([], 1, 'a');
    put('b', BIG);
    deadLetterOldest(outbox, 1, context());
    expect(waiting('a')).toEqual([]);
    put('a');
    expect(dueNow('a')).toEqual([3]);
  });

  // The design: at most 1 MB is carried to the next run. (Temporal refuses more than 2 MB.)
  test.each([
    ['many small events', 20_000, 'digit'],
    ['letters of three bytes', 1_000, '会'.repeat(1_024)],
  ])('what is carried to the next run is at most 1 MB: %s', (_what, events, note) => {
    for (let event = 0; event < events; event += 1) put(LANE, note);
    const failure = { at: now, ok: false, result: 'no answer within 10000 ms', milliseconds: 10_000 };
    for (const sequence of waiting())
      for (let request = 0; request < 20; request += 1)
        logAttempt(outbox.log, { ...failure, url: 'callbackUrl', sequence });
    const state = { ...initialState(SETTINGS, START), outbox };
    const run = { workflowId: 'conference/u-1/conf-abc', runId: 'run-1' };
    makeRoom(state, run, context());
    const bytes = Buffer.byteLength(JSON.stringify(carried(state, run)));
    expect(bytes).toBeLessThanOrEqual(MAX_CARRIED_BYTES);
    expect(bytes).toBeGreaterThan(0.95 * MAX_CARRIED_BYTES);
    expect(waiting().at(-1)).toBe(events);
  });
});
