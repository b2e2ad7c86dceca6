import { beforeEach, expect, test } from '@jest/globals';
import type { CallbackEvent } from '../../src/catapult/events.ts';
import { classify, type Verdict } from '../../src/conference/facts/dedupe.ts';
import { emptyDedupeMemory, type Channel, type DedupeMemory } from '../../src/conference/state/dedupe.ts';

/* What is remembered to know repetitions by. */

let memory: DedupeMemory;
let now: number;
beforeEach(() => {
  memory = emptyDedupeMemory();
  now = Date.UTC(2026, 0, 1);
});

function sees(event: CallbackEvent, channel: Channel = 'primary'): Verdict {
  return classify(memory, { event, channel, digest: JSON.stringify(event), arrivedAt: now });
}

const digit = (press: number): CallbackEvent => ({ eventType: 'dtmf', press });

test('it is forgotten after 10 minutes, but for the last 200 arrivals', () => {
  for (let press = 0; press < 500; press += 1) sees(digit(press));
  now += 600_001;
  sees(digit(500));
  expect(memory.arrivals).toHaveLength(200);
  expect(memory.arrivals[0]?.digest).toBe(JSON.stringify(digit(301)));
});

test.each([
  ['within 10 minutes is a repetition', 600_000, 'repeated'],
  ['after them is late', 600_001, 'late'],
])('an older state of a member that comes again %s', (_when, afterMs, verdict) => {
  const since = (minute: number, mute: boolean): CallbackEvent => ({
    ...{ eventType: 'conference-member', memberId: 'm', state: 'active', mute },
    time: `2026-01-01T00:0${minute}:00Z`,
  });
  sees(since(0, false));
  sees(since(1, true));
  now += afterMs;
  expect(sees(since(0, false), 'fallback')).toBe(verdict);
});

test('it is at most 1,000 arrivals, the latest', () => {
  for (let press = 0; press < 1_500; press += 1) sees(digit(press));
  expect(memory.arrivals).toHaveLength(1_000);
  expect(sees(digit(1_499), 'fallback')).toBe('repeated');
  expect(sees(digit(501), 'fallback')).toBe('repeated');
  expect(sees(digit(499), 'fallback')).toBe('new');
});

test('of members it is 501 at most: those that left first are forgotten first, and those that are there never', () => {
  const member = (id: string, state: string) => ({
    eventType: 'conference-member',
    memberId: id,
    state,
    time: '2026',
  });
  sees(member('here', 'active'));
  for (let n = 0; n < 600; n += 1) {
    expect(sees(member(`m-${n}`, 'active'))).toBe('new');
    expect(sees(member(`m-${n}`, 'completed'))).toBe('new');
    expect(Object.keys(memory.members).length).toBeLessThanOrEqual(501);
  }
  expect(sees(member('here', 'active'))).toBe('repeated');
  expect(sees(member('m-599', 'completed'))).toBe('repeated');
  expect(memory.members).not.toHaveProperty(['member m-0']);
});

test('it is plain JSON', () => {
  sees(digit(1));
  sees({
    eventType: 'conference-member',
    memberId: 'm',
    state: 'active',
    time: '2026-01-01T00:00:00Z',
    mute: 'true',
  });
  sees({ eventType: 'conference', status: 'created' });
  expect(JSON.parse(JSON.stringify(memory))).toStrictEqual(memory);
});
