import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../..');

/** What a process in this zone takes these texts for, as the wire writes it. */
function readIn(zone: string, texts: string[]): unknown {
  const script = `
    import { exactTime, instantOf } from './src/catapult/resources.ts';
    const instants = process.argv.slice(1).map((text) => instantOf(text));
    console.log(JSON.stringify(instants.map((at) => (Number.isNaN(at) ? null : exactTime(at)))));`;
  const parameters = ['--import', 'tsx', '--input-type=module', '-e', script, ...texts];
  const env = { ...process.env, TZ: zone };
  return JSON.parse(execFileSync(process.execPath, parameters, { cwd: root, env, encoding: 'utf8' }));
}

const TIMES = {
  '2026-01-01T00:00:00': '2026-01-01T00:00:00Z',
  '2026-01-01 00:00:00.250': '2026-01-01T00:00:00.250Z',
  '2026-01-01': '2026-01-01T00:00:00Z',
  'Thu, 01 Jan 2026 00:00:00': '2026-01-01T00:00:00Z',
  'Thu, 01 Jan 2026 00:00:00 GMT': '2026-01-01T00:00:00Z',
  '2026-01-01T00:00:00Z': '2026-01-01T00:00:00Z',
  '2026-01-01T00:00:00+02:00': '2025-12-31T22:00:00Z',
  '2026-01-01T00:00:00-0500': '2026-01-01T05:00:00Z',
  'no time': null,
  '': null,
};

test.each(['America/New_York', 'Asia/Kolkata'])(
  'a time that names no zone is UTC, also where it is read in %s',
  (zone) => {
    expect(readIn(zone, Object.keys(TIMES))).toEqual(Object.values(TIMES));
  },
);

test('workflows read no time by the zone of the machine they run on', () => {
  const folder = join(root, 'src/workflows');
  const readers = readdirSync(folder).filter((file) => readFileSync(join(folder, file), 'utf8').includes('Date.parse'));
  expect(readers).toEqual([]);
});
