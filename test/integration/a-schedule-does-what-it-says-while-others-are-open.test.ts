import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { CreateScheduleFields } from '../../src/catapult/schedule-requests.ts';
import type { ScheduleIds } from '../../src/client/index.ts';
import { conferenceWorkflowId } from '../../src/workflows/messages.ts';
import { openHouse, USER, type House } from '../support/house.ts';
import { from, runTime, schedulesOf } from '../support/schedules.ts';
import { stays, timePasses, until } from '../support/until.ts';

/* What is made at a time while an earlier conference is still open, late by chance, or while the platform is down. */

const PERIOD = 3_000;

let house: House;
let of: ReturnType<typeof schedulesOf>;
beforeAll(async () => {
  house = await openHouse();
  of = schedulesOf(house);
});
afterEach(() => house.sandbox.faults.endAll());
afterAll(() => house.close());

/** A schedule whose first conference stays open. */
async function withOneOpen(overlap: CreateScheduleFields['overlap']) {
  // Without a customer it is closed as soon as it has ended.
  const ids = await of.made({ overlap, conference: { from } });
  const [first] = await of.haveCome(ids, 1);
  if (first === undefined) throw new Error('there is one');
  await house.service.waitFor({ userId: USER, conferenceId: first.id }, 'created');
  return { ids, first };
}
const end = async ({ id }: { id: string }) => {
  await house.service.end({ userId: USER, conferenceId: id });
};
/** How much later than the first each was to begin, in periods. */
async function periodsOf(ids: ScheduleIds): Promise<number[]> {
  const all = await of.conferencesOf(ids);
  return all.map((one) => (runTime(one) - runTime(all[0])) / PERIOD);
}

describe('while an earlier one is open', () => {
  test.concurrent('allow-all: the next ones are made all the same', async () => {
    const { ids } = await withOneOpen(undefined);
    const all = await of.haveCome(ids, 3);
    await house.service.schedules.delete(ids);
    expect((await periodsOf(ids)).slice(0, 3)).toEqual([0, 1, 2]);
    for (const { id } of all) await house.service.waitFor({ userId: USER, conferenceId: id }, 'created');
  });

  test.concurrent('skip: none is made, and those that were due meanwhile are lost', async () => {
    const { ids, first } = await withOneOpen('skip');
    await stays('no other one comes', async () => (await of.conferencesOf(ids)).length === 1, 3 * PERIOD);
    await end(first);
    await of.haveCome(ids, 2);
    await house.service.schedules.delete(ids);
    expect((await periodsOf(ids))[1]).toBeGreaterThanOrEqual(3);
  });

  test.concurrent(
    'buffer-one: of those that were due the first is made when it has ended, the others are lost',
    async () => {
      const { ids, first } = await withOneOpen('buffer-one');
      await stays('no other one comes', async () => (await of.conferencesOf(ids)).length === 1, 3 * PERIOD);
      await end(first);
      const [, next] = await of.haveCome(ids, 2);
      if (next === undefined) throw new Error('there is one');
      await end(next);
      await of.haveCome(ids, 3);
      await house.service.schedules.delete(ids);
      const [, second, third] = await periodsOf(ids);
      expect(second).toBe(1);
      expect(third).toBeGreaterThanOrEqual(4);
    },
  );

  test.concurrent('buffer-all: each is made when the one before has ended', async () => {
    const { ids, first } = await withOneOpen('buffer-all');
    await stays('no other one comes', async () => (await of.conferencesOf(ids)).length === 1, 3 * PERIOD);
    let open = first;
    for (const count of [2, 3, 4]) {
      await end(open);
      const next = (await of.haveCome(ids, count)).at(-1);
      if (next === undefined) throw new Error('there is one');
      open = next;
    }
    await house.service.schedules.delete(ids);
    expect((await periodsOf(ids)).slice(0, 4)).toEqual([0, 1, 2, 3]);
  });

  test.concurrent('cancel-other: it is ended, and then the next one is made', async () => {
    const { ids, first } = await withOneOpen('cancel-other');
    const [, next] = await of.haveCome(ids, 2);
    await house.service.schedules.delete(ids);
    const ended = await house.service.waitFor({ userId: USER, conferenceId: first.id }, 'completed');
    expect(ended.phase).toBe('completed');
    const made = house.sandbox.platform.list().filter(({ state }) => state === 'completed');
    expect(made.length).toBeGreaterThanOrEqual(1);
    expect(runTime(next)).toBe(runTime(first) + PERIOD);
  });
});

describe('with a jitter', () => {
  test('they begin within it, by chance, and their startAt is the time that was asked for', async () => {
    const jitter = 3_600;
    const daily = await of.made({ cron: '0 9 * * *', timeZone: 'UTC', jitter });
    const late = (await house.service.schedules.get(daily)).nextRuns.map((run) => Date.parse(run) / 1_000 - 9 * 3_600);
    const lateBy = late.map((seconds) => seconds % 86_400);
    expect(lateBy).toHaveLength(10);
    expect(lateBy.every((seconds) => seconds >= 0 && seconds <= jitter)).toBe(true);
    expect(new Set(lateBy).size).toBeGreaterThan(5);

    const ids = await of.made({ cron: '*/10 * * * * * *', jitter: 5, maxRuns: 1 });
    const [run] = await of.haveCome(ids, 1);
    const begun = { userId: USER, conferenceId: run?.id ?? '' };
    expect((await house.service.waitFor(begun, 'created')).startAt).toBe(run?.startTime);
    expect(Date.parse(run?.startTime ?? '') % 10_000).toBe(0);
    const { startTime } = await house.client.workflow.getHandle(conferenceWorkflowId(begun)).describe();
    expect(startTime.getTime()).toBeGreaterThanOrEqual(runTime(run));
  });
});

describe('while the platform is down', () => {
  test('creating is tried for creationTimeout, the customer is told, and the next one is as any other', async () => {
    house.sandbox.faults.add({ on: { method: 'POST', route: '/conferences' }, answer: { status: 503 } });
    const conference = { from, creationTimeout: 5, callbackUrl: house.customer.url('/while-down') };
    const ids = await of.made({ cron: '*/20 * * * * * *', maxRuns: 2, conference });
    const told = () => house.customer.received.filter(({ path }) => path === '/while-down').map(({ body }) => body);
    await until('the customer is told', () => told().length > 0);
    const [{ hits } = { hits: 0 }] = house.sandbox.faults.list();
    house.sandbox.faults.endAll();
    const [failed] = await of.conferencesOf(ids);
    expect(hits).toBeGreaterThan(1);
    expect(told()).toMatchObject([{ eventType: 'conference', status: 'failed', conferenceId: failed?.id }]);
    expect(failed).toMatchObject({ phase: 'failed', reason: 'creation-failed' });
    const [, next] = await of.haveCome(ids, 2);
    const conferenceId = next?.id ?? '';
    expect(await house.service.waitFor({ userId: USER, conferenceId }, 'created')).toMatchObject({ phase: 'created' });
    await timePasses('what had failed would be tried once more by now', 5_000);
    expect(told().filter(({ status }) => status === 'created')).toMatchObject([{ conferenceId }]);
  });
});
