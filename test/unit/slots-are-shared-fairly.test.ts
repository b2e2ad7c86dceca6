import { setMaxListeners } from 'node:events';
import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Shares, type Claim } from '../../src/delivery/shares.ts';
import { Slots } from '../../src/delivery/slots.ts';
import { Turns } from '../../src/delivery/turns.ts';

const PLACES = { slots: 1_024, slotsPerOrigin: 16, waiting: 2_048, waitMs: 5_000 };

/** Ends what many wait for. */
function stopper(): AbortController {
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  return over;
}

/** Whether a slot was to be had at once. */
async function isFree(slots: Slots, claim: Claim): Promise<boolean> {
  const stop = new AbortController();
  const taken = slots.take(claim, stop.signal);
  await Promise.resolve();
  stop.abort();
  const free = await taken;
  free?.();
  return free !== undefined;
}

/** So many origins of an account want so many slots each, and give none back. */
function hang(slots: Slots, account: string, origins: number, each: number, signal: AbortSignal): void {
  for (let origin = 0; origin < origins; origin += 1)
    for (let one = 0; one < each; one += 1) void slots.take({ account, origin: `hangs-${origin}` }, signal);
}

describe('beside what hangs', () => {
  test.each([
    ['one host of 1,000 conferences', 1, 1_000],
    ['8 hosts of 12 conferences each', 8, 12],
    ['50 hosts of 20 conferences each', 50, 20],
    ['50 hosts of 200 conferences each', 50, 200],
  ])('%s: another account has slots at once, and another host of the same account', async (_what, origins, each) => {
    const over = stopper();
    const slots = new Slots(PLACES);
    hang(slots, 'u-slow', origins, each, over.signal);
    expect(await isFree(slots, { account: 'u-slow', origin: 'good' })).toBe(true);
    const others = Array.from({ length: 16 }, () => slots.take({ account: 'u-good', origin: 'good' }, over.signal));
    over.abort();
    expect((await Promise.all(others)).filter((free) => free !== undefined)).toHaveLength(16);
  });

  test('20 accounts, each with 50 hosts: one more has a slot at once', async () => {
    const over = stopper();
    const slots = new Slots(PLACES);
    for (let account = 0; account < 20; account += 1) hang(slots, `u-${account}`, 50, 5, over.signal);
    expect(await isFree(slots, { account: 'u-good', origin: 'good' })).toBe(true);
    over.abort();
  });
});

test('an origin has 16 at most, and the next one when one is given back', async () => {
  const slots = new Slots(PLACES);
  const claim = { account: 'u-1', origin: 'o' };
  const free = await Promise.all(Array.from({ length: 16 }, () => slots.take(claim)));
  expect(await isFree(slots, claim)).toBe(false);
  const next = slots.take(claim);
  free[0]?.();
  expect(await next).toBeDefined();
});

test('what waits gets its turn in order, however often what is before it is given back', async () => {
  const slots = new Slots({ ...PLACES, slotsPerOrigin: 1 });
  const claim = { account: 'u-1', origin: 'o' };
  const order: number[] = [];
  const first = await slots.take(claim);
  const waiting = Array.from({ length: 20 }, async (_, number) => {
    const free = await slots.take(claim);
    order.push(number);
    free?.();
    free?.();
  });
  first?.();
  await Promise.all(waiting);
  expect(order).toEqual(Array.from({ length: 20 }, (_, number) => number));
});

test('a slot that is given back goes to the account that has fewest, and among equals to who has waited longest', async () => {
  const slots = new Slots({ ...PLACES, slots: 0 });
  const served: string[] = [];
  const take = async (account: string, origin: string) => {
    const free = await slots.take({ account, origin });
    served.push(`${account} ${origin}`);
    return free;
  };
  // Each account has the four that it has in any case.
  const four = (account: string) => Promise.all(['1', '2', '3', '4'].map((origin) => take(account, origin)));
  const [ofA, ofB] = [await four('a'), await four('b')];
  served.length = 0;
  const waiting = [take('b', '5'), take('a', '5'), take('a', '6')];
  ofA[0]?.();
  await waiting[1];
  ofB[0]?.();
  await waiting[0];
  ofA[1]?.();
  await waiting[2];
  expect(served).toEqual(['a 5', 'b 5', 'a 6']);
});

test('who may wait is bounded too: what is beyond an account’s share is told so at once, another’s is not', async () => {
  const over = stopper();
  const slots = new Slots(PLACES);
  hang(slots, 'u-slow', 50, 200, over.signal);
  expect(await slots.take({ account: 'u-slow', origin: 'hangs-1' })).toBeUndefined();
  const own = Array.from({ length: 17 }, () => slots.take({ account: 'u-good', origin: 'good' }, over.signal));
  const outcome = await Promise.race([own[16], new Promise((resolve) => setImmediate(() => resolve('waits')))]);
  expect(outcome).toBe('waits');
  over.abort();
});

test('nobody waits for longer than was said', async () => {
  const slots = new Slots({ ...PLACES, slotsPerOrigin: 1, waitMs: 50 });
  const claim = { account: 'u-1', origin: 'o' };
  await slots.take(claim);
  expect(await slots.take(claim)).toBeUndefined();
});

test('whatever is taken and given back, no more are held than there are, and who has none finds one', () => {
  const claim = fc.record({ account: fc.constantFrom('a', 'b', 'c'), origin: fc.constantFrom('x', 'y', 'z') });
  fc.assert(
    fc.property(fc.array(fc.tuple(claim, fc.boolean()), { maxLength: 400 }), (steps) => {
      const shares = new Shares(64, { firstAtOrigin: 1 / 2, moreAtOrigin: 1 / 8 });
      const held: Claim[] = [];
      for (const [wanted, isTaking] of steps) {
        if (isTaking && shares.mayTake(wanted)) {
          shares.take(wanted);
          held.push(wanted);
        } else if (!isTaking) {
          const [given] = held.splice(0, 1);
          if (given !== undefined) shares.giveBack(given);
        }
        expect(held.length).toBeLessThan(64);
        expect(shares.mayTake({ account: 'new', origin: 'new' })).toBe(true);
      }
      for (const one of held) shares.giveBack(one);
      expect(['a', 'b', 'c'].map((account) => shares.heldBy(account))).toEqual([0, 0, 0]);
    }),
  );
});

describe('of what is told to come back', () => {
  /** So many deliveries of an origin are sent away; gives when each comes back. */
  const sentAway = (turns: Turns, origin: string, count: number, account = 'u-1') =>
    Array.from({ length: count }, () => turns.next({ account, origin }, 10_000));
  const mostInASecond = (after: number[]) => {
    const seconds = new Map<number, number>();
    for (const ms of after) seconds.set(Math.floor(ms / 1_000), (seconds.get(Math.floor(ms / 1_000)) ?? 0) + 1);
    return Math.max(...seconds.values());
  };
  let turns: Turns;
  beforeEach(() => {
    turns = new Turns(() => 1_000_000);
  });

  test('20 of an origin come in a second, 40 of an account, and none too early or for ever late', () => {
    const after = sentAway(turns, 'dead-1', 1_000);
    expect(Math.min(...after)).toBeGreaterThanOrEqual(10_000);
    expect(mostInASecond(after)).toBe(20);
    const all = [...after, ...sentAway(turns, 'dead-2', 1_000)];
    expect(mostInASecond(all)).toBe(40);
    expect(Math.max(...sentAway(turns, 'dead-1', 10_000))).toBeLessThanOrEqual(312_000);
  });

  test('an origin has seconds of its own, whatever others have before it; so has an account', () => {
    for (let origin = 0; origin < 10; origin += 1) sentAway(turns, `dead-${origin}`, 1_500);
    expect(Math.max(...sentAway(turns, 'good', 5))).toBeLessThan(12_000);
    expect(Math.max(...sentAway(turns, 'good', 20, 'u-2'))).toBeLessThan(12_000);
  });
});
