import { describe, expect, test } from '@jest/globals';
import { checks } from '../../src/doctor/checks.ts';
import { skewOf, timeIn } from '../../src/doctor/checks/clock.ts';
import { temporalChecks } from '../../src/doctor/checks/temporal.ts';
import type { Patient } from '../../src/doctor/finding.ts';
import { CHECKS } from '../../src/doctor/list.ts';
import { exitCodeOf } from '../../src/doctor-command.ts';
import { read } from '../support/docs.ts';

const lines = [...read('docs/production.md').matchAll(/^- \[ \] ([^]*?)(?=\n- |\n\n)/gm)].map(([, line = '']) => line);
const byOf = (line: string) => /\((?:`([\w-]+)`|(you))\)$/.exec(line);

describe('docs/production.md', () => {
  test('has lines', () => expect(lines.length).toBeGreaterThan(Object.keys(CHECKS).length));

  test.each(lines)('says who sees to it: %s', (line) => {
    const [, check, you] = byOf(line) ?? [];
    if (you === undefined) expect(Object.keys(CHECKS)).toContain(check);
  });

  test.each(Object.keys(CHECKS))('has one line for the check %s', (name) => {
    expect(lines.filter((line) => byOf(line)?.[1] === name)).toHaveLength(1);
  });
});

test('each check of the list is there', () => {
  expect(checks.map(({ name }) => name)).toEqual(Object.keys(CHECKS));
});

test('the exit code is that of the gravest finding, and what cannot be shown does not count', () => {
  const found = (...levels: ('ok' | 'open' | 'warning' | 'wrong')[]) =>
    levels.map((level) => ({ check: 'disk' as const, level, found: '' }));
  expect(exitCodeOf(found('ok', 'open'))).toBe(0);
  expect(exitCodeOf(found('ok', 'warning', 'open'))).toBe(2);
  expect(exitCodeOf(found('warning', 'wrong', 'ok'))).toBe(1);
});

test.each([
  ['1.31.2', 'warning'],
  ['1.9.0', 'warning'],
  ['1.32.0', 'ok'],
  ['1.100.1', 'ok'],
  ['a cloud', 'open'],
])('a Temporal server that says it is %s: %s', async (serverVersion, level) => {
  const workflowService = {
    getSystemInfo: () => Promise.resolve({ serverVersion }),
    describeTaskQueue: () => Promise.resolve({ pollers: [] }),
  };
  const withDeadline = (_deadline: number, work: () => unknown) => work();
  const client = { workflowService, withDeadline, options: { namespace: 'default' } };
  const versions = temporalChecks.find(({ name }) => name === 'versions');
  const [, ofServer] = (await versions?.look({ client } as unknown as Patient)) ?? [];
  expect(ofServer).toMatchObject({ level, found: expect.stringContaining(serverVersion) });
});

describe('by how much a clock is off', () => {
  test('is what lies outside of the time in which the other one was asked', () => {
    expect(skewOf({ theirs: 1_050, from: 1_000, to: 1_100 })).toBe(0);
    expect(skewOf({ theirs: 5_000, from: 1_000, to: 1_100 })).toBe(3_900);
    expect(skewOf({ theirs: 400, from: 1_000, to: 1_100 })).toBe(-600);
  });

  test('and whole seconds of an answer are no difference', () => {
    const asked = { from: Date.parse('2026-01-31T12:00:00.900Z'), to: Date.parse('2026-01-31T12:00:00.950Z') };
    const time = timeIn('Sat, 31 Jan 2026 12:00:00 GMT', asked);
    expect(time && skewOf(time)).toBe(0);
    expect(timeIn(undefined, asked)).toBeUndefined();
    expect(timeIn('yesterday', asked)).toBeUndefined();
  });
});
