import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import ICAL from 'ical.js';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { CreateScheduleFields } from '../../src/catapult/schedule-requests.ts';
import { ScheduleStore } from '../../src/client/schedules/store.ts';
import { openHouse, USER, type House } from '../support/house.ts';

/*
 * Dates as somebody else's library finds them, made by test/support/dates/make.py, against those at which a real server would start
 * conferences.
 */

const table = z
  .array(z.object({ runs: z.array(z.string()).min(1) }).loose())
  .parse(JSON.parse(readFileSync('test/support/dates/runs.json', 'utf8')));

let house: House;
let store: ScheduleStore;
beforeAll(async () => {
  house = await openHouse({ worker: false });
  store = new ScheduleStore(house.client, house);
});
afterAll(() => house.close());

const from = '+19195551234';
const second = (at: number) => `${new Date(at).toISOString().slice(0, 19)}Z`;

/** When the conferences of a schedule begin, until the last that is awaited. */
async function foundBy(fields: object, runs: string[], lead = 0): Promise<string[]> {
  const reminders = lead === 0 ? undefined : [{ before: lead }];
  const schedule = { ...fields, conference: { from, reminders } } as CreateScheduleFields;
  const ids = await house.service.schedules.create(USER, schedule);
  const { leadSeconds } = (await store.read(ids))?.start.schedule ?? { leadSeconds: NaN };
  const [first = '', last = ''] = [runs[0], runs.at(-1)];
  const shifted = (at: string) => Date.parse(at) - leadSeconds * 1_000;
  const starts = await store.startsBetween(ids, shifted(first) - 86_400_000, shifted(last));
  await house.service.schedules.delete(ids);
  return starts.map((at) => second(at + leadSeconds * 1_000));
}

test('the table has 200 dates', () => {
  expect(table.flatMap(({ runs }) => runs).length).toBeGreaterThanOrEqual(200);
});

describe.each(table.map(({ runs, ...fields }) => [JSON.stringify(fields), fields, runs] as const))(
  '%s',
  (_, fields, runs) => {
    test('has these runs', async () => expect(await foundBy(fields, runs)).toEqual(runs));

    test.each([60, 3_600, 3 * 86_400, 40 * 86_400])('and the same with a reminder %i s before', async (lead) =>
      expect(await foundBy(fields, runs, lead)).toEqual(runs),
    );
  },
);

describe('where the clocks change', () => {
  /** When those of a night begin, in UTC. */
  const night = (date: string, ...times: string[]) => times.map((time) => `${date}T${time}:00Z`);
  const spring = night('2027-03-28', '00:00', '00:20', '00:40', '01:00', '01:20', '01:40', '02:00');
  const [east, west] = ['Europe/Berlin', 'America/New_York'];

  test.each<[string, string, string, string[]]>([
    ['left out in the east: none that day', east, '30 2 * * *', ['2027-03-27T01:30:00Z', '2027-03-29T00:30:00Z']],
    ['left out in the west: none that day', west, '30 2 * * *', ['2027-03-13T07:30:00Z', '2027-03-15T06:30:00Z']],
    ['left out, each 20 minutes: all others', east, '*/20 * * * *', spring],
    [
      ...(['twice in the east: the second one', east, '30 2 * * *'] as const),
      ['2027-10-30T00:30:00Z', '2027-10-31T01:30:00Z', '2027-11-01T01:30:00Z'],
    ],
    [
      ...(['twice in the west: both', west, '30 1 * * *'] as const),
      ['2027-11-06T05:30:00Z', '2027-11-07T05:30:00Z', '2027-11-07T06:30:00Z', '2027-11-08T06:30:00Z'],
    ],
    [
      ...(['twice in the west, each 20 minutes: all', west, '*/20 * * * *'] as const),
      night('2027-11-07', '05:00', '05:20', '05:40', '06:00', '06:20', '06:40', '07:00'),
    ],
    // What is odd about it is told in docs/scheduling.md: whoever upgrades Temporal finds here whether it still is.
    ['before it in the east: once more', east, '30 1 * * *', ['2027-10-30T23:30:00Z', '2027-10-31T00:30:00Z']],
    ['several times in it: an hour late', east, '0,20 2 * * *', night('2027-10-31', '01:00', '02:20')],
    [
      ...(['twice in the east, each 20 minutes: some are lost', east, '*/20 * * * *'] as const),
      ['2027-10-30T23:40:00Z', ...night('2027-10-31', '00:00', '01:20', '02:40', '03:00')],
    ],
  ])('a time that is %s', async (_what, timeZone, cron, runs) => {
    const [first = ''] = runs;
    const found = await foundBy({ cron, timeZone }, runs);
    expect(found.filter((time) => time >= first)).toEqual(runs);
  });

  test('with a reminder a day before, a time that is twice in the west has the second one alone', async () => {
    const found = await foundBy({ cron: '30 1 * * *', timeZone: west }, night('2027-11-07', '06:30'), 86_400);
    expect(found.filter((time) => time.startsWith('2027-11-07'))).toEqual(night('2027-11-07', '06:30'));
  });
});

test('calendars read the runs that the schedule shows', async () => {
  const { schedules } = house.service;
  const ids = await schedules.create(USER, {
    ...{ calendar: { weekdays: ['monday'], everyWeeks: 2, at: ['09:00'] }, timeZone: 'Europe/Berlin' },
    note: 'one; two, and\nthree',
    conference: { from, tag: 'the team; meets', maxDuration: 1_800, reminders: [{ before: 600 }] },
  });
  const { nextRuns } = await schedules.get(ids);
  const text = await (await house.call('GET', `/v1/users/${USER}/conference-schedules/${ids.scheduleId}.ics`)).text();
  const calendar = new ICAL.Component(ICAL.parse(text) as unknown[]);
  const events = calendar.getAllSubcomponents('vevent').map((one) => new ICAL.Event(one));
  const begins = events.map(({ startDate }) => second(startDate.toJSDate().getTime()));
  expect(begins.slice(0, 10)).toEqual(nextRuns);
  expect(events.length).toBeGreaterThanOrEqual(26);
  expect(new Set(events.map(({ uid }) => uid)).size).toBe(events.length);
  for (const { summary, description, duration } of events) {
    expect({ summary, description }).toEqual({ summary: 'the team; meets', description: 'one; two, and\nthree' });
    expect(duration.toSeconds()).toBe(1_800);
  }
  await schedules.pause(ids);
  expect(await schedules.calendar(ids)).not.toContain('BEGIN:VEVENT');
});

test('of a schedule that comes each minute calendars read the next 500 runs', async () => {
  const { schedules } = house.service;
  const ids = await schedules.create(USER, { cron: '* * * * *', timeZone: 'UTC', conference: { from } });
  const { nextRuns } = await schedules.get(ids);
  const calendar = new ICAL.Component(ICAL.parse(await schedules.calendar(ids)) as unknown[]);
  const begins = calendar.getAllSubcomponents('vevent').map((one) => new ICAL.Event(one).startDate.toJSDate());
  expect(begins).toHaveLength(500);
  expect(begins.map((at) => second(at.getTime()))).toEqual(expect.arrayContaining(nextRuns));
});

test('a calendar is named by a tag of several lines', async () => {
  const tag = 'the team; meets\r\nBEGIN:VEVENT';
  const { schedules } = house.service;
  const ids = await schedules.create(USER, {
    cron: '0 9 1 1 *',
    timeZone: 'UTC',
    maxRuns: 1,
    conference: { from, tag },
  });
  const calendar = new ICAL.Component(ICAL.parse(await schedules.calendar(ids)) as unknown[]);
  // As it is written: RFC 7986, which has this name, is younger than what reads it here.
  expect(calendar.getFirstPropertyValue('name')).toBe('the team\\; meets\\nBEGIN:VEVENT');
  expect(calendar.getAllSubcomponents('vevent')).toHaveLength(1);
});

test('a calendar holds no control characters, whatever the tag and the note hold', async () => {
  const { schedules } = house.service;
  const ids = await schedules.create(USER, {
    ...{ cron: '0 9 1 1 *', timeZone: 'UTC', maxRuns: 1, note: '\u0001one\rtwo\u001b\u007f' },
    conference: { from, tag: '\u0007' },
  });
  const text = await schedules.calendar(ids);
  expect(text.replace(/\r\n/g, '')).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f]/);
  const [event] = new ICAL.Component(ICAL.parse(text) as unknown[]).getAllSubcomponents('vevent');
  expect(event?.getFirstPropertyValue('description')).toBe('one\ntwo');
  expect(event?.getFirstPropertyValue('summary')).toBe(`Conference of ${from}`);
});

test('weeks may be counted from a time long ago', async () => {
  const calendar = { weekdays: ['monday'], everyWeeks: 2, at: ['09:00'] };
  const runs = ['2026-12-07T08:00:00Z', '2026-12-21T08:00:00Z'];
  for (const startAt of ['2026-11-23T00:00', '1802-01-04T00:00'])
    expect(await foundBy({ calendar, timeZone: 'Europe/Berlin', startAt }, runs)).toEqual(runs);
});
