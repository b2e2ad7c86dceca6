import { describe, expect, test } from '@jest/globals';
import { nextBatch } from '../../src/conference/outbox/outbox.ts';
import {
  allBut,
  dead,
  deliverAll,
  deliveredOf,
  dueNow,
  goTo,
  HOUR,
  LANE,
  laneOf,
  MINUTE,
  now,
  outbox,
  put,
  settled,
  pausesOf,
  START,
  untilNextTry,
  waiting,
  withoutJitter,
  type Attempted,
} from './outbox-world.ts';

describe('after five minutes of failing', () => {
  test('each try takes the next event, and begins again with the first after the last', () => {
    for (let event = 0; event < 3; event += 1) put();
    const tried: (number | undefined)[] = [];
    for (let failure = 0; failure < 8; failure += 1) {
      const [first] = dueNow() ?? [];
      tried.push(first);
      settled([], first);
      untilNextTry();
    }
    // The first tries are at 0, 1, 3 and 8 minutes: the lane has failed for five minutes at the fourth.
    expect(tried).toEqual([1, 1, 1, 2, 3, 1, 2, 3]);
  });

  test('a try takes one event only', () => {
    put();
    put();
    settled([], 1);
    untilNextTry();
    expect(dueNow()).toEqual([1]);
  });

  test('the first success sends all that wait, in order', () => {
    for (let event = 0; event < 4; event += 1) put();
    const outage = { takes: (_sequence: number, at: number) => at >= START + 7 * MINUTE };
    const attempted = deliverAll(outage);
    expect(deliveredOf(attempted)).toEqual([2, 1, 3, 4]);
    expect(withoutJitter((now - START) / MINUTE - 3)).toBe(5);
  });
});

describe('a poison event among good ones', () => {
  test('all good ones are delivered, in order, and the poison one backs off alone', () => {
    for (let event = 0; event < 5; event += 1) put();
    const attempted = deliverAll(allBut(2), START + 2 * HOUR);
    expect(deliveredOf(attempted)).toEqual([1, 3, 4, 5]);
    expect(waiting()).toEqual([2]);
    const goodAt = attempted.filter(({ ok }) => ok).map(({ at }) => (at - START) / MINUTE);
    expect(Math.max(...goodAt)).toBeLessThan(10);
  });

  test('events accepted later pass it at once', () => {
    for (let event = 0; event < 3; event += 1) put();
    deliverAll(allBut(1), START + HOUR);
    put();
    expect(dueNow()).toEqual([4]);
  });

  test('its own pauses grow while the others pass', () => {
    put();
    put();
    const tries: Attempted[] = [];
    const customer = allBut(1);
    while (now < START + 20 * HOUR) {
      const attempted = deliverAll(customer, now + 10 * MINUTE);
      tries.push(...attempted.filter(({ sequence }) => sequence === 1));
      put();
    }
    // At 0, 1, 3 the lane waits for it; at 8 the second event passes, and from then on it is alone.
    expect(pausesOf(tries).slice(0, 10)).toEqual([1, 2, 5, 10, 30, 60, 120, 240, 240, 240]);
  });

  test('it gets no short retries any more, which would hold up the others', () => {
    put();
    put();
    deliverAll(allBut(1), START + HOUR);
    untilNextTry();
    expect(nextBatch(outbox, LANE, now)).toMatchObject({ events: [{ sequence: 1 }], shortRetries: false });
  });

  test('when it is due again during a short outage, the others still pass it after a minute', () => {
    put();
    put();
    deliverAll(allBut(1), START + 20 * MINUTE);
    goTo((laneOf().waiting[0]?.nextTryAt ?? 0) - 30_000);
    put();
    const outageEnds = now + 30_000;
    const acceptedAt = now;
    const attempted = deliverAll({ takes: (sequence, at) => sequence !== 1 && at >= outageEnds }, now + HOUR);
    const passed = attempted.find(({ sequence, ok }) => sequence === 3 && ok);
    expect(((passed?.at ?? Infinity) - acceptedAt) / MINUTE).toBeLessThanOrEqual(1);
  });

  test('it is delivered in the end if the customer takes it after all', () => {
    put();
    put();
    const attempted = deliverAll({ takes: (sequence, at) => sequence !== 1 || at > START + 3 * HOUR });
    expect(deliveredOf(attempted)).toEqual([2, 1]);
    expect(dead()).toEqual([]);
  });
});
