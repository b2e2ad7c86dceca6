import { expect, test } from '@jest/globals';
import { fakeClock, systemClock, timersOn } from '../../src/sandbox/clock.ts';
import { timePasses } from '../support/until.ts';

test('a fake clock does what is due, in order, with what its work adds', async () => {
  const clock = fakeClock(0);
  const done: string[] = [];
  const note = (what: string) => () => done.push(`${what} at ${clock.now()}`);
  clock.after(30, note('late'));
  clock.after(10, () => {
    note('first')();
    clock.after(5, note('added'));
  });
  clock.after(10, note('second'));
  await clock.advance(20);
  expect(done).toEqual(['first at 10', 'second at 10', 'added at 15']);
  expect(clock.now()).toBe(20);
  await clock.advance(9);
  expect(done).toHaveLength(3);
  await clock.advance(1);
  expect(done.at(-1)).toBe('late at 30');
});

test('a fake clock waits for work before it does the next', async () => {
  const clock = fakeClock();
  const done: string[] = [];
  clock.after(1, async () => {
    await timePasses('the work takes its time', 20);
    done.push('slow');
  });
  clock.after(2, () => done.push('quick'));
  await clock.advance(2);
  expect(done).toEqual(['slow', 'quick']);
});

test('what is cancelled is not done', async () => {
  const clock = fakeClock();
  const timers = timersOn(clock);
  const done: string[] = [];
  clock.after(1, () => done.push('cancelled'))();
  timers.after(1, () => done.push('cancelled with all'));
  timers.after(1, () => done.push('cancelled alone'))();
  clock.after(1, () => done.push('left'));
  timers.cancelAll();
  timers.after(1, () => done.push('after it'));
  await clock.advance(1);
  expect(done).toEqual(['left', 'after it']);
});

test('the system’s clock is real time', async () => {
  const before = systemClock.now();
  expect(Math.abs(before - Date.now())).toBeLessThan(1_000);
  const cancel = systemClock.after(5, () => {
    throw new Error('cancelled work was done');
  });
  cancel();
  await new Promise<void>((resolve) => systemClock.after(20, resolve));
  expect(systemClock.now() - before).toBeGreaterThanOrEqual(19);
});

test('the system’s clock waits also for what is further away than a timer reaches', async () => {
  const done: string[] = [];
  const cancel = systemClock.after(2 ** 31, () => done.push('too early'));
  await new Promise<void>((resolve) => systemClock.after(20, resolve));
  cancel();
  expect(done).toEqual([]);
});
