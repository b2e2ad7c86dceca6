import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { AUDIT_ROOM, AuditLog, openAuditLog } from '../../src/telemetry/audit-log.ts';
import { endOf, freePort, killGroup, launch } from '../support/processes.ts';
import { until } from '../support/until.ts';

/* The file of the audit log: whatever becomes of it, and however much is written, whoever writes goes on. */

let folder: string;
let file: string;
let said: string[];
const logger = { info: (line: string) => void said.push(line), error: (line: string) => void said.push(line) };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'convoke-audit-'));
  file = join(folder, 'audit.log');
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

type Line = Record<string, unknown>;
const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
const aside = () => readdirSync(folder).filter((name) => name !== 'audit.log');
const all = () => [...aside().sort(), 'audit.log'].flatMap((name) => linesOf(join(folder, name)));
const opened = (room = AUDIT_ROOM) => new AuditLog(file, logger, room);

test('a line is an entry and its time, in order, in a file of its owner alone, also one that was made otherwise', async () => {
  appendFileSync(file, '');
  chmodSync(file, 0o644);
  const audit = await openAuditLog(file, logger as never);
  for (let number = 0; number < 500; number += 1) audit.write({ event: 'tried', number });
  await audit.close();
  expect(linesOf(file).map(({ number }) => number)).toEqual(Array.from({ length: 500 }, (_, number) => number));
  expect(linesOf(file)[0]).toEqual({ time: expect.stringMatching(/^\d{4}-.*Z$/), event: 'tried', number: 0 });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('nothing in it steers a terminal, or makes a line of its own', async () => {
  const steering = 'a\u001b[2J\r\n{"event":"forged"}\u009b\u2028\u202e\u0007\u007f';
  const audit = opened();
  audit.write({ event: 'tried', steering });
  await audit.close();
  expect(readFileSync(file, 'latin1')).toMatch(/^[\x20-\x7e]+\n$/);
  expect(linesOf(file)).toEqual([expect.objectContaining({ steering })]);
});

test('a large file is put aside, nothing of it is lost, and no more are kept than there may be', async () => {
  const room = { ...AUDIT_ROOM, fileBytes: 2_000, files: 1_000 };
  const [one, other] = [opened(room), opened(room)];
  for (let number = 0; number < 200; number += 1) {
    // Two processes have one file.
    one.write({ event: 'one', number });
    other.write({ event: 'other', number });
    if (number % 5 === 0)
      await until(
        'it is written',
        () =>
          all()
            .filter(({ event }) => event === 'one')
            .at(-1)?.['number'] === number,
      );
  }
  await Promise.all([one.close(), other.close()]);
  for (const event of ['one', 'other'])
    expect(
      all()
        .filter((line) => line['event'] === event)
        .map(({ number }) => number)
        .sort((a, b) => Number(a) - Number(b)),
    ).toEqual(Array.from({ length: 200 }, (_, number) => number));
  expect(aside().length).toBeGreaterThan(3);
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  const last = opened({ ...room, files: 2 });
  for (let number = 0; number < 100; number += 1) last.write({ event: 'last', number, filler: 'x'.repeat(100) });
  await last.close();
  const more = opened({ ...room, files: 2 });
  more.write({ event: 'more' });
  await more.close();
  expect(aside()).toHaveLength(2);
  expect(all().at(-1)).toMatchObject({ event: 'more' });
});

test('while it cannot be written, so much waits and no more; then it is written, with the number of lines that are missing', async () => {
  mkdirSync(file);
  const audit = opened({ ...AUDIT_ROOM, waitingBytes: 10_000 });
  for (let number = 0; number < 1_000; number += 1) audit.write({ event: 'tried', number });
  await until('it is said', () => said.some((line) => /AUDIT_LOG: .* cannot be written: .*EISDIR/.test(line)));
  rmSync(file, { recursive: true });
  await until('what waited is written', () => linesOf(file).some(({ event }) => event === 'lines-lost'), 10_000);
  await audit.close();
  const lines = linesOf(file);
  const kept = lines.slice(0, -1).map(({ number }) => number);
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, number) => number));
  expect(lines.at(-1)).toMatchObject({ event: 'lines-lost', lines: 1_000 - kept.length });
  expect(kept.length * 50).toBeLessThan(10_000);
  expect(kept.length).toBeGreaterThan(100);
  expect(said.at(-1)).toContain('is written again');
});

test('a disk that is full ends nothing, and a process that stops does not wait for room', async () => {
  const audit = new AuditLog('/dev/full', logger);
  audit.write({ event: 'tried' });
  await until('it is said', () => said.some((line) => /AUDIT_LOG: \/dev\/full cannot be written: .*ENOSPC/.test(line)));
  audit.write({ event: 'tried' });
  await audit.close();
});

test('a gateway whose audit log finds no room answers as others do, and says so', async () => {
  const PORT = await freePort();
  const settings = { PORT, TEMPORAL_ADDRESS: '127.0.0.1:9', CONVOKE_DATA_DIR: folder, AUDIT_LOG: '/dev/full' };
  const gateway = launch(process.execPath, ['--import', 'tsx', 'src/main.ts', 'gateway'], settings);
  try {
    await gateway.until(/ready on/, 30_000);
    const headers = { authorization: basicAuth(LOCAL_ACCOUNT) };
    for (let time = 0; time < 20; time += 1) {
      const answer = await fetch(`http://127.0.0.1:${PORT}/v1/users/u-local/conferences/no-id`, { headers });
      expect(answer.status).toBe(404);
    }
    await gateway.until(/AUDIT_LOG: \/dev\/full cannot be written: .*ENOSPC/);
    gateway.child.kill('SIGTERM');
    expect(await endOf(gateway, 20_000)).toBe(0);
  } finally {
    killGroup(gateway);
  }
}, 60_000);

test('a file that cannot be written is told of at the start', async () => {
  mkdirSync(file);
  await expect(openAuditLog(file, logger)).rejects.toThrow('EISDIR');
});
