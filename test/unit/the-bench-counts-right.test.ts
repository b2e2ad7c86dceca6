import { describe, expect, test } from '@jest/globals';
import { median, spreadOf } from '../../bench/figures.ts';
import { answerReader } from '../../bench/town/burst.ts';
import { Lifecycle } from '../../bench/town/lifecycle.ts';
import { LIFECYCLE, longStory, stepName } from '../../bench/town/story.ts';

describe('figures', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  test('of a hundred values p50, p95 and p99 are the 50th, the 95th and the 99th', () =>
    expect(spreadOf(hundred)).toEqual({ p50: 50, p95: 95, p99: 99, count: 100 }));

  test('of one value all are that one', () => expect(spreadOf([7])).toEqual({ p50: 7, p95: 7, p99: 7, count: 1 }));

  test('of nothing there are none', () => expect(spreadOf([])).toEqual({ p50: null, p95: null, p99: null, count: 0 }));

  test.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
  ])('the median of %j is %d', (values, middle) => expect(median(values)).toBe(middle));
});

describe('a story', () => {
  test('of a lifecycle has 12 events, each with a name of its own', () =>
    expect(new Set(LIFECYCLE.map(stepName)).size).toBe(12));

  test.each([10, 100, 1_000])(
    'of %d events has them between created and completed, each joined before it has left',
    (events) => {
      const names = longStory(events).map(stepName);
      expect(names).toHaveLength(events + 2);
      expect(new Set(names).size).toBe(events + 2);
      expect([names[0], names.at(-1)]).toEqual(['created', 'completed']);
      for (const name of names.filter((one) => one.startsWith('left')))
        expect(names.slice(0, names.indexOf(name))).toContain(name.replace('left', 'joined'));
    },
  );
});

describe('the answers to a burst', () => {
  const text = [
    'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 11\r\n\r\n{"a":"b\r\n"}',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    'HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ].join('');

  test.each([1, 7, 40, text.length])('are found wherever they are cut: every %d bytes', (bytes) => {
    const found: [number, number][] = [];
    const read = answerReader((index, status) => found.push([index, status]));
    for (let at = 0; at < text.length; at += bytes) read(text.slice(at, at + bytes));
    expect(found).toEqual([0, 1, 2, 3].map((index) => [index, [200, 503, 200, 404][index]]));
  });
});

describe('a conference that was created twice', () => {
  function twice() {
    const lifecycle = new Lifecycle(1, LIFECYCLE);
    lifecycle.platformId = 'first';
    lifecycle.spareIds.push('second');
    lifecycle.sent(0);
    return lifecycle;
  }

  test('goes on where it was begun if the other one is completed', () => {
    const lifecycle = twice();
    expect(lifecycle.giveUp('second')).toBeUndefined();
    expect([lifecycle.lost, lifecycle.giveUp('first')]).toEqual([1, undefined]);
  });

  test('begins anew in the other one if that is the one to live', () => {
    const lifecycle = twice();
    expect(lifecycle.giveUp('first')).toBe('second');
    expect([lifecycle.told, lifecycle.lost]).toEqual([0, 0]);
  });
});
