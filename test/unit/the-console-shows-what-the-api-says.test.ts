import { describe, expect, test } from '@jest/globals';
import { grouped } from '../../src/console/model/dead-letters.ts';
import { merged, searchesFor } from '../../src/console/model/search.ts';
import { ServerEventReader } from '../../src/console/model/server-events.ts';
import { clockText, inWords } from '../../src/console/model/time.ts';
import { scrolledTo, shownRows } from '../../src/console/model/window.ts';

test('messages of a stream are read whole, however it is cut', () => {
  const stream = 'retry: 1000\n: follows\n\nid: 1\ndata: {"a":1}\n\n: still there\n\nid: 2\nevent: end\ndata: {}\n\n';
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const reader = new ServerEventReader();
    const came = [...reader.read(stream.slice(0, cut)), ...reader.read(stream.slice(cut))];
    expect(came).toEqual([
      { id: '1', event: 'message', data: '{"a":1}' },
      { id: '2', event: 'end', data: '{}' },
    ]);
  }
});

test('what somebody looks for is an id, a schedule, a number, or a call or a tag', () => {
  expect(searchesFor(' conf-abc ')).toEqual([{ id: 'conf-abc' }]);
  const scheduleId = `sched-${'a2'.repeat(13)}`;
  expect(searchesFor(scheduleId)).toEqual([{ scheduleId }]);
  expect(searchesFor('+19195551234')).toEqual([{ from: '+19195551234' }]);
  expect(searchesFor('c-123')).toEqual([{ callId: 'c-123' }, { tag: 'c-123' }]);
  expect(searchesFor('two words')).toEqual([{ tag: 'two words' }]);
  expect(searchesFor('"')).toEqual([]);
  expect(searchesFor('')).toEqual([{}]);
});

test('a conference that two searches have found is listed once', () => {
  const one = { id: 'conf-1', state: 'active', phase: 'active', from: '', activeMembers: 1, deadLetters: 0 } as const;
  expect(merged([[one], [one, { ...one, userId: 'u-2' }]])).toHaveLength(2);
});

test('a span of time is said in its two largest units', () => {
  const second = 1_000;
  expect([0, 59 * second, 60 * second, 3_661 * second, 90_000 * second].map(inWords)).toEqual([
    ...['0 s', '59 s', '1 min', '1 h 1 min', '1 d 1 h'],
  ]);
});

test('an instant is shown by the clocks of a zone, with its day unless that is today', () => {
  const now = Date.parse('2026-03-01T12:00:00Z');
  expect(clockText('2026-03-01T09:05:00Z', now, 'Europe/Berlin')).toBe('10:05:00');
  expect(clockText('2026-02-28T23:30:00Z', now, 'Europe/Berlin')).toBe('00:30:00');
  expect(clockText('2026-02-28T23:30:00Z', now, 'UTC')).toBe('2026-02-28 23:30:00');
});

describe('of a long list the rows in sight are drawn', () => {
  test('and few others', () => {
    expect(shownRows(20_000, 28, 28_000, 560)).toEqual({ first: 994, end: 1_026 });
    expect(shownRows(5, 28, 0, 560)).toEqual({ first: 0, end: 5 });
    expect(shownRows(0, 28, 0, 560)).toEqual({ first: 0, end: 0 });
  });

  test('a row is scrolled to where it is not in sight', () => {
    expect(scrolledTo(0, 28, 280, 560)).toBe(0);
    expect(scrolledTo(15, 28, 280, 560)).toBe(280);
    expect(scrolledTo(40, 28, 280, 560)).toBe(588);
  });
});

test('dead letters are grouped by account and error, the most first', () => {
  const letter = (userId: string, result?: string) => ({
    ...{ userId, conferenceId: 'conf-1' },
    event: {
      ...({
        id: 'evt-1',
        sequence: 1,
        state: 'dead',
        source: 'platform',
        acceptedTime: '2026-01-31T12:00:00Z',
      } as const),
      body: { eventType: 'dtmf' },
      attempts:
        result === undefined ? [] : [{ time: '', url: 'callbackUrl' as const, ok: false, result, milliseconds: 1 }],
    },
  });
  const groups = grouped([letter('u-1', '500'), letter('u-2', '500'), letter('u-1', '500'), letter('u-1')]);
  expect(groups.map(({ userId, error, letters }) => [userId, error, letters.length])).toEqual([
    ['u-1', '500', 2],
    ['u-2', '500', 1],
    ['u-1', 'never sent: there was no URL left', 1],
  ]);
});
