import { describe, expect, test } from '@jest/globals';
import { tryAtOnce } from '../../src/workflows/outbox.ts';
import { allBut, deliverAll, dueNow, HOUR, laneOf, MINUTE, outbox, put, START, waiting } from './outbox-world.ts';

describe('another callbackUrl', () => {
  test('lets all that waits be tried at once, from the first', () => {
    for (let event = 0; event < 3; event += 1) put();
    deliverAll(allBut(1, 3), START + 30 * MINUTE);
    expect(waiting()).toEqual([1, 3]);
    expect(dueNow()).toBeUndefined();
    tryAtOnce(outbox);
    expect(dueNow()).toEqual([1, 3]);
    expect(laneOf()).toMatchObject({ failures: 0 });
  });

  test('lets an event that backs off alone be tried at once', () => {
    put();
    put();
    deliverAll(allBut(1), START + HOUR);
    expect(dueNow()).toBeUndefined();
    tryAtOnce(outbox);
    expect(dueNow()).toEqual([1]);
  });
});
