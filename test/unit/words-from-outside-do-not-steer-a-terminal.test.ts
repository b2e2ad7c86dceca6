import { expect, test } from '@jest/globals';
import { shownLine } from '../../src/dev/start-output.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { readable } from '../../src/telemetry/readable.ts';

/** Clears the screen, writes a line of its own, turns the writing around. */
const EVIL = 'evil\x1b[2J\x9b1m\r\nready\u202e\u2066\x07';
const WRITTEN = 'evil\\u001b[2J\\u009b1m\\u000d\\u000aready\\u202e\\u2066\\u0007';

const line = (fields: object) => JSON.stringify({ level: 'info', time: '2026-01-01T00:00:00Z', ...fields });

test('the readable log writes control characters out, wherever they stand', () => {
  const shown = readable(line({ conferenceId: EVIL, msg: EVIL, err: { message: EVIL } }), false);
  expect(shown.split(WRITTEN)).toHaveLength(4);
  expect(shown).not.toMatch(/[\p{Cc}\u202e\u2066]/u);
});

test('npm start does so with lines that are no log lines too', () => {
  expect(shownLine('worker', `Error: ${EVIL}`, false)).toBe(`worker    Error: ${WRITTEN}`);
});

test('a log that no terminal shows is JSON, a line an object, as it came', () => {
  const lines: string[] = [];
  const stream = { isTTY: false, write: (text: string) => lines.push(text) } as unknown as NodeJS.WriteStream;
  createLogger('worker', 'info', stream).info({ conferenceId: EVIL }, `half \ud83d ${EVIL}`);
  expect(lines).toHaveLength(1);
  expect(lines[0]?.trimEnd()).not.toContain('\n');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ conferenceId: EVIL, msg: `half \ud83d ${EVIL}` });
});
