import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CallbackEvent } from '../../src/catapult/events.ts';
import { classify, type Verdict } from '../../src/conference/facts/dedupe.ts';
import { emptyDedupeMemory, type Channel, type DedupeMemory } from '../../src/conference/state/dedupe.ts';

/* The platform sends an event once to each of our two URLs at most, without an id: what is a repetition, kind by kind. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let memory: DedupeMemory;
let now: number;
beforeEach(() => {
  memory = emptyDedupeMemory();
  now = Date.UTC(2026, 0, 1);
});

function sees(event: CallbackEvent, channel: Channel = 'primary'): Verdict {
  return classify(memory, { event, channel, digest: JSON.stringify(event), arrivedAt: now });
}

describe('a conference', () => {
  const status = (value: string, createdTime = '2026-01-01T00:00:00Z'): CallbackEvent => ({
    eventType: 'conference',
    conferenceId: 'c',
    status: value,
    createdTime,
  });

  test('takes on each status once, on whichever channel and however much later it comes again', () => {
    expect(sees(status('created'))).toBe('new');
    expect(sees(status('created'), 'fallback')).toBe('repeated');
    expect(sees(status('created'))).toBe('repeated');
    now += 60 * MINUTE;
    expect(sees(status('created', 'other'), 'fallback')).toBe('repeated');
    expect(sees(status('completed'))).toBe('new');
  });
});

describe('a call', () => {
  const call = (eventType: string, callId = 'c-1'): CallbackEvent => ({
    eventType,
    callId,
    time: '2026-01-01T00:00:00Z',
  });

  test.each(['answer', 'hangup', 'timeout'])('tells its %s once, on whichever channel and whenever', (eventType) => {
    expect(sees(call(eventType))).toBe('new');
    expect(sees(call(eventType))).toBe('repeated');
    now += 60 * MINUTE;
    expect(sees(call(eventType), 'fallback')).toBe('repeated');
    expect(sees(call(eventType, 'c-2'))).toBe('new');
  });
});

describe('a member', () => {
  const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`;
  const member = (fields: Partial<CallbackEvent> = {}): CallbackEvent => ({
    eventType: 'conference-member',
    conferenceId: 'c',
    memberId: 'm-1',
    state: 'active',
    mute: false,
    hold: false,
    time: at(10),
    ...fields,
  });
  const left = (fields: Partial<CallbackEvent> = {}) => member({ state: 'completed', time: at(30), ...fields });

  test('joins once', () => {
    expect(sees(member())).toBe('new');
    expect(sees(member(), 'fallback')).toBe('repeated');
    expect(sees(member())).toBe('repeated');
  });

  test('leaves once, whatever else the second event says', () => {
    sees(member());
    expect(sees(left())).toBe('new');
    expect(sees(left(), 'fallback')).toBe('repeated');
    expect(sees(left({ time: at(40), mute: true }))).toBe('repeated');
  });

  test('may be seen leaving first: its joining, overtaken, is told but not applied', () => {
    expect(sees(left())).toBe('new');
    expect(sees(member())).toBe('late');
    expect(memory.members['member m-1']?.state).toBe('completed');
  });

  test('that has left does not come back', () => {
    sees(left());
    expect(sees(member({ time: at(50) }))).toBe('late');
    expect(memory.members['member m-1']?.state).toBe('completed');
  });

  test('is another than the next', () => {
    sees(member());
    expect(sees(member({ memberId: 'm-2' }))).toBe('new');
    expect(Object.keys(memory.members)).toEqual(['member m-1', 'member m-2']);
  });

  describe('that is muted or held is classified by the time of the event', () => {
    test('later is new, with equal values too', () => {
      sees(member());
      expect(sees(member({ mute: true, time: at(11) }))).toBe('new');
      expect(sees(member({ mute: true, time: at(12) }))).toBe('new');
    });

    test('the same time with the values it has is a repetition, on either channel', () => {
      sees(member());
      sees(member({ mute: true, time: at(11) }));
      expect(sees(member({ mute: true, time: at(11) }), 'fallback')).toBe('repeated');
      expect(sees(member({ mute: true, time: at(11) }))).toBe('repeated');
    });

    test.each([{ mute: true }, { hold: true }])('the same time with another value is new: %j', (value) => {
      sees(member());
      expect(sees(member(value))).toBe('new');
      expect(sees(member())).toBe('new');
    });

    test('the same instant may be written in another way', () => {
      sees(member({ time: '2026-01-01T00:00:10Z' }));
      expect(sees(member({ time: '2026-01-01T01:00:10+01:00' }), 'fallback')).toBe('repeated');
    });

    test('earlier is a repetition if an equal body was taken within 10 minutes', () => {
      sees(member());
      sees(member({ mute: true, time: at(20) }));
      now += 10 * MINUTE;
      expect(sees(member(), 'fallback')).toBe('repeated');
      now += 1;
      expect(sees(member(), 'fallback')).toBe('late');
    });

    test('earlier without such a body is told, but does not change the member', () => {
      sees(member({ mute: true, time: at(20) }));
      expect(sees(member({ hold: true, time: at(15) }))).toBe('late');
      expect(sees(member({ mute: true, time: at(20) }))).toBe('repeated');
    });

    test('a late event comes once too', () => {
      sees(member({ time: at(20) }));
      expect(sees(member({ mute: true, time: at(15) }))).toBe('late');
      expect(sees(member({ mute: true, time: at(15) }), 'fallback')).toBe('repeated');
    });

    test('without a time it is classified as an event without state', () => {
      sees(member());
      const muted = member({ mute: true });
      delete muted.time;
      expect(sees(muted)).toBe('new');
      expect(sees(muted, 'fallback')).toBe('repeated');
      expect(sees(muted)).toBe('new');
    });
  });

  test('comes to the same end in whatever order and however often its events arrive', () => {
    const events = [member(), member({ mute: true, time: at(12) }), member({ hold: true, time: at(14) }), left()];
    const copies = events.flatMap((event) => [
      { event, channel: 'primary' as const },
      { event, channel: 'fallback' as const },
    ]);
    fc.assert(
      fc.property(fc.shuffledSubarray(copies, { minLength: copies.length }), (arrivals) => {
        memory = emptyDedupeMemory();
        const taken = arrivals.filter(({ event, channel }) => sees(event, channel) !== 'repeated');
        expect(taken.map(({ event }) => event.time).sort()).toEqual(events.map(({ time }) => time));
        expect(memory.members['member m-1']).toMatchObject({ state: 'completed' });
      }),
      { numRuns: 300 },
    );
  });
});

describe.each([
  ['a digit', { eventType: 'dtmf', callId: 'call', dtmfDigit: '1', time: '2026-01-01T00:00:10Z' }],
  ['a playback', { eventType: 'conference-playback', conferenceId: 'c', status: 'started' }],
  ['a sentence spoken', { eventType: 'conference-speak', conferenceId: 'c', status: 'done' }],
  ['an event of a type we do not know', { eventType: 'conference-new-thing', conferenceId: 'c', memberId: 'm-1' }],
  ['a member’s event that names no member', { eventType: 'conference-member', conferenceId: 'c' }],
  ['a conference’s event without a status', { eventType: 'conference', conferenceId: 'c' }],
] satisfies [string, CallbackEvent][])('%s', (_what, event: CallbackEvent) => {
  test('on the fallback pairs with one equal arrival on the primary within 60 s', () => {
    expect(sees(event)).toBe('new');
    now += 60 * SECOND;
    expect(sees(event, 'fallback')).toBe('repeated');
  });

  test('on the fallback is another one after more than 60 s', () => {
    sees(event);
    now += 60 * SECOND + 1;
    expect(sees(event, 'fallback')).toBe('new');
  });

  test('twice on one channel are two', () => {
    expect(sees(event)).toBe('new');
    expect(sees(event)).toBe('new');
    memory = emptyDedupeMemory();
    expect(sees(event, 'fallback')).toBe('new');
    expect(sees(event, 'fallback')).toBe('new');
  });

  test('pairs each arrival once: two on each channel are two in all', () => {
    const verdicts = [sees(event), sees(event), sees(event, 'fallback'), sees(event, 'fallback')];
    expect(verdicts).toEqual(['new', 'new', 'repeated', 'repeated']);
    expect(sees(event, 'fallback')).toBe('new');
  });

  test('on the primary after the fallback is its repetition as well', () => {
    sees(event, 'fallback');
    expect(sees(event)).toBe('repeated');
  });

  test('with another body is another event', () => {
    sees(event);
    expect(sees({ ...event, callId: 'other' }, 'fallback')).toBe('new');
  });

  test('within a minute there are as many as came on the busier channel', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom<Channel>('primary', 'fallback'), { maxLength: 12 }), (channels) => {
        memory = emptyDedupeMemory();
        const fresh = channels.filter((channel) => sees(event, channel) === 'new').length;
        const on = (wanted: Channel) => channels.filter((channel) => channel === wanted).length;
        expect(fresh).toBe(Math.max(on('primary'), on('fallback')));
      }),
    );
  });
});

describe('an event that waited in a gateway that was down', () => {
  const digit: CallbackEvent = { eventType: 'dtmf', press: 1 };
  const mute = (second: number): CallbackEvent => ({
    ...{ eventType: 'conference-member', memberId: 'm', state: 'active', mute: second % 2 === 0 },
    time: new Date(Date.UTC(2026, 0, 1) + second * SECOND).toISOString(),
  });

  test('pairs with its copy by when both arrived, however much later it is handed on', () => {
    const killedAt = now;
    now += 10 * SECOND;
    expect(sees(digit, 'fallback')).toBe('new');
    now += 30 * MINUTE;
    expect(sees({ eventType: 'dtmf', press: 2 })).toBe('new');
    now = killedAt;
    expect(sees(digit)).toBe('repeated');
  });

  test('is another one where more than a minute lies between the two arrivals', () => {
    const killedAt = now;
    now += 61 * SECOND;
    expect(sees(digit, 'fallback')).toBe('new');
    now = killedAt;
    expect(sees(digit)).toBe('new');
  });

  test('is no mute of its own where an equal one arrived within 10 minutes', () => {
    sees(mute(0));
    const killedAt = now;
    now += 10 * SECOND;
    expect([sees(mute(1), 'fallback'), sees(mute(2))]).toEqual(['new', 'new']);
    now = killedAt;
    expect(sees(mute(1))).toBe('repeated');
  });
});
