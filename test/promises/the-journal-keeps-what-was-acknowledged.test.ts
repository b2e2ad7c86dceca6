import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ClassicLevel } from 'classic-level';
import { pino } from 'pino';
import { Journal } from '../../src/gateway/journal.ts';
import { arrival, numbersIn } from '../support/journal/arrivals.ts';
import { dataDirectory } from '../support/processes.ts';

const logger = pino({ level: 'silent' });

let data: ReturnType<typeof dataDirectory>;
let directory: string;
let opened: Journal[];

beforeEach(() => {
  data = dataDirectory();
  directory = join(data.path, 'journal');
  opened = [];
});
afterEach(async () => {
  for (const journal of opened) await journal.close();
  data.remove();
});

async function open(at = directory): Promise<Journal> {
  const journal = await Journal.open(at, logger);
  opened.push(journal);
  return journal;
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

async function append(journal: Journal, which: number[], note?: string) {
  return Promise.all(which.map((number) => journal.append(arrival(number, note))));
}

/** What a crash leaves: the files as they are while the journal is in use. */
function crashed(): string {
  const copy = `${directory}-crashed`;
  mkdirSync(copy);
  for (const name of readdirSync(directory)) copyFileSync(join(directory, name), join(copy, name));
  return copy;
}

/** The file that holds most. */
function largest(at: string): string {
  const files = readdirSync(at).filter((name) => /\.(log|ldb)$/.test(name));
  const bySize = files.map((name) => join(at, name)).sort((a, b) => statSync(b).size - statSync(a).size);
  return bySize[0] ?? '';
}

test('what is acknowledged is there after a crash, in its order, whatever was written at one time', async () => {
  const journal = await open();
  await append(journal, numbers(1, 500));
  await append(journal, [501]);
  expect(await numbersIn(await open(crashed()))).toEqual(numbers(1, 501));
});

test('whoever has appended may append again at once', async () => {
  const journal = await open();
  await journal.append(arrival(1));
  await journal.append(arrival(2));
  expect(await numbersIn(journal)).toEqual([1, 2]);
});

test('what its conference has is gone, and the rest stays', async () => {
  const journal = await open();
  const entries = await append(journal, numbers(1, 10));
  journal.drop(entries.filter((_, index) => index % 2 === 0));
  await journal.close();
  expect(await numbersIn(await open())).toEqual([2, 4, 6, 8, 10]);
});

test('no two callbacks ever have the same receipt, also when the journal is opened again', async () => {
  const receipts = new Set<string>();
  for (let time = 0; time < 3; time += 1) {
    const journal = await open();
    for (const { opening, sequence } of await append(journal, numbers(1, 5))) receipts.add(`${opening}:${sequence}`);
    await journal.close();
  }
  const left = await open();
  expect(receipts.size).toBe(15);
  expect(new Set(left.entries().map(({ opening, sequence }) => `${opening}:${sequence}`))).toEqual(receipts);
});

test('it says what waits, how much, and since when', async () => {
  const journal = await open();
  expect(journal.stats()).toEqual({ state: 'ok', waiting: 0, bytes: 0, damaged: 0 });
  const before = Date.now();
  const entries = await append(journal, numbers(1, 3));
  const { waiting, bytes, oldest = '' } = journal.stats();
  expect([waiting, bytes > 300, Date.parse(oldest) >= before]).toEqual([3, true, true]);
  journal.drop(entries);
  expect(journal.stats()).toEqual({ state: 'ok', waiting: 0, bytes: 0, damaged: 0 });
});

test('it is full before those that wait are too many for the memory, and has room again when some are gone', async () => {
  const journal = await Journal.open(directory, logger, { records: 20 });
  opened.push(journal);
  const entries = await append(journal, numbers(1, 20));
  await expect(journal.append(arrival(21))).rejects.toThrow(/full/);
  expect(journal.stats().state).toBe('full');
  const hasRoom = new Promise<void>((resolve) => (journal.onMended = resolve));
  journal.drop(entries.slice(0, 5));
  await hasRoom;
  await append(journal, numbers(22, 26));
  expect(await numbersIn(journal)).toEqual([...numbers(6, 20), ...numbers(22, 26)]);
});

test('what waits may be more than fits into memory', async () => {
  const journal = await open();
  for (let first = 1; first < 3_000; first += 100)
    await append(journal, numbers(first, first + 99), 'x'.repeat(60_000));
  await journal.close();
  const program = `
    import { pino } from 'pino';
    import { Journal } from './src/gateway/journal.ts';
    const journal = await Journal.open(${JSON.stringify(directory)}, pino({ level: 'silent' }));
    process.stdout.write(String(journal.stats().waiting));
    await journal.close();`;
  const small = ['--max-old-space-size=100', '--import', 'tsx', '--input-type=module', '--eval', program];
  expect(execFileSync(process.execPath, small, { encoding: 'utf8' })).toBe('3000');
}, 60_000);

test('a directory that another gateway uses is refused, with the setting to change', async () => {
  await open();
  await expect(Journal.open(directory, logger)).rejects.toThrow(/Another gateway uses .* set JOURNAL_DIR/);
});

test('so is one that is none', async () => {
  writeFileSync(directory, 'a file');
  await expect(Journal.open(directory, logger)).rejects.toThrow(/cannot be opened \(JOURNAL_DIR\)/);
});

describe('damage on disk', () => {
  test('a torn last record is not there, and nothing else is gone', async () => {
    const journal = await open();
    await append(journal, numbers(1, 20));
    await append(journal, [21], 'x'.repeat(1_000));
    const copy = crashed();
    truncateSync(largest(copy), statSync(largest(copy)).size - 500);
    expect(await numbersIn(await open(copy))).toEqual(numbers(1, 20));
  });

  test.each([1, 2])('in the middle is told of, after %s openings, and what can be read is there', async (openings) => {
    for (let opening = 0; opening < openings; opening += 1) {
      const journal = await open();
      for (let first = 1; opening === 0 && first < 2_000; first += 50)
        await append(journal, numbers(first, first + 49), 'x'.repeat(100));
      await journal.close();
    }
    const file = largest(directory);
    const bytes = readFileSync(file);
    const middle = Math.floor(bytes.length / 2);
    bytes.fill(0xff, middle, middle + 500);
    writeFileSync(file, bytes);
    const journal = await open();
    const left = await numbersIn(journal);
    expect(journal.stats().damaged).toBeGreaterThan(0);
    expect(left.length).toBeGreaterThan(1_000);
    expect(left.length).toBeLessThan(2_000);
    expect(left).toEqual([...left].sort((a, b) => Number(a) - Number(b)));
    await append(journal, [2_001]);
    expect(await numbersIn(journal)).toEqual([...left, 2_001]);
  });

  test('to a key is told of, and harms no other', async () => {
    const journal = await open();
    await append(journal, numbers(1, 2));
    await journal.close();
    const store = new ClassicLevel(directory);
    await store.put('00000000x.000000000000003', 'damaged');
    await store.close();
    const next = await open();
    expect(next.stats().damaged).toBe(1);
    const [entry] = await append(next, [3]);
    expect(entry?.key).toMatch(/^\d{15}\.[\w-]{16}\.\d{15}$/);
    await next.close();
    expect(await numbersIn(await open())).toEqual([1, 2, 3]);
  });

  test('beyond repair is put aside, and a new journal begun', async () => {
    const journal = await open();
    await append(journal, numbers(1, 10));
    await journal.close();
    for (const name of readdirSync(directory)) writeFileSync(join(directory, name), 'nonsense');
    const next = await open();
    expect(next.stats().damaged).toBeGreaterThan(0);
    await append(next, [11]);
    expect(await numbersIn(next)).toContain(11);
  });
});
