import { describe, expect, test } from '@jest/globals';
import { areBehind } from '../../src/client/backlog.ts';
import { BEHIND_AFTER_MS, BEHIND_FROM_TASKS } from '../../src/client/budget.ts';
import { NoTurn, Turns } from '../../src/client/turns.ts';

const soon = () => Date.now() + 60_000;

describe('workers are behind', () => {
  test.each([
    ['many tasks wait, and have for long', BEHIND_FROM_TASKS, BEHIND_AFTER_MS, true],
    ['many tasks wait that have just come', BEHIND_FROM_TASKS, BEHIND_AFTER_MS - 1, false],
    ['a few tasks wait, as no worker is there yet', BEHIND_FROM_TASKS - 1, 60_000, false],
    ['nothing waits', 0, 0, false],
  ])('%s: %d tasks, the oldest for %d ms: %s', (_what, count, oldestMs, expected) => {
    expect(areBehind({ count, oldestMs })).toBe(expected);
  });
});

describe('while turns are held', () => {
  test('nobody begins, and then as many as may, in the order in which they came', async () => {
    const turns = new Turns(4);
    const begun: string[] = [];
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const work = (name: string) => () => {
      begun.push(name);
      return ended;
    };
    turns.hold(true);
    const all = ['a', 'b', 'c', 'd'].map((account) => turns.take(account, soon(), work(account)));
    all.push(turns.take('e', soon(), work('e')));
    await Promise.resolve();
    expect(begun).toEqual([]);
    turns.hold(false);
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    end();
    await Promise.all(all);
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('who waits too long is told so, and is not begun later', async () => {
    const turns = new Turns(4);
    let isBegun = false;
    turns.hold(true);
    const waited = turns.take('a', Date.now(), async () => void (isBegun = true));
    await expect(waited).rejects.toThrow(NoTurn);
    turns.hold(false);
    expect(isBegun).toBe(false);
  });
});
