import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { conferencePath, membersPath } from '../../src/catapult/paths.ts';
import { badRequests, halfRequests, vainRequests, type BadRequest, type Targets } from '../support/bad-requests.ts';
import { openHouse, USER, type House } from '../support/house.ts';
import { until } from '../support/until.ts';
import { RawConnection, type Exchange, type RawAnswer } from '../support/raw-http.ts';

/** How many bad requests are sent (`npm run test:bad-input` sends 100,000), and the seed that makes them the same again. */
const COUNT = Number(process.env['BAD_REQUESTS'] ?? 5_000);
const SEED = Number(process.env['BAD_REQUESTS_SEED'] ?? 4);
const AT_ONCE = 48;
const BATCH = 500;
const VAIN = 2;

/** Tells a hang from a server that is merely busy (ms). */
const HANGS = 30_000;

let house: House;
beforeAll(async () => {
  // As outside of the test runner, whose longer stacks take a tenth of the time.
  Error.stackTraceLimit = 10;
  house = await openHouse();
});
afterAll(() => house.close());

test(`${COUNT} bad requests: each is refused in the wire’s shape, none hangs, and nothing changes`, async () => {
  const targets = await furnish(house);
  const before = await everything(house, targets);
  const { wrong, counts, seconds } = await sendAll(house.url, targets);
  process.stdout.write(`bad requests in ${seconds} s (seed ${SEED}): ${JSON.stringify(counts)}\n`);
  const after = await everything(house, targets);
  expect({ wrong, after }).toEqual({ wrong: {}, after: before });
}, 600_000);

/** Three conferences, one of each state; the active one has a member, and a call is up that is in none; and a schedule. */
async function furnish(house: House): Promise<Targets> {
  const { sandbox, customer } = house;
  const active = await house.create({ tag: 'active' });
  const [created, completed] = [await house.create(), await house.create()];
  const callIn = () => sandbox.platform.callIn().id;
  const added = await house.call('POST', membersPath(USER, active), { callId: callIn() });
  expect(added.status).toBe(201);
  expect((await house.call('POST', conferencePath(USER, completed), { state: 'completed' })).status).toBe(200);
  // Three are created, one is joined, one is completed.
  await customer.until('/callback', 5);
  const weekly = { cron: '0 9 1 1 *', timeZone: 'UTC', conference: { from: '+19195551234' } };
  const { scheduleId } = await house.service.schedules.create(USER, weekly);
  const onPlatform = sandbox.platform.list().find(({ callbackUrl }) => callbackUrl?.includes(active));
  return {
    ...{ user: USER, authorization: basicAuth(LOCAL_ACCOUNT), host: new URL(house.url).host },
    ...{ active, created, completed, member: added.headers.get('location')?.split('/').pop() ?? '', call: callIn() },
    schedule: scheduleId,
    callback: new URL(onPlatform?.callbackUrl ?? '').pathname,
  };
}

/** All that there is: what the gateway shows, what is on the platform, what the customer was told, and how many workflows. */
async function everything(house: House, { active, created, completed, schedule }: Targets) {
  const read = async (path: string): Promise<unknown> => (await house.call('GET', path)).json();
  const shown = [active, created, completed].map(async (id) => [
    await read(conferencePath(USER, id)),
    await read(membersPath(USER, id)),
  ]);
  return {
    shown: await Promise.all(shown),
    schedule: await house.service.schedules.get({ userId: USER, scheduleId: schedule }),
    schedules: await schedulesOf(house),
    platform: structuredClone(house.sandbox.platform.list()),
    calls: house.sandbox.platform.calls().map((call) => call.shown()),
    told: house.customer.received.length,
    workflows: (await house.client.workflow.count(`TaskQueue = '${house.taskQueue}'`)).count,
  };
}

/** All that are listed, once the one that is there is. */
async function schedulesOf(house: House): Promise<number> {
  return await until('the list has a schedule', async () => {
    const { schedules } = await house.service.schedules.page(USER, { size: 100 });
    return schedules.length > 0 && schedules.length;
  });
}

/** Sends all on many connections at once; each kind of fault comes back with what is needed to send it again. */
async function sendAll(url: string, targets: Targets) {
  const startedAt = performance.now();
  const wrong: Record<string, { times: number; sent: string; got: Exchange }> = {};
  const counts: Record<string, number> = {};
  const queue = drawn(targets);
  const work = async (requests: Iterable<BadRequest>) => {
    const connection = new RawConnection(url, HANGS);
    for (const request of requests) {
      const got = await connection.exchange(request);
      for (const label of labelsOf(got)) counts[label] = (counts[label] ?? 0) + 1;
      for (const fault of faultsOf(request, got)) {
        const known = (wrong[`${request.flaw}: ${fault}`] ??= { times: 0, sent: shown(request.bytes), got });
        known.times += 1;
      }
    }
    connection.close();
  };
  const silent = halfRequests(targets).map((request) => work([request]));
  await Promise.all([...silent, ...Array.from({ length: AT_ONCE }, () => work(queue))]);
  return { wrong, counts, seconds: Math.round((performance.now() - startedAt) / 100) / 10 };
}

/** The same requests for the same seed, a batch at a time; few of them ask Temporal. */
function* drawn(targets: Targets): Generator<BadRequest> {
  const [bad, vain] = [badRequests(targets), vainRequests(targets)];
  for (let sent = 0; sent < COUNT; sent += BATCH) {
    yield* fc.sample(bad, { seed: SEED + sent, numRuns: Math.min(BATCH, COUNT - sent) - VAIN });
    yield* fc.sample(vain, { seed: SEED + sent, numRuns: VAIN });
  }
}

function labelsOf({ answers, end }: Exchange): string[] {
  return answers.length > 0 ? answers.map(({ status }) => String(status)) : [`${end} without an answer`];
}

function faultsOf({ isRead, isHead }: BadRequest, { answers, end, rest }: Exchange): string[] {
  const faults = answers.flatMap(({ status, headers, body }) => {
    if (isRead && status === 200) return [];
    if (status < 400 || status > 499) return [`answered ${status}`];
    return isHead || isErrorOfTheWire(headers, body) ? [] : [`${status} is not in the wire’s shape`];
  });
  if (end === 'hung') faults.push('hangs');
  if (end !== 'hung' && rest !== '') faults.push('half an answer');
  return faults;
}

function isErrorOfTheWire(headers: RawAnswer['headers'], body: string): boolean {
  if (headers['content-type']?.startsWith('application/json') !== true) return false;
  try {
    const { category, code, message } = JSON.parse(body) as Record<string, unknown>;
    return [category, code, message].every((field) => typeof field === 'string' && field !== '');
  } catch {
    return false;
  }
}

function shown(bytes: Buffer): string {
  const text = JSON.stringify(bytes.toString('latin1'));
  return text.length > 1_200 ? `${text.slice(0, 1_200)}… (${bytes.length} bytes)` : text;
}
