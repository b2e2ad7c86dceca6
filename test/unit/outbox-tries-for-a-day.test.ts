import { describe, expect, test } from '@jest/globals';
import { RETRY_WINDOW_MS } from '../../src/conference/budget.ts';
import { isEmpty, nextBatch } from '../../src/conference/outbox/outbox.ts';
import { recordOf } from '../../src/conference/state/event-log.ts';
import {
  allBut,
  dead,
  deliverAll,
  dueNow,
  HOUR,
  LANE,
  nothing,
  now,
  outbox,
  pass,
  pausesOf,
  put,
  START,
} from './outbox-world.ts';

describe('the retry window', () => {
  test('an event that is never taken is tried for 24 hours from its acceptance, and then is a dead letter', () => {
    put();
    const attempted = deliverAll(nothing);
    expect(pausesOf(attempted).slice(0, 11)).toEqual([1, 2, 5, 10, 30, 60, 120, 240, 240, 240, 240]);
    expect(attempted.at(-1)?.at).toBe(START + RETRY_WINDOW_MS);
    expect(outbox.deadLetters).toEqual([{ sequence: 1, at: START + RETRY_WINDOW_MS }]);
    expect(recordOf(outbox.log, 1)).toMatchObject({ sequence: 1, status: 'dead' });
    expect(isEmpty(outbox)).toBe(true);
  });

  test('is as long as the conference was started with', () => {
    outbox.retryWindowMs = HOUR;
    put();
    expect(deliverAll(nothing).at(-1)?.at).toBe(START + HOUR);
    expect(dead()).toEqual([1]);
  });

  test('each event has its own: a later one is still tried', () => {
    put();
    pass(HOUR);
    put();
    const attempted = deliverAll(nothing);
    expect(dead()).toEqual([1, 2]);
    expect(attempted.at(-1)?.at).toBe(START + HOUR + RETRY_WINDOW_MS);
  });

  test('an event that backs off alone dies alone, at its 24th hour', () => {
    put();
    put();
    deliverAll(allBut(1));
    expect(dead()).toEqual([1]);
    expect(now).toBe(START + RETRY_WINDOW_MS);
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
