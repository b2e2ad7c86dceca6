import { describe, expect, test } from '@jest/globals';
import { enqueueRedelivery, tryAtOnce } from '../../src/conference/outbox/outbox.ts';
import {
  allBut,
  context,
  deliverAll,
  dueNow,
  HOUR,
  LANE,
  laneOf,
  MINUTE,
  nothing,
  outbox,
  put,
  START,
  waiting,
} from './outbox-world.ts';

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

describe('an event that waits and is asked for', () => {
  const askFor = (sequence: number) => {
    const record = outbox.log.accepted.find((one) => one.sequence === sequence);
    if (record === undefined) throw new Error(`there is no event ${sequence}`);
    enqueueRedelivery(outbox, LANE, record, context());
  };

  test('is tried at once, in its place and not twice', () => {
    for (let event = 0; event < 3; event += 1) put();
    deliverAll(nothing, START + 30 * MINUTE);
    expect(dueNow()).toBeUndefined();
    askFor(1);
    expect(dueNow()).toEqual([1]);
    expect(waiting()).toEqual([1, 2, 3]);
    expect(Object.keys(outbox.lanes)).toEqual([LANE]);
  });

  test('is tried at once though it backs off alone, and the others that do are not', () => {
    for (let event = 0; event < 4; event += 1) put();
    deliverAll(allBut(1, 3), START + HOUR);
    askFor(3);
    expect(dueNow()).toEqual([3]);
  });
});
