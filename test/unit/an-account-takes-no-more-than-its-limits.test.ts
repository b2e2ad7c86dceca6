import { describe, expect, test } from '@jest/globals';
import type { AccountLimits } from '../../src/gateway/limits/account-limits.ts';
import { LimitsWorld, PLAIN, refusalOf, request, USER, withPeople } from './limits-world.ts';

const visit = (gateway: AccountLimits) => gateway.enter(USER)();

describe('requests', () => {
  test('are 25 a second, and 50 at once after a pause', async () => {
    const world = new LimitsWorld();
    expect(await world.passed(200, visit)).toBe(50);
    expect(await world.passedInASecond(250, visit)).toBe(25);
    world.now += 60_000;
    expect(await world.passed(200, visit)).toBe(50);
  });

  test('are as many as the account has for itself', async () => {
    const world = new LimitsWorld(1, { requestsPerSecond: 5, requestsAtOnce: 7 });
    expect(await world.passed(100, visit)).toBe(7);
    expect(await world.passedInASecond(100, visit)).toBe(5);
  });

  test('are 20 in flight', async () => {
    const world = new LimitsWorld();
    const leave = Array.from({ length: 20 }, () => world.gateway.enter(USER));
    expect((await refusalOf(() => world.gateway.enter(USER)))?.message).toContain('20 requests in flight');
    leave[0]?.();
    expect(await refusalOf(() => world.gateway.enter(USER))).toBeUndefined();
  });

  test('of one account are none of another’s', async () => {
    const world = new LimitsWorld();
    await world.passed(200, visit);
    expect(await world.passed(200, (gateway) => gateway.enter('u-2')())).toBe(50);
  });

  test('have no limit where the account has none', async () => {
    expect(await new LimitsWorld().passed(1_000, (gateway) => gateway.enter('u-free'))).toBe(1_000);
  });
});

describe('who is refused', () => {
  test('is told when to come again, and is let in then, and not a moment before', async () => {
    const world = new LimitsWorld();
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
    const world = new LimitsWorld();
    await world.passed(10_000, visit);
    world.now += 1_000;
    expect(await world.passed(100, visit)).toBe(25);
  });
});

describe('creates', () => {
  const create = (gateway: AccountLimits) => gateway.create(USER, PLAIN);

  test('are 10 a second', async () => {
    const world = new LimitsWorld();
    expect(await world.passed(100, create)).toBe(10);
    expect(await world.passedInASecond(100, create)).toBe(10);
  });

  test('dial those whom they are for: 100 in a minute with the dials, and none of a create that is refused', async () => {
    const world = new LimitsWorld();
    expect(await world.passed(5, (gateway) => gateway.create(USER, withPeople(19)))).toBe(5);
    const refusal = await refusalOf(() => world.gateway.create(USER, withPeople(6)));
    expect(refusal?.message).toContain('more than 100 times a minute');
    expect(await world.passed(100, (gateway) => gateway.dial(USER))).toBe(5);
    world.now += 60_000;
    expect(await world.passed(200, (gateway) => gateway.dial(USER))).toBe(100);
  });

  test('count each as often as it may be dialled: no gateway is asked again for that', async () => {
    const busy = request({ participants: Array.from({ length: 10 }, () => ({ to: '+19195550001', maxAttempts: 5 })) });
    const world = new LimitsWorld();
    expect(await world.passed(5, (gateway) => gateway.create(USER, busy))).toBe(2);
    expect(await world.passed(1, (gateway) => gateway.dial(USER))).toBe(0);
  });

  test('with more people than are dialled at once go when nobody else is dialled', async () => {
    const world = new LimitsWorld(1, { dialsPerMinute: 10 });
    expect(await refusalOf(() => world.gateway.create(USER, withPeople(20)))).toBeUndefined();
    world.now += 60_000;
    expect(await world.passed(1, (gateway) => gateway.dial(USER))).toBe(0);
    world.now += 60_000;
    expect(await world.passed(100, (gateway) => gateway.dial(USER))).toBe(10);
  });
});

describe('over several gateways together', () => {
  test.each([2, 3, 7])('%d let in what one would', async (gateways) => {
    const world = new LimitsWorld(gateways);
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
    const world = new LimitsWorld();
    const over = await world.gateway.redeliver(USER);
    expect((await refusalOf(() => world.gateway.redeliver(USER)))?.headers['retry-after']).toBe('10');
    over();
    expect(await refusalOf(() => world.gateway.redeliver(USER))).toBeUndefined();
  });

  test('waits for another gateway’s, and for Temporal', async () => {
    const world = new LimitsWorld();
    world.turn = false;
    expect(await refusalOf(() => world.gateway.redeliver(USER))).toBeDefined();
    world.turn = true;
    expect(await refusalOf(() => world.gateway.redeliver(USER))).toBeUndefined();
    const away = new LimitsWorld(1, {}, { takeRedeliveryTurn: () => Promise.reject(new Error('away')) });
    await expect(away.gateway.redeliver(USER)).rejects.toThrow('away');
    await expect(away.gateway.redeliver(USER)).rejects.toThrow('away');
  });
});
