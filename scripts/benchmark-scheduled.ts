/*
 * `npm run benchmark:scheduled [conferences]`: how late conferences start that are all due within one minute. It measures
 * what `npm start` runs, through the sandbox's list of what exists; with the settings of the README (PORT, PLATFORM_URL) and
 * GATEWAY_URL, another one whose platform is a sandbox. Every conference is completed in the end.
 */
import { loadAccounts, LOCAL_ACCOUNT } from '../src/accounts/accounts.ts';
import { basicAuth } from '../src/catapult/credentials.ts';
import { conferencePath, conferencesPath, idFromLocation } from '../src/catapult/paths.ts';
import { hostAndPort, readConfig } from '../src/config.ts';

const AT_ONCE = 50;
const WITHIN = 60_000;
/** So many are created first, to guess how long all will take. */
const TRIAL = 100;
/** How long nothing more may happen until those that are missing are given up (ms). */
const GIVEN_UP = 120_000;

const config = readConfig();
const count = Number(process.argv[2] ?? 1_000);
if (!(count >= 1)) {
  process.stderr.write(`"${process.argv[2] ?? ''}" is no number of conferences to schedule.\n`);
  process.exit(2);
}
const gateway = process.env['GATEWAY_URL'] ?? `http://${hostAndPort(config.host, config.port)}`;
const sandbox = config.platform.url;
const userId = process.env['BENCHMARK_USER'] ?? LOCAL_ACCOUNT.userId;
const account = loadAccounts(config.accountsFile).get(userId);
if (account === undefined) throw new Error(`ACCOUNTS_FILE has no account ${userId}: set BENCHMARK_USER to one it has.`);
const headers = { authorization: basicAuth(account), 'content-type': 'application/json' };
/** Tells these conferences from others on the platform; each one's tag ends with when it is due. */
const mark = `benchmark-${Date.now()}-`;

/** @throws Error unless the answer is a success. */
async function post(path: string, body: object): Promise<Response> {
  const answer = await fetch(gateway + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`POST ${path} was answered ${answer.status}: ${text}`);
  return answer;
}

async function schedule(due: number): Promise<string> {
  const body = { from: '+12345678901', startAt: new Date(due).toISOString(), tag: `${mark}${due}` };
  const answer = await post(conferencesPath(userId), body);
  const id = idFromLocation(answer.headers.get('location') ?? undefined);
  if (id === undefined) throw new Error(`a create call was answered ${answer.status} without a Location`);
  return id;
}

async function end(conferenceId: string): Promise<void> {
  await post(conferencePath(userId, conferenceId), { state: 'completed' });
}

/** Does the work for each item, so many at once; what it takes (ms). */
async function forEach<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<number> {
  const from = performance.now();
  const left = items.values();
  const lane = async () => {
    // All lanes take from the one iterator.
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return performance.now() - from;
}

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

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

const anHourAhead = Date.now() + 3_600_000;
const trial: string[] = [];
const took = await forEach(Array(TRIAL).fill(anHourAhead), async (due: number) => trial.push(await schedule(due)));
await forEach(trial, end);
// The wire's instants are whole seconds.
const wholeSecond = (time: number) => Math.ceil(time / 1_000) * 1_000;
const firstDue = wholeSecond(Date.now() + 20_000 + 1.5 * (took / TRIAL) * count);
const dues = Array.from({ length: count }, (_, index) => firstDue + Math.floor((index * 60) / count) * 1_000);

say(`Scheduling ${count} conferences for the minute after ${new Date(firstDue).toISOString()} ...`);
const ids: string[] = [];
const scheduling = await forEach(dues, async (due) => {
  ids.push(await schedule(due));
  if (ids.length % 1_000 === 0) say(`${ids.length} of ${count} are scheduled`);
});
say(`scheduled in ${seconds(scheduling)}, ${((count * 1000) / scheduling).toFixed(1)} per second`);
if (Date.now() > firstDue) say('That took longer than expected: some were due before all were scheduled.');

const came = await untilAllHaveCome(firstDue);
const late = came.map((one) => one.late).sort((a, b) => a - b);
const share = (part: number) => seconds(late[Math.ceil(late.length * part) - 1] ?? NaN);
const lasted = (came.at(-1)?.at ?? NaN) - (came[0]?.at ?? NaN);
say(`${came.length} of ${count} started, ${((came.length * 1000) / lasted).toFixed(1)} per second`);
say(`late by: p10 ${share(0.1)}, p50 ${share(0.5)}, p90 ${share(0.9)}, p99 ${share(0.99)}, at most ${share(1)}`);
say(`before their time: ${late.filter((by) => by < 0).length}`);

say('Ending them ...');
const ending = await forEach(ids, end);
say(`ended in ${seconds(ending)}, ${((count * 1000) / ending).toFixed(1)} per second`);
