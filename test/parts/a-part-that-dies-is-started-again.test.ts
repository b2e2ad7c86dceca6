import { expect, test } from '@jest/globals';
import type { ChildPart } from '../../src/dev/child-part.ts';
import { keepRunning } from '../../src/dev/kept-part.ts';
import { stays, timePasses, until } from '../support/until.ts';

/** The parts that were started, which come up and die when the test says so; and what was told of them. */
function stage() {
  const started: { up: () => void; die: () => void }[] = [];
  const told: string[] = [];
  const start = (): ChildPart => {
    const pid = started.length + 1;
    let up: () => void = () => undefined;
    let die: () => void = () => undefined;
    const ready = new Promise<void>((resolve) => (up = resolve));
    const died = new Promise<never>((_, reject) => (die = () => reject(new Error(`part ${pid} died`))));
    died.catch(() => undefined);
    started.push({ up, die });
    return { pid, ready, died, stop: async () => void told.push(`part ${pid} stopped`), kill: () => undefined };
  };
  const listener = { died: (reason: string) => told.push(reason), back: () => told.push('back') };
  return { kept: keepRunning(start, listener), started, told };
}

/** Lets the part that was started last come up, and die. */
async function live(started: { up: () => void; die: () => void }[]): Promise<void> {
  started.at(-1)?.up();
  await timePasses('it runs for a moment', 10);
  started.at(-1)?.die();
}

test('it is started again after a second, and that is told', async () => {
  const { kept, started, told } = stage();
  await live(started);
  await until('it is started again', () => started.length === 2);
  started[1]?.up();
  await until('it is told that it is back', () => told.includes('back'));
  expect(told).toEqual(['part 1 died', 'back']);
  expect(kept.pid).toBe(2);
});

test('its third death within a minute is its last', async () => {
  const { kept, started, told } = stage();
  for (const count of [1, 2, 3]) {
    await until(`part ${count} is started`, () => started.length === count);
    await live(started);
  }
  await expect(kept.died).rejects.toThrow('part 3 died');
  expect(told.filter((line) => line !== 'back')).toEqual(['part 1 died', 'part 2 died']);
});

test('one that does not come up is not started again', async () => {
  const { kept, started } = stage();
  started[0]?.die();
  await expect(kept.died).rejects.toThrow('part 1 died');
  expect(started).toHaveLength(1);
});

test('one that is stopped meanwhile is not started again', async () => {
  const { kept, started, told } = stage();
  await live(started);
  await until('its death is told', () => told.length > 0);
  await kept.stop();
  await stays('one was started', () => started.length === 1, 1_100);
});
