import { describe, expect, test } from '@jest/globals';
import type { EventResource } from '../../src/catapult/resources.ts';
import type { Delivery } from '../support/customer.ts';
import { countDeliveries, type LoggedConference } from '../support/deliveries/count.ts';

/* The fault tests hold promises against this count: here it is shown that it finds what breaks them. */

const START = Date.parse('2026-01-31T12:00:00Z');

function event(sequence: number, attempts: [at: number, ok: boolean][], state: EventResource['state'] = 'delivered') {
  return {
    id: `evt-${sequence}`,
    sequence,
    state,
    source: 'platform' as const,
    acceptedTime: new Date(START).toISOString(),
    body: { eventType: 'dtmf' },
    attempts: attempts.map(([at, ok]) => ({
      time: new Date(START + at).toISOString(),
      url: 'callbackUrl' as const,
      ok,
      result: ok ? '200' : '500',
      milliseconds: 1,
    })),
  };
}

const OURS = { conferenceId: 'conf-ours' };

const arrival = (sequence: number, at: number, answered?: number): Delivery => ({
  ...OURS,
  path: '/callback',
  webhookId: `evt-${sequence}`,
  sequence,
  event: { eventType: 'dtmf' },
  at: START + at,
  answered,
});

type Told = Partial<LoggedConference> & { arrivals?: Delivery[] };

const counted = ({ arrivals = [], events = [], ...told }: Told) =>
  countDeliveries([{ ...OURS, sent: events.length, events, askedAgain: new Map(), ...told }], arrivals);

const NOTHING_BROKEN = { lost: [], afterRecord: [], afterAnswer: [], outOfOrder: [] };

describe('nothing is broken', () => {
  test('by an event that is sent again where no answer came', () => {
    const events = [
      event(1, [
        [0, false],
        [1_000, true],
      ]),
      event(2, [[1_001, true]]),
    ];
    const arrivals = [arrival(1, 0), arrival(1, 1_000, 200), arrival(2, 1_001, 200)];
    const count = counted({ events, arrivals });
    expect(count).toMatchObject({ ...NOTHING_BROKEN, accepted: 2, delivered: 2, dead: 0, duplicates: 1 });
  });

  test('by an answer of an error and one that takes it in the same millisecond', () => {
    const count = counted({
      events: [
        event(1, [
          [0, false],
          [0, true],
        ]),
      ],
      arrivals: [arrival(1, 0, 302), arrival(1, 0, 200)],
    });
    expect(count).toMatchObject({ ...NOTHING_BROKEN, duplicates: 1 });
  });

  test('by what was to be delivered again', () => {
    const events = [
      event(1, [
        [0, true],
        [9, true],
      ]),
      event(2, [[1, true]]),
    ];
    const arrivals = [arrival(1, 0, 200), arrival(2, 1, 200), arrival(1, 9, 200)];
    const count = counted({ events, arrivals, askedAgain: new Map([['evt-1', 1]]) });
    expect(count).toMatchObject({ ...NOTHING_BROKEN, duplicates: 0 });
  });

  test('by a dead letter', () => {
    const count = counted({ events: [event(1, [[0, false]], 'dead')], arrivals: [arrival(1, 0, 410)] });
    expect(count).toMatchObject({ ...NOTHING_BROKEN, delivered: 0, dead: 1 });
  });
});

describe('it is found', () => {
  test('that an event was sent again although its answer was on record', () => {
    const count = counted({ events: [event(1, [[0, true]])], arrivals: [arrival(1, 0, 200), arrival(1, 5, 200)] });
    expect(count).toMatchObject({ ...NOTHING_BROKEN, duplicates: 1, afterRecord: [expect.stringContaining('evt-1')] });
  });

  test('that an event was sent again since the record of its answer was lost', () => {
    const count = counted({ events: [event(1, [[5, true]])], arrivals: [arrival(1, 0, 200), arrival(1, 5, 200)] });
    expect(count).toMatchObject({ ...NOTHING_BROKEN, duplicates: 1, afterAnswer: [expect.stringContaining('evt-1')] });
  });

  test('that the customer took an event after a later one', () => {
    const events = [event(1, [[5, true]]), event(2, [[0, true]])];
    const count = counted({ events, arrivals: [arrival(2, 0, 200), arrival(1, 5, 200)] });
    expect(count).toMatchObject({ ...NOTHING_BROKEN, outOfOrder: ['evt-1 was taken after number 2'] });
  });

  test.each<[string, Told]>([
    ['is still waiting', { events: [event(1, [], 'waiting')] }],
    ['is told to be delivered and never was', { events: [event(1, [[0, true]])], arrivals: [arrival(1, 0, 500)] }],
    ['was sent and is not listed', { events: [], sent: 1 }],
    ['came and is not listed', { arrivals: [arrival(1, 0, 200)] }],
    ['is missing between two', { events: [event(2, [[0, true]])], arrivals: [arrival(2, 0, 200)] }],
  ])('that an event %s', (_what, evidence) => {
    expect(counted(evidence).lost).toHaveLength(1);
  });
});
