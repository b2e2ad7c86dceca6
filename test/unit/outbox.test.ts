import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  emptyOutbox,
  enqueue,
  isEmpty,
  MAX_WAITING_SIZE,
  nextBatch,
  nextTryAt,
  RETRY_WINDOW,
  settle,
  tryAtOnce,
  type Batch,
  type DeliveryResult,
  type Outbox,
} from '../../src/workflows/outbox.ts';

const LANE = 'conference';
const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let outbox: Outbox;
let now: number;
beforeEach(() => {
  outbox = emptyOutbox();
  now = START;
});

const context = () => ({ conferenceId: 'conf-abc', runId: 'run-1', now });
const put = (lane: string | undefined = LANE, note = '') =>
  enqueue(outbox, lane, { eventType: 'dtmf', note }, context());
const idOf = (sequence: number) => `evt-abc-${sequence}`;
const sequencesOf = (batch: Batch | undefined) => batch?.events.map(({ sequence }) => sequence);
const dueNow = (lane = LANE) => sequencesOf(nextBatch(outbox, lane, now));
const waiting = (lane = LANE) => (outbox.lanes[lane]?.waiting ?? []).map(({ sequence }) => sequence);
const dead = () => outbox.deadLetters.map(({ sequence }) => sequence);
const laneOf = (name = LANE) => {
  const lane = outbox.lanes[name];
  if (lane === undefined) throw new Error(`there is no lane ${name}`);
  return lane;
};

function settled(delivered: number[], failed?: number, lane = LANE): void {
  const result: DeliveryResult = { delivered: delivered.map(idOf) };
  if (failed !== undefined) result.failed = { id: idOf(failed), error: '500' };
  settle(outbox, lane, result, context());
}

/** Goes to the instant of the next try; gives the minutes that passed. */
function untilNextTry(): number {
  const at = nextTryAt(laneOf()) ?? now;
  const minutes = (at - now) / MINUTE;
  now = at;
  return minutes;
}

/** A customer who takes some events and not others. */
interface Customer {
  takes: (sequence: number, at: number) => boolean;
}

interface Attempted {
  sequence: number;
  at: number;
  ok: boolean;
}

/** Delivers what is due, as the activity does: in order, until the first that fails. */
function deliverOnce({ takes }: Customer, lane = LANE): Attempted[] {
  const batch = nextBatch(outbox, lane, now);
  if (batch === undefined) return [];
  const attempted: Attempted[] = [];
  for (const { sequence } of batch.events) {
    const ok = takes(sequence, now);
    attempted.push({ sequence, at: now, ok });
    if (!ok) break;
  }
  const passed = attempted.filter(({ ok }) => ok).map(({ sequence }) => sequence);
  settled(passed, attempted.find(({ ok }) => !ok)?.sequence, lane);
  return attempted;
}

/** Delivers until nothing waits, or until an instant; fails if the alarm does not get on. */
function deliverAll(customer: Customer, until = Infinity): Attempted[] {
  const attempted: Attempted[] = [];
  for (let round = 0; round < 5_000; round += 1) {
    const made = deliverOnce(customer);
    attempted.push(...made);
    if (made.length > 0) continue;
    const at = outbox.lanes[LANE] && nextTryAt(outbox.lanes[LANE]);
    if (at === undefined || at >= until) {
      if (Number.isFinite(until)) now = until;
      return attempted;
    }
    expect(at).toBeGreaterThan(now);
    now = at;
  }
  throw new Error('delivering never ends');
}

const everything: Customer = { takes: () => true };
const nothing: Customer = { takes: () => false };
const allBut = (...poison: number[]): Customer => ({ takes: (sequence) => !poison.includes(sequence) });
const deliveredOf = (attempted: Attempted[]) => attempted.filter(({ ok }) => ok).map(({ sequence }) => sequence);
const minutesOf = (attempted: Attempted[]) => attempted.map(({ at }) => (at - START) / MINUTE);

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

  test('an event’s id is its conference’s and its number', () => {
    put();
    expect(laneOf().waiting[0]?.id).toBe('evt-abc-1');
  });

  test('after an event that failed none behind it is sent', () => {
    for (let event = 0; event < 3; event += 1) put();
    settled([1], 2);
    expect(waiting()).toEqual([2, 3]);
    now += 1_000;
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
    now += MINUTE - 1;
    expect(dueNow()).toBeUndefined();
    put();
    expect(dueNow()).toBeUndefined();
    now += 1;
    expect(dueNow()).toEqual([1]);
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
    now += 1_000;
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
    const outage = { takes: (_sequence: number, at: number) => at >= START + 8 * MINUTE };
    const attempted = deliverAll(outage);
    expect(deliveredOf(attempted)).toEqual([2, 1, 3, 4]);
    expect(now).toBe(START + 8 * MINUTE);
  });
});

describe('a poison event among good ones', () => {
  test('all good ones are delivered, in order, and the poison one backs off alone', () => {
    for (let event = 0; event < 5; event += 1) put();
    const attempted = deliverAll(allBut(2), START + 2 * HOUR);
    expect(deliveredOf(attempted)).toEqual([1, 3, 4, 5]);
    expect(waiting()).toEqual([2]);
    const goodAt = minutesOf(attempted.filter(({ ok }) => ok));
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
    const tries: number[] = [];
    const customer = allBut(1);
    while (now < START + 20 * HOUR) {
      const attempted = deliverAll(customer, now + 10 * MINUTE);
      tries.push(...minutesOf(attempted.filter(({ sequence }) => sequence === 1)));
      put();
    }
    const pauses = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
    // At 0, 1, 3 the lane waits for it; at 8 the second event passes, and from then on it is alone.
    expect(pauses.slice(0, 10)).toEqual([1, 2, 5, 10, 30, 60, 120, 240, 240, 240]);
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
    now = (laneOf().waiting[0]?.nextTryAt ?? 0) - 30_000;
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
    now += HOUR;
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

describe('the bound on what waits', () => {
  const big = 'x'.repeat(64 * 1024);

  test('buries the oldest events of all lanes, and never the newest', () => {
    for (let event = 0; event < 20; event += 1) put(event % 2 === 0 ? 'a' : 'b', big);
    expect(outbox.waitingSize).toBeLessThanOrEqual(MAX_WAITING_SIZE);
    expect(outbox.waitingSize).toBeGreaterThan(MAX_WAITING_SIZE - 2 * big.length);
    const kept = [...waiting('a'), ...waiting('b')].sort((a, b) => a - b);
    expect([...dead(), ...kept]).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  test('buries as many as it takes', () => {
    for (let event = 0; event < 13; event += 1) put('a', big);
    const before = dead().length;
    put('b', 'x'.repeat(4 * 64 * 1024));
    expect(outbox.waitingSize).toBeLessThanOrEqual(MAX_WAITING_SIZE);
    expect(dead().length).toBeGreaterThan(before + 1);
    expect(waiting('b')).toEqual([14]);
  });

  // The design: at most 1 MB is carried to the next run. (Temporal refuses more than 2 MB.)
  test.each([
    ['many small events', 20_000, 'digit'],
    ['letters of three bytes', 1_000, '会'.repeat(1_024)],
  ])('keeps what is carried to the next run below 1 MB: %s', (_what, events, note) => {
    for (let event = 0; event < events; event += 1) put(LANE, note);
    expect(Buffer.byteLength(JSON.stringify(outbox.lanes))).toBeLessThanOrEqual(1024 * 1024);
  });

  test('a lane emptied by it does not stay held up', () => {
    put('a', big);
    settled([], 1, 'a');
    for (let event = 0; event < 15; event += 1) put('b', big);
    expect(waiting('a')).toEqual([]);
    put('a');
    expect(dueNow('a')).toEqual([17]);
  });
});
