/*
 * `npm run benchmark:scheduled [conferences]`: how late conferences start that are all due within one minute. It measures
 * what `npm start` runs, through the sandbox's list of what exists; with the settings of the README (PORT, PLATFORM_URL) and
 * GATEWAY_URL, another one whose platform is a sandbox. Every conference is completed in the end.
 */
import { conferencesAskedFor, create, end, measure, percentile, sandbox } from './benchmark/measured.ts';

const AT_ONCE = 50;
const WITHIN = 60_000;
/** So many are created first, to guess how long all will take. */
const TRIAL = 100;
/** How long nothing more may happen until those that are missing are given up (ms). */
const GIVEN_UP = 120_000;

const count = conferencesAskedFor(1_000);
/** Tells these conferences from others on the platform; each one's tag ends with when it is due. */
const mark = `benchmark-${Date.now()}-`;

const schedule = (due: number) => create({ startAt: new Date(due).toISOString(), tag: `${mark}${due}` });

interface OnPlatform {
  tag?: string;
  callbacks: { event: { status?: string }; at: string }[];
}

/** How late each of ours came to the platform so far (ms), in the order in which they came. */
async function lateness(): Promise<{ at: number; late: number }[]> {
  const all = (await (await fetch(`${sandbox}/sandbox/conferences`)).json()) as OnPlatform[];
  return all
    .filter(({ tag }) => tag?.startsWith(mark))
    .map(({ tag = '', callbacks }) => {
      const at = Date.parse(callbacks.find(({ event }) => event.status === 'created')?.at ?? '');
      return { at, late: at - Number(tag.slice(mark.length)) };
    })
    .sort((a, b) => a.at - b.at);
}

/** Looks until all have come, or nothing has for long. */
async function untilAllHaveCome(firstDue: number): Promise<{ at: number; late: number }[]> {
  let lastNew = firstDue;
  for (let seen = 0; ;) {
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    const came = await lateness();
    say(`${came.length} of ${count} have started`);
    if (came.length > seen) lastNew = Date.now();
    seen = came.length;
    if (seen >= count || Date.now() - Math.max(lastNew, firstDue + WITHIN) > GIVEN_UP) return came;
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const anHourAhead = Date.now() + 3_600_000;
const trial = await measure(Array<number>(TRIAL).fill(anHourAhead), AT_ONCE, schedule);
await measure(trial.results, AT_ONCE, end);
// The wire's instants are whole seconds.
const wholeSecond = (time: number) => Math.ceil(time / 1_000) * 1_000;
const firstDue = wholeSecond(Date.now() + 20_000 + (1.5 * 1_000 * count) / trial.perSecond);
const dues = Array.from({ length: count }, (_, index) => firstDue + Math.floor((index * 60) / count) * 1_000);

say(`Scheduling ${count} conferences for the minute after ${new Date(firstDue).toISOString()} ...`);
let done = 0;
const scheduled = await measure(dues, AT_ONCE, async (due) => {
  const id = await schedule(due);
  if (++done % 1_000 === 0) say(`${done} of ${count} are scheduled`);
  return id;
});
say(`scheduled, ${scheduled.perSecond.toFixed(1)} per second`);
if (Date.now() > firstDue) say('That took longer than expected: some were due before all were scheduled.');

const came = await untilAllHaveCome(firstDue);
const late = came.map((one) => one.late);
const share = (part: number) => `${(percentile(late, part) / 1000).toFixed(1)} s`;
const lasted = (came.at(-1)?.at ?? NaN) - (came[0]?.at ?? NaN);
say(`${came.length} of ${count} started, ${((came.length * 1000) / lasted).toFixed(1)} per second`);
say(`late by: p10 ${share(0.1)}, p50 ${share(0.5)}, p90 ${share(0.9)}, p99 ${share(0.99)}, at most ${share(1)}`);
say(`before their time: ${late.filter((by) => by < 0).length}`);

say('Ending them ...');
const ended = await measure(scheduled.results, AT_ONCE, end);
say(`ended, ${ended.perSecond.toFixed(1)} per second`);
