import { defaultMaxDurationIn } from './accounts/accounts.ts';
import { accountsNow } from './accounts/open.ts';
import { CatapultError } from './catapult/errors.ts';
import type { ListedSchedule, Schedule } from './catapult/resources.ts';
import { ConferenceClient, connectToTemporal, type ScheduleClient } from './client/index.ts';
import { temporalInWords, type Config } from './config.ts';
import { Failure, reasonOf } from './failure.ts';
import { terminalText } from './telemetry/terminal.ts';

/** What is done with the schedules of accounts, and what is printed of it: an object as JSON where that is asked for, or else in words. */
export type Task = (schedules: ScheduleClient) => Promise<{ held: unknown; words: string }>;

/** A request that was refused as it is: sending it again does not help. */
export class Refused extends Error {}

/**
 * `convoke schedules …`: does one thing with the schedules of the accounts that are known, and prints what came of it.
 * @throws Refused with the words of the wire; Failure when Temporal does not answer.
 */
export async function doWithSchedules(config: Config, task: Task, asJson: boolean): Promise<void> {
  const { temporal, retryWindowMs, defaultMaxDuration } = config;
  const { client, close } = connectToTemporal(temporal.connectionOptions, temporal.namespace, temporal.payloadKeys);
  try {
    const accounts = await accountsNow(config);
    const defaultMaxDurationOf = defaultMaxDurationIn(accounts, defaultMaxDuration);
    const { schedules } = new ConferenceClient(client, { accounts, retryWindowMs, defaultMaxDurationOf });
    const { held, words } = await task(schedules);
    const said = asJson ? JSON.stringify(held, undefined, 2) : terminalText(words, { keepLines: true });
    process.stdout.write(`${said}\n`);
  } catch (error) {
    if (error instanceof Refused) throw error;
    if (!(error instanceof CatapultError)) throw new Failure(`${temporalInWords(config)}: ${reasonOf(error)}`);
    if (error.status < 500) throw new Refused(`${error.message} ${error.advice}`);
    throw new Failure(error.message);
  } finally {
    await close();
  }
}

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
