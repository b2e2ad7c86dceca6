import { describe, expect, test } from '@jest/globals';
import type { ScheduleAsked } from '../../src/client/index.ts';
import { LimitsWorld, PLAIN, refusalOf, request, USER, withPeople } from './limits-world.ts';

const LATER = request({ startAt: new Date(Date.now() + 86_400_000).toISOString() });

describe('conferences', () => {
  /** Creates as quickly as it may, for so long; each counts in the index at once. */
  async function createFor(world: LimitsWorld, seconds: number, what = PLAIN): Promise<void> {
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
    const world = new LimitsWorld(gateways);
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
    const world = new LimitsWorld();
    await createFor(world, 70, LATER);
    expect(world.conferences).toBe(500);
    world.now += 1_000;
    expect((await refusalOf(() => world.gateway.create(USER, LATER)))?.message).toContain('500 scheduled');
  });

  test('that end make room within a second', async () => {
    const world = new LimitsWorld();
    world.conferences = 1_000;
    expect(await world.passed(1, (gateway) => gateway.create(USER, PLAIN))).toBe(0);
    world.conferences = 999;
    world.now += 1_100;
    expect(await world.passed(2, (gateway) => gateway.create(USER, PLAIN))).toBe(1);
  });

  test('that were begun under a key are found again, however full it is', async () => {
    const world = new LimitsWorld();
    world.conferences = 1_000;
    world.begunKeys = ['known'];
    expect(await refusalOf(() => world.gateway.create(USER, PLAIN, 'known'))).toBeUndefined();
    expect((await refusalOf(() => world.gateway.create(USER, PLAIN, 'new')))?.message).toContain('1000 open');
  });

  test('are as many as were counted last while Temporal does not answer', async () => {
    let isAway = false;
    const count = () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve(5));
    const world = new LimitsWorld(1, { openConferences: 7 }, { count });
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
    const world = new LimitsWorld();
    world.conferences = 199;
    expect(await world.passed(5, (gateway) => gateway.schedule(USER, schedule()))).toBe(1);
    expect((await refusalOf(() => world.gateway.schedule(USER, schedule())))?.message).toContain('200 schedules');
    expect(await refusalOf(() => world.gateway.schedule(USER, schedule({ isNew: false })))).toBeUndefined();
    expect(await world.passed(300, (gateway) => gateway.schedule('u-free', schedule()))).toBe(300);
  });

  test('have a minute between two conferences, for what a schedule makes is not refused', async () => {
    const { gateway } = new LimitsWorld();
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
    const own = new LimitsWorld(1, { secondsBetweenRuns: 1 });
    await own.gateway.schedule(USER, schedule({ begins: [0, 1_000] }));
    // One that comes once.
    await gateway.schedule(USER, schedule({ begins: [0] }));
  });

  test('that start conferences at once have created them, as a backfill has', async () => {
    const world = new LimitsWorld();
    expect(await refusalOf(() => world.gateway.schedule(USER, schedule({ startedAtOnce: 50 })))).toBeUndefined();
    expect(await refusalOf(() => world.gateway.create(USER, PLAIN))).toBeDefined();
    world.now += 3_900;
    expect(await refusalOf(() => world.gateway.create(USER, PLAIN))).toBeDefined();
    world.now += 1_100;
    expect(await refusalOf(() => world.gateway.start(USER, PLAIN, 100))).toBeUndefined();
  });

  test('dial all whom a backfill dials', async () => {
    const world = new LimitsWorld();
    await world.gateway.start(USER, withPeople(20), 10);
    world.now += 60_000;
    expect((await refusalOf(() => world.gateway.dial(USER)))?.message).toContain('100 times a minute');
    world.now += 61_000;
    expect(await refusalOf(() => world.gateway.dial(USER))).toBeUndefined();
  });

  test('start none of a backfill for which there is no room', async () => {
    const world = new LimitsWorld();
    world.conferences = 990;
    expect((await refusalOf(() => world.gateway.start(USER, PLAIN, 11)))?.message).toContain('no room for 11 more');
    world.now += 60_000;
    expect(await refusalOf(() => world.gateway.start(USER, PLAIN, 10))).toBeUndefined();
  });
});
