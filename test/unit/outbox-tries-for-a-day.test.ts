import { describe, expect, test } from '@jest/globals';
import { isEmpty, nextBatch, RETRY_WINDOW } from '../../src/workflows/outbox.ts';
import {
  allBut,
  dead,
  deliverAll,
  dueNow,
  HOUR,
  LANE,
  minutesOf,
  nothing,
  now,
  outbox,
  pass,
  put,
  START,
} from './outbox-world.ts';

describe('the retry window', () => {
  test('an event that is never taken is tried for 24 hours from its acceptance, and then is a dead letter', () => {
    put();
    const attempted = deliverAll(nothing);
    expect(minutesOf(attempted)).toEqual([0, 1, 3, 8, 18, 48, 108, 228, 468, 708, 948, 1188, 1428, 1440]);
    expect(outbox.deadLetters).toEqual([{ id: 'evt-abc-1', sequence: 1, runId: 'run-1' }]);
    expect(isEmpty(outbox)).toBe(true);
  });

  test('each event has its own: a later one is still tried', () => {
    put();
    pass(HOUR);
    put();
    const attempted = deliverAll(nothing);
    expect(dead()).toEqual([1, 2]);
    expect(attempted.at(-1)?.at).toBe(START + HOUR + RETRY_WINDOW);
  });

  test('an event that backs off alone dies alone, at its 24th hour', () => {
    put();
    put();
    deliverAll(allBut(1));
    expect(dead()).toEqual([1]);
    expect(now).toBe(START + RETRY_WINDOW);
  });

  test('a lane whose events all died begins anew: it takes all that comes at once, with its short retries', () => {
    put();
    deliverAll(nothing);
    put();
    put();
    expect(dueNow()).toEqual([2, 3]);
    expect(nextBatch(outbox, LANE, now)?.shortRetries).toBe(true);
  });
});
