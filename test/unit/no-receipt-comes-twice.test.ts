import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { CallbackBatch } from '../../src/client/index.ts';
import { Forwarder } from '../../src/gateway/forwarder.ts';
import type { Entry } from '../../src/gateway/entries.ts';
import { Journal } from '../../src/gateway/journal.ts';
import { arrival, numbersIn } from '../support/journal/arrivals.ts';
import { dataDirectory } from '../support/processes.ts';
import { timePasses, until } from '../support/until.ts';

/* A receipt is an opening of a journal and a sequence. A conference drops what it has had: so a new callback needs a new one. */

const logger = pino({ level: 'silent' });

let data: ReturnType<typeof dataDirectory>;
let opened: Journal[];
beforeEach(() => {
  data = dataDirectory();
  opened = [];
});
afterEach(async () => {
  for (const journal of opened) await journal.close();
  data.remove();
});

async function open(volume = 'one'): Promise<Journal> {
  const journal = await Journal.open(join(data.path, volume, 'journal'), logger);
  opened.push(journal);
  return journal;
}

/** What a snapshot of a volume holds, or a crash leaves. */
function copy(from: string, to: string): void {
  rmSync(join(data.path, to), { recursive: true, force: true });
  mkdirSync(join(data.path, to, 'journal'), { recursive: true });
  const source = join(data.path, from, 'journal');
  for (const name of readdirSync(source)) copyFileSync(join(source, name), join(data.path, to, 'journal', name));
}

const append = (journal: Journal, from: number, to: number) =>
  Promise.all(Array.from({ length: to - from + 1 }, (_, index) => journal.append(arrival(from + index))));
const receiptsOf = (entries: Entry[]) => entries.map(({ opening, sequence }) => `${opening}:${sequence}`);

test('in a volume that was restored: what it still holds comes with its own, and what is new with new ones', async () => {
  const first = await open();
  const waiting = receiptsOf(await append(first, 1, 3));
  await first.close();
  copy('one', 'snapshot');
  const second = await open();
  const since = receiptsOf(await append(second, 4, 10));
  await second.close();
  copy('snapshot', 'one');
  const restored = await open();
  expect(receiptsOf(restored.entries())).toEqual(waiting);
  const afterwards = receiptsOf(await append(restored, 11, 20));
  expect(new Set([...waiting, ...since, ...afterwards]).size).toBe(20);
});

test('in a volume that was cloned to a second gateway, while it was in use', async () => {
  const first = await open();
  const waiting = receiptsOf(await append(first, 1, 3));
  copy('one', 'clone');
  const clone = await open('clone');
  expect(receiptsOf(clone.entries())).toEqual(waiting);
  const both = [...(await append(first, 4, 10)), ...(await append(clone, 11, 20))];
  expect(new Set([...waiting, ...receiptsOf(both)]).size).toBe(20);
});

test.each([
  ['at its beginning', 0],
  ['at its end', -200],
])('in a journal whose file was damaged %s', async (_where, from) => {
  const first = await open();
  const before = receiptsOf(await append(first, 1, 10));
  copy('one', 'damaged');
  const directory = join(data.path, 'damaged', 'journal');
  for (const name of readdirSync(directory).filter((file) => file.endsWith('.log'))) {
    const bytes = readFileSync(join(directory, name));
    writeFileSync(
      join(directory, name),
      bytes.fill(0xff, from < 0 ? bytes.length + from : from, from + 200 || undefined),
    );
  }
  const damaged = await open('damaged');
  const left = receiptsOf(damaged.entries());
  expect(before).toEqual(expect.arrayContaining(left));
  expect(left.length).toBeLessThan(10);
  const afterwards = receiptsOf(await append(damaged, 11, 20));
  expect(new Set([...before, ...afterwards]).size).toBe(20);
});

test('what is left of earlier openings is forwarded before what is new, in order, each opening by itself', async () => {
  for (const [from, to] of [
    [1, 6],
    [7, 12],
  ] as const) {
    const journal = await open();
    await append(journal, from, to);
    await journal.close();
  }
  const journal = await open();
  const batches: CallbackBatch[] = [];
  const of = (conferenceId: string) => batches.filter(({ opening }) => opening.startsWith(conferenceId));
  const take = ({ conferenceId }: { conferenceId: string }, { opening, receipts }: CallbackBatch) => {
    batches.push({ opening: `${conferenceId} ${opening}`, receipts });
    return Promise.resolve();
  };
  const forwarder = new Forwarder(journal, take, logger);
  for (const entry of await append(journal, 13, 18)) void forwarder.take(entry);
  await until('all is forwarded', () => journal.stats().waiting === 0);
  await forwarder.stop();
  for (const conference of [0, 1, 2]) {
    const all = of(`conf-${conference}`);
    const numbers = all.flatMap(({ receipts }) => receipts.map(({ event }) => event['number']));
    expect(numbers).toEqual(Array.from({ length: 18 }, (_, index) => index + 1).filter((n) => n % 3 === conference));
    expect(new Set(all.map(({ opening }) => opening)).size).toBe(3);
  }
});

test('the time of arrival is that of the bridge, and stays what it was', async () => {
  const before = Date.now();
  const first = await open();
  const [entry] = await append(first, 1, 1);
  const after = Date.now();
  await first.close();
  await timePasses('the second opening is at another time', 20);
  const second = await open();
  expect(await numbersIn(second)).toEqual([1]);
  const [receipt] = await second.read(second.entries());
  expect(receipt?.arrivedAt).toBe(entry?.arrivedAt);
  expect(receipt?.arrivedAt).toBeGreaterThanOrEqual(before);
  expect(receipt?.arrivedAt).toBeLessThanOrEqual(after);
});
