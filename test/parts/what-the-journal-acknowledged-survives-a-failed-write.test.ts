import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { Journal } from '../../src/gateway/journal.ts';
import { numbersIn } from '../support/journal/arrivals.ts';
import { dataDirectory } from '../support/processes.ts';
import { until } from '../support/until.ts';

/* The disk is full for a moment, by a limit on the size of files (util-linux's prlimit), and the process is killed afterwards. */

const root = fileURLToPath(new URL('../..', import.meta.url));

let data: ReturnType<typeof dataDirectory>;
let child: ChildProcessWithoutNullStreams;
let lines: AsyncIterator<string>;

beforeEach(async () => {
  data = dataDirectory();
  const { NODE_OPTIONS: _jestNeedsIt, ...env } = process.env;
  const program = ['--import', 'tsx', 'test/support/journal/process.ts', directory()];
  // A shell that ignores the signal of the limit hands that down: the write fails then, as on a full disk.
  child = spawn('sh', ['-c', `trap '' XFSZ; exec "$@"`, 'sh', process.execPath, ...program], { cwd: root, env });
  lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  expect(await said()).toBe('ready');
});
afterEach(() => {
  child.kill('SIGKILL');
  data.remove();
});

const directory = () => join(data.path, 'journal');

async function said(): Promise<string> {
  return String((await lines.next()).value);
}

async function ask(line: string): Promise<string> {
  child.stdin.write(`${line}\n`);
  return said();
}

/** So many bytes more can be written to the log that is in use, or as many as the disk takes. */
function leaveRoomFor(bytes: number | undefined): void {
  const log = readdirSync(directory()).find((name) => name.endsWith('.log')) ?? '';
  const limit = bytes === undefined ? 'unlimited' : statSync(join(directory(), log)).size + bytes;
  execFileSync('prlimit', ['--pid', String(child.pid), `--fsize=${limit}:unlimited`]);
}

function untilState(wanted: 'ok' | 'broken'): Promise<true> {
  return until(`the journal is ${wanted}`, async () => (await ask('state')) === wanted, 20_000);
}

/** What is read back once the process has been killed. */
async function killed(): Promise<unknown[]> {
  child.kill('SIGKILL');
  const log = pino({ level: 'silent' });
  const journal = await until('its files are free', () => Journal.open(directory(), log), 10_000);
  const numbers = await numbersIn(journal);
  await journal.close();
  return numbers;
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test.each([0, 1, 100])(
  'of a drop, with room for %s bytes',
  async (room) => {
    expect(await ask('append 1 100')).toBe('acknowledged 100');
    leaveRoomFor(room);
    expect(await ask('drop 1 50')).toBe('dropped 50');
    await untilState('broken');
    leaveRoomFor(undefined);
    await untilState('ok');
    expect(await ask('append 101 400')).toBe('acknowledged 300');
    expect(await killed()).toEqual(numbers(51, 400));
  },
  60_000,
);

test('of a group of appends, of which nothing is acknowledged, and nothing comes back', async () => {
  expect(await ask('append 1 100')).toBe('acknowledged 100');
  leaveRoomFor(20_000);
  // The first one goes by itself, and the others while it is synced.
  expect(await ask('append 101 400')).toBe('acknowledged 1');
  expect(await ask('append 401 402')).toBe('acknowledged 0');
  leaveRoomFor(undefined);
  await untilState('ok');
  expect(await ask('append 403 500')).toBe('acknowledged 98');
  expect(await killed()).toEqual([...numbers(1, 101), ...numbers(403, 500)]);
}, 60_000);

test('also where it is killed before it has been opened anew', async () => {
  expect(await ask('append 1 100')).toBe('acknowledged 100');
  leaveRoomFor(1);
  expect(await ask('drop 1 50')).toBe('dropped 50');
  await untilState('broken');
  expect(await ask('append 101 400')).toBe('acknowledged 0');
  // What was dropped comes again, and is known.
  expect(await killed()).toEqual(numbers(1, 100));
}, 60_000);

test('a disk that is full when it is to be opened harms nothing of it', async () => {
  expect(await ask('append 1 100')).toBe('acknowledged 100');
  await killed();
  const program = ['--import', 'tsx', 'test/support/journal/process.ts', directory()];
  const { NODE_OPTIONS: _jestNeedsIt, ...env } = process.env;
  const full = ['-c', `trap '' XFSZ; ulimit -f 0; exec "$@"`, 'sh', process.execPath, ...program];
  expect(() => execFileSync('sh', full, { cwd: root, env, stdio: 'pipe', input: '' })).toThrow(/File too large/);
  expect(await killed()).toEqual(numbers(1, 100));
}, 60_000);
