import { Refused } from './as-client.ts';
import type { ListedSchedule, Schedule } from './catapult/resources.ts';

/* What `convoke schedules` reads and prints. */

/** The fields of a request, as JSON on the command line, or from the standard input where that says `-`. @throws Refused */
export async function fieldsFrom(text: string): Promise<object> {
  const json = text === '-' ? await readAll(process.stdin) : text;
  try {
    const fields: unknown = JSON.parse(json);
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) return fields;
  } catch {
    // As for any other text.
  }
  throw new Refused(`The fields: got ${json.slice(0, 100)}, wants a JSON object such as {"note": "the team"}.`);
}

async function readAll(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

/** A schedule in a line: its id, its state, when, and what for. */
export function inLine({ id, state, nextRuns, note, conference }: ListedSchedule): string {
  const what = [note, conference['tag'], conference['from']].find((one) => typeof one === 'string') ?? '';
  return `${id}  ${state.padEnd(6)}  ${nextRuns[0] ?? 'no run to come'}  ${oneLine(what)}`;
}

/** A schedule with its next runs and its conferences. */
export function inFull(schedule: Schedule): string {
  const { cron, calendar, timeZone, nextRuns, conferences, runsLeft, skippedDates } = schedule;
  return [
    inLine(schedule),
    `  when: ${cron ?? JSON.stringify(calendar)} in ${timeZone}${runsLeft === undefined ? '' : `, ${runsLeft} times yet`}`,
    ...(skippedDates === undefined ? [] : [`  not on: ${skippedDates.join(', ')}`]),
    `  next: ${nextRuns.join(', ') || 'none'}`,
    ...conferences.map(({ id, phase, startTime = '' }) => `  conference ${id}  ${phase}  ${startTime}`),
  ].join('\n');
}

function oneLine(text: unknown): string {
  return String(text).replace(/\s+/g, ' ');
}
