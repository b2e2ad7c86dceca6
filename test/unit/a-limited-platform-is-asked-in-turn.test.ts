import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { catapultError } from '../../src/catapult/errors.ts';
import { Pace } from '../../src/platform/pace.ts';
import { randomFrom } from '../../src/sandbox/random.ts';
import { seedOf } from '../support/seed.ts';

const { wire: LIMITED } = catapultError('rate-limit-reached', 'There were more requests than the limit allows.');
const WAIT_MS = 2_000;
/** By how much Temporal begins an attempt late. */
const LATENESS_MS = 800;
/** Far more than any of the calls needs. */
const MOST_TRIES = 10_000;

const seed = seedOf('RULES_SEED');
process.stderr.write(`a limited platform is asked: RULES_SEED=${seed}\n`);

beforeEach(() => {
  jest.useFakeTimers({ now: 1_800_000_000_000 });
  jest.spyOn(Math, 'random').mockImplementation(randomFrom(seed));
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

/** A platform that takes one call a second from all together, and says when to come again as it is told to. */
function platform({ resetOf = (reset: number) => reset, everyMs = 1_000, lagMs = 20 } = {}) {
  const taken: { who: string; at: number }[] = [];
  let requests = 0;
  const ask = async (who: string): Promise<number | undefined> => {
    requests += 1;
    await passed(lagMs / 2);
    const reset = (taken.at(-1)?.at ?? -Infinity) + everyMs;
    const isLimited = Date.now() < reset;
    if (!isLimited) taken.push({ who, at: Date.now() });
    await passed(lagMs / 2);
    return isLimited ? resetOf(reset) : undefined;
  };
  return { taken, ask, requests: () => requests };
}

const passed = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** A call as an activity makes it: tried until it is taken, each time by any of the workers. */
async function call(
  paces: Pace[],
  ask: (who: string) => Promise<number | undefined>,
  who: string,
  account = 'u-many',
): Promise<void> {
  const caller = { key: who, account, since: Date.now() };
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const pace = paces[Math.floor(Math.random() * paces.length)] as Pace;
    const notNow = await pace.turn(caller);
    let comeAgainAt = notNow?.comeAgainAt;
    if (comeAgainAt === undefined) {
      const sentAt = performance.now();
      const resetAt = await ask(who);
      if (resetAt === undefined) return pace.done(sentAt);
      comeAgainAt = pace.limited(caller, sentAt, resetAt, LIMITED).comeAgainAt;
    }
    await passed(Math.max(comeAgainAt - Date.now(), 1) + Math.random() * LATENESS_MS);
  }
  throw new Error(`${who} was not taken at ${MOST_TRIES} tries`);
}

/** So many calls of one account, as fast as a worker begins them. */
async function begun(count: number, paces: Pace[], ask: (who: string) => Promise<number | undefined>) {
  const all: Promise<void>[] = [];
  for (let n = 0; n < count; n += 1) {
    all.push(call(paces, ask, String(n)));
    await jest.advanceTimersByTimeAsync(5);
  }
  return all;
}

async function callAll(count: number, paces: Pace[], ask: (who: string) => Promise<number | undefined>) {
  const began = Date.now();
  const all = await begun(count, paces, ask);
  const state = { isDone: false };
  void Promise.all(all).then(() => (state.isDone = true));
  for (let passedMs = 0; !state.isDone && passedMs < count * 5_000; passedMs += 250)
    await jest.advanceTimersByTimeAsync(250);
  return Date.now() - began;
}

test.each([
  [25, 1],
  [100, 1],
  [300, 1],
  [25, 2],
  [100, 2],
  [100, 5],
])(
  '%d calls at once at one a second, %d workers: 3 requests each at most, in order, without much idling',
  async (count, workers) => {
    const { taken, ask, requests } = platform();
    const took = await callAll(
      count,
      Array.from({ length: workers }, () => new Pace(WAIT_MS)),
      ask,
    );
    // At random it would be a third of them.
    const outOfPlace = taken.reduce((sum, { who }, place) => sum + Math.abs(Number(who) - place), 0) / count;
    if (process.env['SHOW'] !== undefined)
      process.stderr.write(
        `${count} calls, ${workers} workers: ${(requests() / count).toFixed(2)} requests each, ${took / 1000} s, out of place ${outOfPlace} on average\n`,
      );
    expect(taken).toHaveLength(count);
    expect(requests()).toBeLessThanOrEqual(3 * count);
    expect(took).toBeLessThan(count * (workers === 1 ? 1_300 : 2_500) + 10_000);
    expect(outOfPlace).toBeLessThanOrEqual(workers === 1 ? 5 : count / 4);
  },
);

test.each([1, 5])(
  'one account’s 300 calls keep no other from its one, which goes within its first few turns, %d workers',
  async (workers) => {
    const { taken, ask, requests } = platform();
    const paces = Array.from({ length: workers }, () => new Pace(WAIT_MS));
    const many = await begun(300, paces, ask);
    await jest.advanceTimersByTimeAsync(20_000);
    const takenBefore = taken.length;
    const beganAt = Date.now();
    const other = { isTaken: false };
    const one = call(paces, ask, 'the other', 'u-one').then(() => (other.isTaken = true));
    for (let second = 0; second < 400 && !other.isTaken; second += 1) await jest.advanceTimersByTimeAsync(1_000);
    await one;
    const turns = taken.findIndex(({ who }) => who === 'the other') - takenBefore;
    if (process.env['SHOW'] !== undefined)
      process.stderr.write(
        `beside 300, ${workers} workers: after ${turns} turns, ${(Date.now() - beganAt) / 1000} s\n`,
      );
    expect(takenBefore).toBeGreaterThan(0);
    // A limited call comes back a little late, and another may have taken its place by then.
    expect(turns).toBeLessThanOrEqual(20);
    await jest.advanceTimersByTimeAsync(1_000_000);
    await Promise.all(many);
    expect(requests()).toBeLessThanOrEqual(3 * 301);
  },
);

test('accounts take turns, each with its calls in the order in which it wanted them', async () => {
  const pace = new Pace(60_000);
  const limited = { key: 'a1', account: 'a', since: 0 };
  pace.limited(limited, performance.now(), Date.now() + 1_000, LIMITED);
  const went: string[] = [];
  for (const [since, key] of ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'b2', 'b3', 'c1'].entries())
    void pace.turn({ key, account: key.slice(0, 1), since }).then(() => went.push(key));
  await jest.advanceTimersByTimeAsync(20_000);
  expect(went).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'b3', 'a4', 'a5']);
});

test.each([
  ['in the past', () => Date.now() - 60_000],
  ['absurdly far ahead', () => Date.now() + 1e12],
  ['some minutes ahead', () => Date.now() + 300_000],
  ['missing', () => 0],
])('a reset %s: a pause that grows, and never a rush', async (_what, resetOf) => {
  const { taken, ask, requests } = platform({ resetOf });
  await callAll(25, [new Pace(WAIT_MS)], ask);
  expect(taken).toHaveLength(25);
  expect(requests()).toBeLessThanOrEqual(3 * 25);
});

test('a window of some calls a minute is waited out, and its end is no pace', async () => {
  const pace = new Pace(WAIT_MS);
  const reset = Date.now() + 40_000;
  pace.limited({ key: 'a', account: 'u-many', since: 0 }, performance.now(), reset, LIMITED);
  const next = pace.limited({ key: 'b', account: 'u-many', since: 1 }, performance.now() - 1, reset, LIMITED);
  expect(next.turnAt).toBeGreaterThanOrEqual(reset);
  expect(next.turnAt).toBeLessThan(reset + 2_500);
});

test('once nobody waits and no limit shows, calls go as they come', async () => {
  const pace = new Pace(WAIT_MS);
  const caller = { key: 'a', account: 'u-many', since: 0 };
  pace.limited(caller, performance.now(), Date.now() + 1_000, LIMITED);
  pace.leave(caller);
  await jest.advanceTimersByTimeAsync(20_000);
  for (let n = 0; n < 50; n += 1)
    expect(await pace.turn({ key: String(n), account: 'u-many', since: n })).toBeUndefined();
});

test('a platform that limits no more is soon asked as fast as calls come', async () => {
  let isLimiting = true;
  const { taken, ask } = platform({ everyMs: 1 });
  const moody = async (who: string) => (isLimiting ? Date.now() + 500 : ask(who));
  setTimeout(() => (isLimiting = false), 3_000);
  const took = await callAll(60, [new Pace(WAIT_MS)], moody);
  expect(taken).toHaveLength(60);
  expect(took).toBeLessThan(30_000);
});

test.each([
  ['back', -3_600_000],
  ['forward', 3_600_000],
])('our clock set %s by an hour puts no call off, and sends none too early', async (_what, byMs) => {
  const pace = new Pace(WAIT_MS);
  pace.limited({ key: 'a', account: 'u-many', since: Date.now() }, performance.now(), Date.now() + 10_000, LIMITED);
  pace.leave({ key: 'a', account: 'u-many', since: 0 });
  jest.setSystemTime(Date.now() + byMs);
  const notNow = await pace.turn({ key: 'b', account: 'u-many', since: Date.now() });
  const awayMs = (notNow?.turnAt ?? 0) - Date.now();
  expect(awayMs).toBeGreaterThanOrEqual(9_000);
  expect(awayMs).toBeLessThanOrEqual(11_000);
});

test('a reset some minutes away is asked after within a second, then ever more slowly', () => {
  const pace = new Pace(WAIT_MS);
  const pauses = [1, 2, 3, 4, 5, 6, 7].map((n) => {
    const { turnAt } = pace.limited(
      { key: 'a', account: 'u-many', since: n },
      performance.now(),
      Date.now() + 600_000,
      LIMITED,
    );
    const pauseMs = turnAt - Date.now();
    jest.advanceTimersByTime(pauseMs);
    return pauseMs;
  });
  expect(pauses[0]).toBeLessThanOrEqual(1_000);
  expect(pauses.at(-1)).toBeGreaterThanOrEqual(10_000);
});
