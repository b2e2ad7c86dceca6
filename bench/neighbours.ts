/*
 * `npm run bench:neighbours`: how long one account waits for its answers while nobody else asks, beside 2,000 connections of bad clients, and
 * beside an account that asks for as much as it may, and for ten times as much. docs/performance.md says how to read what comes out. All of Convoke runs as
 * `convoke start` runs it, and each kind of client in a process of its own.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { addAccount } from '../src/accounts-tool.ts';
import { basicAuth, type Credentials } from '../src/catapult/credentials.ts';
import { conferencesPath } from '../src/catapult/paths.ts';
import { readConfig } from '../src/config.ts';
import { badRequests, stranger } from '../test/support/strangers.ts';
import { freePort, killGroup, launch } from '../test/support/processes.ts';
import { spreadOf } from './figures.ts';
import { send } from './http.ts';

/** What an account may (docs/wire.md), and what the loud one asks for. */
const MAY = { requestsPerSecond: 25, createsPerSecond: 10 };
const TIMES = 10;
const BAD_CONNECTIONS = 2_000;
const SECONDS = Number(process.env['SECONDS'] ?? 40);
const TIMEOUT_MS = 20_000;

/** What a client process is told: where, as whom, and how often it asks in a second. */
interface Orders {
  url: string;
  userId: string;
  credentials: Credentials;
  gets: number;
  creates: number;
}

/** What it tells: milliseconds of each answer, and how many there were of each status. */
interface Told {
  gets: number[];
  creates: number[];
  answers: Record<string, number>;
}

const [role, given] = process.argv.slice(2);
if (role === 'asks') process.send?.(await ask(JSON.parse(given ?? '') as Orders));
else if (role === 'is-bad') await beBad(JSON.parse(given ?? '') as Orders);
else await main();

/** Asks at its rate, whatever is answered, and waits for nothing before it asks again. */
async function ask({ url, userId, credentials, gets, creates }: Orders): Promise<Told> {
  const told: Told = { gets: [], creates: [], answers: {} };
  const headers = { authorization: basicAuth(credentials) };
  const conferences = new URL(conferencesPath(userId), url);
  const read = await opened(conferences, headers);
  const open: Promise<void>[] = [];
  const one = async (kind: 'gets' | 'creates') => {
    const began = performance.now();
    const body = kind === 'creates' ? { from: '+19195551234' } : undefined;
    const method = body === undefined ? 'GET' : 'POST';
    const answer = await send(method, kind === 'creates' ? conferences : read, body, {
      headers,
      timeoutMs: TIMEOUT_MS,
    }).catch(() => undefined);
    const name = `${method} ${answer?.status ?? 'no answer'}`;
    told.answers[name] = (told.answers[name] ?? 0) + 1;
    told[kind].push(performance.now() - began);
    // What was opened is ended, so that nobody comes to as many as may be open.
    if (answer?.location !== undefined)
      await send('POST', new URL(answer.location), { state: 'completed' }, { headers, timeoutMs: TIMEOUT_MS }).catch(
        () => undefined,
      );
  };
  const began = performance.now();
  for (let asked = { gets: 0, creates: 0 }; performance.now() - began < SECONDS * 1_000; await sleep(5)) {
    const seconds = (performance.now() - began) / 1_000;
    for (; asked.gets < seconds * gets; asked = { ...asked, gets: asked.gets + 1 }) open.push(one('gets'));
    for (; asked.creates < seconds * creates; asked = { ...asked, creates: asked.creates + 1 })
      open.push(one('creates'));
  }
  await Promise.all(open);
  return told;
}

/** A conference that stays open, to be read. @throws Error where none comes to be within some seconds. */
async function opened(conferences: URL, headers: Record<string, string>): Promise<URL> {
  for (let tries = 0; tries < 20; tries += 1, await sleep(500)) {
    const body = { from: '+19195551234' };
    const answer = await send('POST', conferences, body, { headers, timeoutMs: TIMEOUT_MS }).catch(() => undefined);
    if (answer?.location !== undefined) return new URL(answer.location);
  }
  throw new Error('no conference could be opened');
}

/** Opens connections of every bad kind, evenly through the time, and keeps them. */
async function beBad({ url, userId }: Pick<Orders, 'url' | 'userId'>): Promise<void> {
  const bad = badRequests(`${conferencesPath(userId)}/conf-x/events`, '/callbacks/u-1/conf-x/primary/forged');
  for (let count = 0; count < BAD_CONNECTIONS; count += 1) {
    const from = `127.0.1.${1 + (count % 40)}`;
    stranger(url, bad[count % bad.length] ?? '', { from, reads: count % 3 !== 0 });
    await sleep((SECONDS * 1_000) / BAD_CONNECTIONS);
  }
  process.exit(0);
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'convoke-neighbours-'));
  const [PORT, SANDBOX_PORT, TEMPORAL_PORT, TEMPORAL_UI_PORT] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const url = `http://127.0.0.1:${PORT}`;
  const settings = {
    ...{ PORT, SANDBOX_PORT, TEMPORAL_PORT, TEMPORAL_UI_PORT, PUBLIC_URL: url, CONVOKE_DATA_DIR: folder },
    ...{ ACCOUNTS_FILE: join(folder, 'accounts.json'), SETTINGS_FILE: '', LOG_LEVEL: 'error' },
  };
  const account = async (userId: string) => {
    const lines: string[] = [];
    await addAccount(readConfig(settings), userId, { scope: 'write' }, (line) => void lines.push(line.trim()));
    const of = (name: string) => lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? '';
    return { url, userId, credentials: { token: of('token'), secret: of('secret') } };
  };
  const [good, loud] = [await account('u-good'), await account('u-loud')];
  const convoke = launch(process.execPath, [join('dist', 'main.js'), 'start'], settings);
  try {
    await convoke.until(/curl/, 120_000);
    // Less than it may.
    const asks = { ...good, gets: 6, creates: 3 };
    await row('nobody else', asks);
    await row(`${BAD_CONNECTIONS} bad connections`, asks, () => forked('is-bad', good));
    await row('nobody else', asks);
    for (const times of [1, TIMES]) {
      // What it creates it also ends: that is a request, too.
      const gets = MAY.requestsPerSecond - 2 * MAY.createsPerSecond;
      const much = { gets: times * gets, creates: times * MAY.createsPerSecond };
      await row(`an account at ${times} times its limits`, asks, () => forked('asks', { ...loud, ...much }));
    }
  } finally {
    convoke.child.kill('SIGTERM');
    await Promise.race([convoke.ended, sleep(20_000)]);
    killGroup(convoke);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function row(beside: string, orders: Orders, others?: () => ChildProcess): Promise<void> {
  const other = others?.();
  const theirs = other && told(other);
  const ours = await told(forked('asks', orders));
  if (ours === undefined) throw new Error('the account has told nothing');
  print(`beside ${beside}`, ours);
  const heard = await theirs;
  if (heard) print('  that account itself', heard);
}

function print(name: string, { gets, creates, answers }: Told): void {
  const spread = (values: number[]) => {
    const { p50, p99, count } = spreadOf(values);
    return `p50 ${p50} ms, p99 ${p99} ms (${count})`;
  };
  process.stdout.write(`${name}: GET ${spread(gets)}; create ${spread(creates)}; ${JSON.stringify(answers)}\n`);
}

function forked(what: 'asks' | 'is-bad', orders: Partial<Orders>): ChildProcess {
  const child = fork(fileURLToPath(import.meta.url), [what, JSON.stringify(orders)], { execArgv: ['--import', 'tsx'] });
  // Clients are elsewhere, as a rule, and take no processor time from Convoke.
  if (orders.userId !== 'u-good' || what === 'is-bad') setPriority(child.pid ?? 0, 19);
  return child;
}

/** What a client has told when it has ended; nothing of those that are bad. */
function told(client: ChildProcess): Promise<Told | undefined> {
  return new Promise((resolve) => {
    let heard: Told | undefined;
    client.on('message', (message) => {
      heard = message as Told;
      client.disconnect();
    });
    client.on('exit', () => resolve(heard));
  });
}
