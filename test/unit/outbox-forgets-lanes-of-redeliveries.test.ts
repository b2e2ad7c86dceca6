import { expect, test } from '@jest/globals';
import { redeliveryLane } from '../../src/conference/outbox/lane-names.ts';
import { deadLetterAll, enqueueRedelivery, isEmpty, settleDelivery } from '../../src/conference/outbox/outbox.ts';
import {
  context,
  dead,
  deliverAll,
  deliverOnce,
  dueNow,
  everything,
  LANE,
  nothing,
  outbox,
  put,
  settled,
  waiting,
} from './outbox-world.ts';

/* Each call that was dialled may have a lane of redeliveries too, and a conference may dial for months. */

const AGAIN = redeliveryLane(LANE);

/** The first events are delivered, and then asked for again. */
function askedForAgain(count: number): void {
  for (let event = 0; event < count; event += 1) put();
  deliverAll(everything);
  for (const record of outbox.log.accepted) enqueueRedelivery(outbox, LANE, record, context());
  expect(Object.keys(outbox.lanes)).toEqual([LANE, AGAIN]);
}

test('a lane of redeliveries is gone when the last of them is delivered', () => {
  askedForAgain(2);
  settled([1], 2, AGAIN);
  expect(waiting(AGAIN)).toEqual([2]);
  settled([2], undefined, AGAIN);
  expect(Object.keys(outbox.lanes)).toEqual([LANE]);
  expect([isEmpty(outbox), outbox.waitingBytes]).toEqual([true, 0]);
});

test('also when they are given up, with all that failed', () => {
  askedForAgain(2);
  deliverOnce(nothing, AGAIN);
  deadLetterAll(outbox, AGAIN, context());
  expect(Object.keys(outbox.lanes)).toEqual([LANE]);
  expect(dead()).toEqual([1, 2]);
});

test('what a delivery tells that was under way meanwhile is booked, also in the lane that there is then', () => {
  askedForAgain(2);
  expect(dueNow(AGAIN)).toEqual([1, 2]);
  // It is under way with both when they are given up, and the second is asked for once more.
  deadLetterAll(outbox, AGAIN, context());
  const [, second] = outbox.log.accepted;
  if (second !== undefined) enqueueRedelivery(outbox, AGAIN, second, context());
  settled([1, 2], undefined, AGAIN);
  expect([dead(), Object.keys(outbox.lanes)]).toEqual([[], [LANE]]);
  // Nothing is left of it when the next one ends.
  settleDelivery(outbox, AGAIN, { attempts: [], busyForMs: 1_000, gone: ['https://customer.example'] }, context());
  expect(Object.keys(outbox.lanes)).toEqual([LANE]);
});

test('the lane of the conference stays, as it knows how its customer does', () => {
  put();
  deliverAll(everything);
  expect(Object.keys(outbox.lanes)).toEqual([LANE]);
});
