/* What the benchmarks share: the Convoke that they measure, requests to it, and taking the time. */
import { loadAccounts, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { conferencePath, conferencesPath, idFromLocation } from '../../src/catapult/paths.ts';
import { hostAndPort, readConfig } from '../../src/config.ts';

export const config = readConfig();
export const sandbox = config.platform.url;
export const userId = process.env['BENCHMARK_USER'] ?? LOCAL_ACCOUNT.userId;
const gateway = process.env['GATEWAY_URL'] ?? `http://${hostAndPort(config.host, config.port)}`;
const account = loadAccounts(config.accountsFile).get(userId);
if (account === undefined) throw new Error(`ACCOUNTS_FILE has no account ${userId}: set BENCHMARK_USER to one it has.`);
const headers = { authorization: basicAuth(account), 'content-type': 'application/json' };

/** How many conferences the command line asks for; what is no number ends the program. */
export function conferencesAskedFor(otherwise: number): number {
  const [, , given = String(otherwise)] = process.argv;
  if (Number(given) >= 1) return Number(given);
  process.stderr.write(`"${given}" is no number of conferences.\n`);
  process.exit(2);
}

/** @throws Error unless the answer is a success. */
export async function post(url: string, body: object): Promise<Response> {
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`POST ${url} was answered ${answer.status}: ${text}`);
  return answer;
}

/** Creates a conference; answers its id. @throws Error unless the answer is 201. */
export async function create(fields: object): Promise<string> {
  const { status, headers } = await post(gateway + conferencesPath(userId), { from: '+12345678901', ...fields });
  const conferenceId = idFromLocation(headers.get('location') ?? undefined);
  if (status !== 201 || conferenceId === undefined) throw new Error(`a create call was answered ${status}`);
  return conferenceId;
}

export async function change(conferenceId: string, fields: object): Promise<void> {
  await post(gateway + conferencePath(userId, conferenceId), fields);
}

export async function end(conferenceId: string): Promise<void> {
  await change(conferenceId, { state: 'completed' });
}

export interface Measured<Result> {
  results: Result[];
  milliseconds: number[];
  perSecond: number;
}

/** Does the work for each item, so many at once, and takes the time. */
export async function measure<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Measured<Result>> {
  const measured: Measured<Result> = { results: [], milliseconds: [], perSecond: 0 };
  const left = items.values();
  const began = performance.now();
  const lane = async () => {
    // All lanes take from the one iterator.
    for (const item of left) {
      const from = performance.now();
      measured.results.push(await work(item));
      measured.milliseconds.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  measured.perSecond = (items.length * 1000) / (performance.now() - began);
  return measured;
}

/** The value that this share of them stays under. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? NaN;
}
