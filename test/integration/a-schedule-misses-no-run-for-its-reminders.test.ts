import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ScheduleClient, ScheduleIds } from '../../src/client/index.ts';
import { openHouse, USER, type House } from '../support/house.ts';
import { from, refusalOf, schedulesOf, second } from '../support/schedules.ts';
import { stays, until } from '../support/until.ts';

/*
 * A schedule makes its conferences earlier than they begin, for their reminders. What is still to begin when it is made, changed or resumed
 * is made at once.
 */

const HOUR = 3_600_000;

let house: House;
let schedules: ScheduleClient;
let of: ReturnType<typeof schedulesOf>;
beforeAll(async () => {
  house = await openHouse();
  ({ schedules } = house.service);
  of = schedulesOf(house);
});
afterAll(() => house.close());

/** Each hour, the next time in half an hour. */
const next = Math.floor(Date.now() / 60_000) * 60_000 + HOUR / 2;
const hourly = { cron: `${new Date(next).getUTCMinutes()} * * * *`, timeZone: 'UTC' };
const before = (seconds: number) => ({ from, reminders: [{ before: seconds }] });
const inHours = (...hours: number[]) => hours.map((hour) => second(next + hour * HOUR));
/** When those begin that it has made. */
const begins = async (ids: ScheduleIds, count: number) =>
  (await of.haveCome(ids, count)).map(({ startTime }) => startTime).sort();

test('one that is made shortly before has its first conference all the same, with the reminders that are still to come', async () => {
  const ids = await of.made({ ...hourly, conference: { from, reminders: [{ before: 7_200 }, { before: 60 }] } });
  expect(await begins(ids, 2)).toEqual(inHours(0, 1));
  expect((await schedules.get(ids)).nextRuns[0]).toBe(inHours(2)[0]);
  for (const { id } of await of.conferencesOf(ids)) {
    const conference = await house.service.get({ userId: USER, conferenceId: id });
    expect(conference).toMatchObject({ phase: 'scheduled', scheduleId: ids.scheduleId });
    expect(conference.nextTimers?.[0]).toMatchObject({ timer: 'reminder' });
  }
});

test('one whose reminders are added, or come earlier, loses none and makes none twice', async () => {
  const ids = await of.made({ ...hourly, conference: { from } });
  await schedules.change(ids, { conference: before(3_600) });
  expect(await begins(ids, 1)).toEqual(inHours(0));
  const key = { idempotencyKey: randomUUID() };
  const longer = { conference: before(3 * 3_600) };
  await schedules.change(ids, longer, key);
  expect(await begins(ids, 3)).toEqual(inHours(0, 1, 2));
  await schedules.change(ids, longer, key);
  await schedules.change(ids, { conference: before(60) });
  await schedules.change(ids, { conference: before(2 * 3_600) });
  await stays('no other one comes', async () => (await of.conferencesOf(ids)).length === 3, 3_000);
  expect((await schedules.get(ids)).nextRuns[0]).toBe(inHours(3)[0]);
});

test('a change of its hours is for what begins behind the conferences that are there', async () => {
  const ids = await of.made({ ...hourly, conference: before(3_600) });
  expect(await begins(ids, 1)).toEqual(inHours(0));
  const other = new Date(next - 10 * 60_000).getUTCMinutes();
  await schedules.change(ids, { cron: `${other} * * * *` });
  const earlier = (hour: number) => second(next + hour * HOUR - 600_000);
  expect((await schedules.get(ids)).nextRuns.slice(0, 2)).toEqual([earlier(1), earlier(2)]);
  await stays('no other one comes', async () => (await of.conferencesOf(ids)).length === 1, 3_000);
});

test('a pause leaves out what begins in it, and not what begins later', async () => {
  const ids = await of.made({ cron: '0 9 1 1 *', timeZone: 'UTC', conference: before(7_200) });
  await schedules.pause(ids);
  await schedules.change(ids, hourly);
  await stays('none comes while it is paused', async () => (await of.conferencesOf(ids)).length === 0, 2_000);
  await schedules.resume(ids);
  expect(await begins(ids, 2)).toEqual(inHours(0, 1));
});

test('what is made at once counts for maxRuns, and one that was cancelled is not made again', async () => {
  const ids = await of.made({ ...hourly, maxRuns: 3, conference: before(7_200) });
  const [first] = await of.haveCome(ids, 2);
  expect(await schedules.get(ids)).toMatchObject({ runsLeft: 1, state: 'active' });
  const ended = { userId: USER, conferenceId: first?.id ?? '' };
  await house.service.end(ended);
  await house.service.waitFor(ended, 'cancelled');
  await schedules.change(ids, { note: 'changed' });
  await schedules.pause(ids);
  await schedules.resume(ids);
  await stays('no other one comes', async () => (await of.conferencesOf(ids)).length === 2, 3_000);

  const last = await of.made({ ...hourly, maxRuns: 1, conference: before(7_200) });
  expect(await begins(last, 1)).toEqual(inHours(0));
  expect(await schedules.get(last)).toMatchObject({ runsLeft: 0, state: 'ended', nextRuns: [] });
});

test('more than 100 at once are refused, and nothing is made', async () => {
  const count = async () => (await house.client.workflowService.countSchedules({ namespace: 'default' })).count;
  const known = Number(await count());
  const { message, status } = await refusalOf(of.made({ cron: '* * * * *', conference: before(7_200) }));
  expect([status, message]).toEqual([
    400,
    'conference.reminders: got one of 7200 s, wants a longest one within which at most 100 conferences begin.',
  ]);
  await until('there is nothing more', async () => Number(await count()) <= known);
});
