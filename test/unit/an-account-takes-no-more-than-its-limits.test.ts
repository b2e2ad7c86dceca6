import { describe, expect, test } from '@jest/globals';
import { Accounts, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { limits, type Limits } from '../../src/accounts/limits.ts';
import { CatapultError } from '../../src/catapult/errors.ts';
import { createConferenceRequest } from '../../src/catapult/requests.ts';
import { parseRequest } from '../../src/catapult/parse.ts';
import type { ScheduleAsked } from '../../src/client/index.ts';
import { AccountLimits, type AccountLimitsOptions } from '../../src/gateway/limits/account-limits.ts';

/* One account, at one gateway or at several; time passes when it is told to. */

const USER = 'u-1';
const request = (fields: object = {}) => parseRequest(createConferenceRequest, { from: '+19195551234', ...fields });
const PLAIN = request();
const withPeople = (people: number) =>
  request({ participants: Array.from({ length: people }, () => ({ to: '+19195550001' })) });
const LATER = request({ startAt: new Date(Date.now() + 86_400_000).toISOString() });

class World {
  now = 0;
  /** What Temporal's index says. */
  conferences = 0;
  begunKeys: string[] = [];
  counts = 0;
  turn = true;
  readonly gateways: AccountLimits[];

  constructor(gateways = 1, own: Partial<Limits> = {}, options: Partial<AccountLimitsOptions> = {}) {
    const account = { ...LOCAL_ACCOUNT, userId: USER, limits: limits.parse(own) };
    const accounts = new Accounts([account, { ...account, userId: 'u-2' }, { ...LOCAL_ACCOUNT, userId: 'u-free' }]);
    this.gateways = Array.from(
      { length: gateways },
      () =>
        new AccountLimits({
          ...{ accounts, gateways: () => gateways, now: () => this.now },
          count: () => Promise.resolve((this.counts += 1)).then(() => this.conferences),
          isBegun: (_userId, key) => Promise.resolve(this.begunKeys.includes(key)),
          takeRedeliveryTurn: () => Promise.resolve(this.turn ? () => undefined : undefined),
          ...options,
        }),
    );
  }

  get gateway(): AccountLimits {
    const [one] = this.gateways;
    if (one === undefined) throw new Error('there is one');
    return one;
  }

  /** How many of so many are let in, taken in turn by all gateways. */
  async passed(times: number, take: (gateway: AccountLimits) => unknown): Promise<number> {
    let passed = 0;
    for (let time = 0; time < times; time += 1) {
      const gateway = this.gateways[time % this.gateways.length] ?? this.gateway;
      passed += (await refusalOf(() => take(gateway))) === undefined ? 1 : 0;
    }
    return passed;
  }

  /** The same in one second, spread over it evenly. */
  async passedInASecond(times: number, take: (gateway: AccountLimits) => unknown): Promise<number> {
    let passed = 0;
    for (let time = 0; time < times; time += 1) {
      this.now += 1_000 / times;
      const gateway = this.gateways[time % this.gateways.length] ?? this.gateway;
      passed += (await refusalOf(() => take(gateway))) === undefined ? 1 : 0;
    }
    return passed;
  }
}

async function refusalOf(take: () => unknown): Promise<CatapultError | undefined> {
  try {
    await take();
    return undefined;
  } catch (error) {
    if (error instanceof CatapultError && error.status === 429) return error;
    throw error;
  }
}

const visit = (gateway: AccountLimits) => gateway.enter(USER)();

describe('requests', () => {
  test('are 25 a second, and 50 at once after a pause', async () => {
    const world = new World();
    expect(await world.passed(200, visit)).toBe(50);
    expect(await world.passedInASecond(250, visit)).toBe(25);
    world.now += 60_000;
    expect(await world.passed(200, visit)).toBe(50);
  });

  test('are as many as the account has for itself', async () => {
    const world = new World(1, { requestsPerSecond: 5, requestsAtOnce: 7 });
    expect(await world.passed(100, visit)).toBe(7);
    expect(await world.passedInASecond(100, visit)).toBe(5);
  });

  test('are 20 in flight', async () => {
    const world = new World();
    const leave = Array.from({ length: 20 }, () => world.gateway.enter(USER));
    expect((await refusalOf(() => world.gateway.enter(USER)))?.message).toContain('20 requests in flight');
    leave[0]?.();
    expect(await refusalOf(() => world.gateway.enter(USER))).toBeUndefined();
  });

  test('of one account are none of another’s', async () => {
    const world = new World();
    await world.passed(200, visit);
    expect(await world.passed(200, (gateway) => gateway.enter('u-2')())).toBe(50);
  });

  test('have no limit where the account has none', async () => {
    expect(await new World().passed(1_000, (gateway) => gateway.enter('u-free'))).toBe(1_000);
  });
});

describe('who is refused', () => {
  test('is told when to come again, and is let in then, and not a moment before', async () => {
    const world = new World();
    await world.passed(50, visit);
    const before = Date.now();
    const { headers = {} } = (await refusalOf(() => world.gateway.enter(USER))) ?? {};
    const waitMs = Number(headers['x-ratelimit-reset']) - before;
    expect(waitMs).toBeGreaterThanOrEqual(40);
    expect(Number(headers['retry-after'])).toBe(1);
    world.now += 39;
    expect(await world.passed(1, visit)).toBe(0);
    world.now += 1;
    expect(await world.passed(1, visit)).toBe(1);
  });

  test('has taken nothing by that', async () => {
    const world = new World();
    await world.passed(10_000, visit);
    world.now += 1_000;
    expect(await world.passed(100, visit)).toBe(25);
  });
});

describe('creates', () => {
  const create = (gateway: AccountLimits) => gateway.create(USER, PLAIN);

  test('are 10 a second', async () => {
    const world = new World();
    expect(await world.passed(100, create)).toBe(10);
    expect(await world.passedInASecond(100, create)).toBe(10);
  });

  test('dial those whom they are for: 100 in a minute with the dials, and none of a create that is refused', async () => {
    const world = new World();
    expect(await world.passed(5, (gateway) => gateway.create(USER, withPeople(19)))).toBe(5);
    const refusal = await refusalOf(() => world.gateway.create(USER, withPeople(6)));
    expect(refusal?.message).toContain('more than 100 times a minute');
    expect(await world.passed(100, (gateway) => gateway.dial(USER))).toBe(5);
    world.now += 60_000;
    expect(await world.passed(200, (gateway) => gateway.dial(USER))).toBe(100);
  });

  test('with more people than are dialled at once go when nobody else is dialled', async () => {
    const world = new World(1, { dialsPerMinute: 10 });
    expect(await refusalOf(() => world.gateway.create(USER, withPeople(20)))).toBeUndefined();
    world.now += 60_000;
    expect(await world.passed(1, (gateway) => gateway.dial(USER))).toBe(0);
    world.now += 60_000;
    expect(await world.passed(100, (gateway) => gateway.dial(USER))).toBe(10);
  });
});

describe('conferences', () => {
  /** Creates as quickly as it may, for so long; each counts in the index at once. */
  async function createFor(world: World, seconds: number, what = PLAIN): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      await world.passedInASecond(20, async (gateway) => {
        await gateway.create(USER, what);
        world.conferences += 1;
      });
    }
  }

  test.each([
    ...[{ gateways: 1, most: 1_000 }],
    // What the others have begun since a second ago, each may not know.
    ...[{ gateways: 3, most: 1_010 }],
  ])('are 1,000 open ones over $gateways gateways, which do not count for each create', async ({ gateways, most }) => {
    const world = new World(gateways);
    await createFor(world, 150);
    expect(world.conferences).toBeGreaterThanOrEqual(1_000);
    expect(world.conferences).toBeLessThanOrEqual(most);
    world.counts = 0;
    world.conferences = 0;
    world.now += 60_000;
    await createFor(world, 30);
    expect(world.counts).toBeLessThanOrEqual(3 * gateways);
  });

  test('are 500 scheduled ones, beside those that are open', async () => {
    const world = new World();
    await createFor(world, 70, LATER);
    expect(world.conferences).toBe(500);
    world.now += 1_000;
    expect((await refusalOf(() => world.gateway.create(USER, LATER)))?.message).toContain('500 scheduled');
  });

  test('that end make room within a second', async () => {
    const world = new World();
    world.conferences = 1_000;
    expect(await world.passed(1, (gateway) => gateway.create(USER, PLAIN))).toBe(0);
    world.conferences = 999;
    world.now += 1_100;
    expect(await world.passed(2, (gateway) => gateway.create(USER, PLAIN))).toBe(1);
  });

  test('that were begun under a key are found again, however full it is', async () => {
    const world = new World();
    world.conferences = 1_000;
    world.begunKeys = ['known'];
    expect(await refusalOf(() => world.gateway.create(USER, PLAIN, 'known'))).toBeUndefined();
    expect((await refusalOf(() => world.gateway.create(USER, PLAIN, 'new')))?.message).toContain('1000 open');
  });

  test('are as many as were counted last while Temporal does not answer', async () => {
    let isAway = false;
    const count = () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve(5));
    const world = new World(1, { openConferences: 7 }, { count });
    expect(await world.passed(1, (gateway) => gateway.create(USER, PLAIN))).toBe(1);
    isAway = true;
    world.now += 60_000;
    expect(await world.passed(9, (gateway) => gateway.create(USER, PLAIN))).toBe(1);
  });
});

describe('schedules', () => {
  const EVERY_MINUTE = Array.from({ length: 10 }, (_, index) => index * 60_000);
  const schedule = (more: Partial<ScheduleAsked> = {}) => ({
    ...{ request: PLAIN, isNew: true, begins: EVERY_MINUTE, startedAtOnce: 0 },
    ...more,
  });

  test('are 200, and a change of one is none', async () => {
    const world = new World();
    world.conferences = 199;
    expect(await world.passed(5, (gateway) => gateway.schedule(USER, schedule()))).toBe(1);
    expect((await refusalOf(() => world.gateway.schedule(USER, schedule())))?.message).toContain('200 schedules');
    expect(await refusalOf(() => world.gateway.schedule(USER, schedule({ isNew: false })))).toBeUndefined();
    expect(await world.passed(300, (gateway) => gateway.schedule('u-free', schedule()))).toBe(300);
  });

  test('have a minute between two conferences, for what a schedule makes is not refused', async () => {
    const { gateway } = new World();
    for (const isNew of [true, false]) {
      const begins = [0, 60_000, 119_999];
      const error: unknown = await gateway
        .schedule(USER, schedule({ isNew, begins }))
        .catch((reason: unknown) => reason);
      expect(error).toMatchObject({ status: 400, code: 'validation-error' });
      expect((error as Error).message).toBe(
        'The times: got 59.999 s between two conferences, wants 60 s for this account, at least.',
      );
    }
    const own = new World(1, { secondsBetweenRuns: 1 });
    await own.gateway.schedule(USER, schedule({ begins: [0, 1_000] }));
    // One that comes once.
    await gateway.schedule(USER, schedule({ begins: [0] }));
  });

  test('that start conferences at once have created them, as a backfill has', async () => {
    const world = new World();
    expect(await refusalOf(() => world.gateway.schedule(USER, schedule({ startedAtOnce: 50 })))).toBeUndefined();
    expect(await refusalOf(() => world.gateway.create(USER, PLAIN))).toBeDefined();
    world.now += 3_900;
    expect(await refusalOf(() => world.gateway.create(USER, PLAIN))).toBeDefined();
    world.now += 1_100;
    expect(await refusalOf(() => world.gateway.start(USER, PLAIN, 100))).toBeUndefined();
  });

  test('dial all whom a backfill dials', async () => {
    const world = new World();
    await world.gateway.start(USER, withPeople(20), 10);
    world.now += 60_000;
    expect((await refusalOf(() => world.gateway.dial(USER)))?.message).toContain('100 times a minute');
    world.now += 61_000;
    expect(await refusalOf(() => world.gateway.dial(USER))).toBeUndefined();
  });

  test('start none of a backfill for which there is no room', async () => {
    const world = new World();
    world.conferences = 990;
    expect((await refusalOf(() => world.gateway.start(USER, PLAIN, 11)))?.message).toContain('no room for 11 more');
    world.now += 60_000;
    expect(await refusalOf(() => world.gateway.start(USER, PLAIN, 10))).toBeUndefined();
  });
});

describe('over several gateways together', () => {
  test.each([2, 3, 7])('%d let in what one would', async (gateways) => {
    const world = new World(gateways);
    expect(await world.passed(gateways * 100, visit)).toBeLessThanOrEqual(50);
    expect(await world.passedInASecond(gateways * 100, visit)).toBeLessThanOrEqual(25 + gateways);
    const leaves = world.gateways.flatMap((gateway) => {
      world.now += 60_000;
      return Array.from({ length: Math.floor(20 / gateways) }, () => gateway.enter(USER));
    });
    expect(leaves.length).toBeGreaterThan(20 - gateways);
    expect(await world.passed(gateways, (gateway) => gateway.enter(USER))).toBe(0);
  });
});

describe('a redelivery of all', () => {
  test('goes on by itself', async () => {
    const world = new World();
    const over = await world.gateway.redeliver(USER);
    expect((await refusalOf(() => world.gateway.redeliver(USER)))?.headers['retry-after']).toBe('10');
    over();
    expect(await refusalOf(() => world.gateway.redeliver(USER))).toBeUndefined();
  });

  test('waits for another gateway’s, and for Temporal', async () => {
    const world = new World();
    world.turn = false;
    expect(await refusalOf(() => world.gateway.redeliver(USER))).toBeDefined();
    world.turn = true;
    expect(await refusalOf(() => world.gateway.redeliver(USER))).toBeUndefined();
    const away = new World(1, {}, { takeRedeliveryTurn: () => Promise.reject(new Error('away')) });
    await expect(away.gateway.redeliver(USER)).rejects.toThrow('away');
    await expect(away.gateway.redeliver(USER)).rejects.toThrow('away');
  });
});
