import { describe, expect, test } from '@jest/globals';
import { acceptedBy, enqueue, leaveGap, nextBatch } from '../../src/conference/outbox/outbox.ts';
import { carriedLog } from '../../src/conference/state/event-log.ts';
import {
  context,
  deliverAll,
  deliveredOf,
  dueNow,
  everything,
  LANE,
  now,
  outbox,
  pass,
  put,
  settled,
  waiting,
} from './outbox-world.ts';

describe('order', () => {
  test('what waits is delivered in the order of its acceptance', () => {
    for (let event = 0; event < 5; event += 1) put();
    expect(dueNow()).toEqual([1, 2, 3, 4, 5]);
    expect(deliveredOf(deliverAll(everything))).toEqual([1, 2, 3, 4, 5]);
  });

  test('events are numbered through all lanes, those without a lane too', () => {
    put('a');
    put('b');
    enqueue(outbox, undefined, { eventType: 'dtmf' }, context());
    put('a');
    expect(waiting('a')).toEqual([1, 4]);
    expect(waiting('b')).toEqual([2]);
    expect(outbox.nextSequence).toBe(5);
  });

  test('numbers that a lease has left are no events, until theirs come', () => {
    put();
    leaveGap(outbox, 10);
    put();
    expect(acceptedBy(outbox)).toBe(2);
    enqueue(outbox, LANE, { eventType: 'dtmf' }, context(), { numbered: 5 });
    expect(acceptedBy(outbox)).toBe(3);
    expect(waiting(LANE)).toEqual([1, 5, 10]);
  });

  test('a number of an earlier run is taken, though that has the event; one that a lease has left is free, once', () => {
    put();
    leaveGap(outbox, 10);
    // As the next run begins, with nothing that waits.
    const { nextSequence: first } = outbox;
    settled([1]);
    outbox.log = carriedLog(outbox.log, { workflowId: 'w', runId: 'run-1' }, { sequence: first, waiting: [] });
    for (const numbered of [1, 5, 5]) enqueue(outbox, LANE, { eventType: 'dtmf' }, context(), { numbered });
    expect(waiting(LANE)).toEqual([5, 10, 11]);
  });

  test('an event’s id is its conference’s and its number', () => {
    put();
    expect(nextBatch(outbox, LANE, now)?.events[0]?.id).toMatch(/^evt-abc-1-[a-z0-9]{7}$/);
  });

  test('after an event that failed none behind it is sent', () => {
    for (let event = 0; event < 3; event += 1) put();
    settled([1], 2);
    expect(waiting()).toEqual([2, 3]);
    pass(1_000);
    expect(dueNow()).toEqual([2, 3]);
  });

  test('a batch holds at most 100 events, and 256 KB unless one event is larger', () => {
    for (let event = 0; event < 101; event += 1) put();
    expect(dueNow()).toHaveLength(100);
    const big = 'x'.repeat(100 * 1024);
    for (let event = 0; event < 3; event += 1) put('big', big);
    expect(dueNow('big')).toEqual([102, 103]);
    put('huge', 'x'.repeat(300 * 1024));
    put('huge');
    expect(dueNow('huge')).toEqual([105]);
  });
});
