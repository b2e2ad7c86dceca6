import { createInterface } from 'node:readline';
import { pino } from 'pino';
import { Journal } from '../../../src/gateway/journal.ts';
import { arrival } from './arrivals.ts';

/*
 * A journal in a process of its own, which a test can kill, and whose writes it can make fail. A line on stdin says what to do
 * (`append 1 300`, `drop 1 100`, `state`), a line on stdout what became of it.
 */

const journal = await Journal.open(process.argv[2] ?? '', pino({ level: 'silent' }));
const numbersOf = new Map<string, number>();

const say = (line: string) => process.stdout.write(`${line}\n`);

async function append(from: number, to: number): Promise<string> {
  const all = Array.from({ length: to - from + 1 }, async (_, index) => {
    const entry = await journal.append(arrival(from + index));
    numbersOf.set(entry.key, from + index);
  });
  const results = await Promise.allSettled(all);
  return `acknowledged ${results.filter(({ status }) => status === 'fulfilled').length}`;
}

function drop(from: number, to: number): string {
  const isMeant = (number = 0) => number >= from && number <= to;
  const entries = journal.entries().filter(({ key }) => isMeant(numbersOf.get(key)));
  journal.drop(entries);
  return `dropped ${entries.length}`;
}

say('ready');
for await (const line of createInterface(process.stdin)) {
  const [what = '', from = '0', to = '0'] = line.split(' ');
  if (what === 'append') say(await append(Number(from), Number(to)));
  if (what === 'drop') say(drop(Number(from), Number(to)));
  if (what === 'state') say(journal.stats().state);
}
