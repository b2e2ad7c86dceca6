import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RETRY_WINDOW_MS } from '../../src/conference/budget.ts';
import {
  enqueue,
  isEmpty,
  nextBatch,
  nextTryAt,
  settleDelivery,
  tryAtOnce,
} from '../../src/conference/outbox/outbox.ts';
import { emptyOutbox, type Outbox } from '../../src/conference/state/outbox.ts';
import { took } from './outbox-took.ts';

/* What holds for the outbox in any history of events and deliveries. */

const START = Date.UTC(2026, 0, 1);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const context = (now: number) => ({ conferenceId: 'conf-abc', runId: 'run', now });
const waitingIn = (outbox: Outbox) => Object.values(outbox.lanes).flatMap(({ waiting }) => waiting);

const laneName = fc.constantFrom('conference', 'call-1');
const pause = fc.constantFrom(0, SECOND, 30 * SECOND, MINUTE, 10 * MINUTE, 2 * HOUR, RETRY_WINDOW_MS);

type Act =
  | { do: 'enqueue'; lane: string; length: number }
  | { do: 'settle'; lane: string; delivers: number; fails: boolean }
  | { do: 'settle stale'; lane: string; sequences: number[]; failed: number }
  | { do: 'try at once' };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('enqueue' as const),
      lane: laneName,
      length: fc.constantFrom(0, 10, 1_000, 1_000, 60_000),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      lane: laneName,
      delivers: fc.nat({ max: 5 }),
      fails: fc.boolean(),
    }),
  },
  {
    // A delivery that reports events which have become dead letters, or been delivered, meanwhile.
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('settle stale' as const),
      lane: laneName,
      sequences: fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 4 }),
      failed: fc.integer({ min: 1, max: 60 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Act>({ do: 'try at once' }) },
);

const acts = fc.array(fc.record({ after: pause, act }), { maxLength: 60, size: 'max' });

function perform(outbox: Outbox, next: Act, now: number): void {
  switch (next.do) {
    case 'enqueue':
      return enqueue(outbox, next.lane, { eventType: 'dtmf', note: 'x'.repeat(next.length) }, context(now));
    case 'settle': {
      const events = nextBatch(outbox, next.lane, now)?.events ?? [];
      const delivered = events.slice(0, next.delivers).map(({ sequence }) => sequence);
      const stoppedAt = next.fails ? events[delivered.length] : undefined;
      const failed = stoppedAt === undefined ? {} : { failed: { sequence: stoppedAt.sequence, error: '500' } };
      return settleDelivery(outbox, next.lane, { attempts: took(delivered, now), ...failed }, context(now));
    }
    case 'settle stale': {
      const failed = { sequence: next.failed, error: '500' };
      const delivered = next.sequences.filter((sequence) => sequence !== next.failed);
      return settleDelivery(outbox, next.lane, { attempts: took(delivered, now), failed }, context(now));
    }
    case 'try at once':
      return tryAtOnce(outbox);
  }
}

function checkAfterEach(check: (outbox: Outbox, now: number) => void): void {
  fc.assert(
    fc.property(acts, (history) => {
      const outbox = emptyOutbox();
      let now = START;
      for (const { after, act: next } of history) {
        now += after;
        perform(outbox, next, now);
        check(outbox, now);
      }
    }),
    { numRuns: 150 },
  );
}

describe('in any history', () => {
  test('every event is delivered, waits or is dead: one of the three', () => {
    checkAfterEach((outbox) => {
      const elsewhere = [...waitingIn(outbox), ...outbox.deadLetters].map(({ sequence }) => sequence);
      const onRecord = outbox.log.accepted.filter(({ status }) => status === 'delivered');
      // A stale answer can be about what waits in another lane.
      const delivered = onRecord.filter(({ sequence }) => !waitingIn(outbox).some((one) => one.sequence === sequence));
      assert.equal(new Set(elsewhere).size, elsewhere.length);
      assert.equal(delivered.length + elsewhere.length, outbox.nextSequence - 1);
    });
  });

  test('the size of what waits is the sum of its sizes', () => {
    checkAfterEach((outbox) => {
      const sizes = waitingIn(outbox).map(({ bytes }) => bytes);
      assert.equal(
        outbox.waitingBytes,
        sizes.reduce((sum, size) => sum + size, 0),
      );
    });
  });

  test('each lane holds its events in the order of their acceptance', () => {
    checkAfterEach((outbox) => {
      for (const { waiting } of Object.values(outbox.lanes)) {
        const sequences = waiting.map(({ sequence }) => sequence);
        assert.deepEqual(
          sequences,
          [...sequences].sort((a, b) => a - b),
        );
      }
    });
  });

  test('a lane in which something waits has it due now, or knows when to try', () => {
    checkAfterEach((outbox, now) => {
      for (const [name, lane] of Object.entries(outbox.lanes)) {
        const at = nextTryAt(lane);
        assert.equal(at === undefined, lane.waiting.length === 0);
        if (at === undefined) continue;
        assert(nextBatch(outbox, name, Math.max(at, now))?.events.length);
        if (at > now) assert.equal(nextBatch(outbox, name, at - 1), undefined);
        assert(at <= now + 4 * HOUR);
      }
    });
  });
});

/** What becomes of an event at the customer: taken, never taken, or not taken during an outage. */
const fates = fc.record({
  events: fc.array(
    fc.record({
      after: fc.constantFrom(0, SECOND, MINUTE, 20 * MINUTE, 5 * HOUR),
      isPoison: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
    }),
    { minLength: 1, maxLength: 25 },
  ),
  outages: fc.array(fc.record({ from: fc.nat({ max: 30 * HOUR }), lasts: fc.constantFrom(MINUTE, HOUR, 30 * HOUR) }), {
    maxLength: 3,
  }),
});

type Fates = typeof fates extends fc.Arbitrary<infer Value> ? Value : never;

interface Attempted {
  sequence: number;
  at: number;
  ok: boolean;
}

/** Events come, the customer takes them or not, the alarm rings: until nothing waits. */
function deliverAll({ events, outages }: Fates): { outbox: Outbox; attempted: Attempted[]; accepted: number[] } {
  const outbox = emptyOutbox();
  const attempted: Attempted[] = [];
  const accepted: number[] = [];
  let now = START;
  const takes = (sequence: number) =>
    events[sequence - 1]?.isPoison === false &&
    !outages.some(({ from, lasts }) => now >= START + from && now < START + from + lasts);

  const deliverDue = () => {
    for (let batch = nextBatch(outbox, 'lane', now); batch; batch = nextBatch(outbox, 'lane', now)) {
      const stoppedAt = batch.events.find(({ sequence }) => !takes(sequence));
      const passed = batch.events.slice(0, stoppedAt === undefined ? undefined : batch.events.indexOf(stoppedAt));
      attempted.push(...passed.map(({ sequence }) => ({ sequence, at: now, ok: true })));
      if (stoppedAt !== undefined) attempted.push({ sequence: stoppedAt.sequence, at: now, ok: false });
      const failed = stoppedAt === undefined ? {} : { failed: { sequence: stoppedAt.sequence, error: '500' } };
      const attempts = took(
        passed.map(({ sequence }) => sequence),
        now,
      );
      settleDelivery(outbox, 'lane', { attempts, ...failed }, context(now));
      assert(attempted.length < 5_000, 'the alarm does not get on');
    }
  };
  const deliverUntil = (end: number) => {
    deliverDue();
    for (let at = nextAlarm(outbox); at !== undefined && at <= end; at = nextAlarm(outbox)) {
      assert(at > now, 'the alarm rings for what has passed');
      now = at;
      deliverDue();
    }
  };

  for (const { after } of events) {
    const comes = now + after;
    deliverUntil(comes);
    now = comes;
    accepted.push(now);
    enqueue(outbox, 'lane', { eventType: 'dtmf' }, context(now));
  }
  deliverUntil(Infinity);
  return { outbox, attempted, accepted };
}

function nextAlarm(outbox: Outbox): number | undefined {
  const lane = outbox.lanes['lane'];
  return lane && nextTryAt(lane);
}

describe('whatever the customer takes', () => {
  test('the alarm always gets on, until nothing waits', () => {
    fc.assert(
      fc.property(fates, (random) => expect(isEmpty(deliverAll(random).outbox)).toBe(true)),
      { numRuns: 150 },
    );
  });

  test('an event is delivered once, or is dead after the whole of its 24 hours', () => {
    fc.assert(
      fc.property(fates, (random) => {
        const { outbox, attempted, accepted } = deliverAll(random);
        const delivered = attempted.filter(({ ok }) => ok).map(({ sequence }) => sequence);
        const dead = outbox.deadLetters.map(({ sequence }) => sequence);
        expect([...delivered, ...dead].sort((a, b) => a - b)).toEqual(accepted.map((_, index) => index + 1));
        for (const { sequence, at } of attempted) {
          if (!dead.includes(sequence)) continue;
          assert(at <= (accepted[sequence - 1] ?? 0) + RETRY_WINDOW_MS + 4 * HOUR);
        }
        const lastTry = attempted.at(-1)?.at ?? 0;
        for (const sequence of dead)
          expect(lastTry).toBeGreaterThanOrEqual((accepted[sequence - 1] ?? 0) + RETRY_WINDOW_MS);
      }),
      { numRuns: 150 },
    );
  });

  test('poison events cost the good ones neither delivery nor order', () => {
    fc.assert(
      fc.property(fates, ({ events }) => {
        const { attempted } = deliverAll({ events, outages: [] });
        const delivered = attempted.filter(({ ok }) => ok).map(({ sequence }) => sequence);
        expect(delivered).toEqual(events.flatMap(({ isPoison }, index) => (isPoison ? [] : [index + 1])));
      }),
      { numRuns: 200 },
    );
  });

  test('a dead host is asked no more than a few times an hour', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, SECOND, HOUR), { minLength: 1, maxLength: 25 }), (pauses) => {
        const events = pauses.map((after) => ({ after, isPoison: true }));
        const { attempted, accepted } = deliverAll({ events, outages: [] });
        const hours = ((attempted.at(-1)?.at ?? 0) - (accepted[0] ?? 0)) / HOUR;
        expect(attempted.length).toBeLessThanOrEqual(8 + hours + 2 * events.length);
      }),
      { numRuns: 100 },
    );
  });
});
