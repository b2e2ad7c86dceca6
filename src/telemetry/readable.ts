import { styleText } from 'node:util';
import { z } from 'zod';
import { terminalText } from './terminal.ts';

const logLine = z.looseObject({
  level: z.string(),
  time: z.string(),
  part: z.string().default(''),
  conferenceId: z.string().optional(),
  msg: z.string().default(''),
  err: z.union([z.string(), z.looseObject({ message: z.string() })]).optional(),
});

type Style = Parameters<typeof styleText>[0];

/**
 * Turns one JSON log line into one line for a person: local time, the conference (or the part) it is about, the message.
 * Text that is no log line is given back as it is. What would steer a terminal is written out.
 */
export function readable(line: string, colours: boolean): string {
  const paint = (style: Style, text: string) => (colours ? styleText(style, text) : text);
  const parsed = logLine.safeParse(parseJson(line));
  if (!parsed.success) return terminalText(line.trimEnd(), { keepLines: true });
  const { level, time, part, conferenceId, msg, err } = parsed.data;
  const clock = new Date(time).toTimeString().slice(0, 8);
  const subject = terminalText(conferenceId ?? part);
  const said = err === undefined ? msg : `${msg}: ${typeof err === 'string' ? err : err.message}`;
  const text = terminalText(said);
  const style: Style | undefined = level === 'error' ? 'red' : level === 'warn' ? 'yellow' : undefined;
  return `${paint('dim', clock)}  ${paint('cyan', subject.padEnd(31))}  ${style ? paint(style, text) : text}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
