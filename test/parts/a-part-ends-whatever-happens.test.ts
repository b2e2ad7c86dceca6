import { afterEach, expect, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { endOf, killGroup, launch, type Program } from '../support/processes.ts';

/** What a supervisor waits at most. */
const ENDS_WITHIN_MS = 10_000;

let part: Program;
afterEach(() => killGroup(part));

async function started(what: string): Promise<void> {
  const program = fileURLToPath(new URL('../support/doomed/part.ts', import.meta.url));
  part = launch(process.execPath, ['--import', 'tsx', program, what], {});
  await part.until(/ready on nowhere/);
}

test.each([
  ['throws', 'thrown'],
  ['rejects', 'rejected'],
])('one in which something %s that nobody catches logs it, and ends with code 1', async (what, message) => {
  await started(what);
  expect(await endOf(part, ENDS_WITHIN_MS)).toBe(1);
  expect(part.output()).toMatch(new RegExp(`"level":"fatal".*"message":"${message}"`));
});

test('one that has died ends with code 1 within 10 s, though it cannot be stopped', async () => {
  await started('dies');
  expect(await endOf(part, ENDS_WITHIN_MS)).toBe(1);
  expect(part.output()).toContain('dead');
}, 20_000);

test('a second signal ends at once one that does not stop; two of one keypress are one', async () => {
  await started('hangs');
  part.child.kill('SIGINT');
  part.child.kill('SIGINT');
  expect(await endOf(part, 700)).toBe('it still runs');
  part.child.kill('SIGTERM');
  expect(await endOf(part, ENDS_WITHIN_MS)).toBe(1);
});
