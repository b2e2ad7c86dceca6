import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CreateScheduleFields } from '../../src/catapult/schedule-requests.ts';
import type { ScheduleClient } from '../../src/client/index.ts';
import { temporalScheduleId } from '../../src/workflows/messages.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { from, NEVER_SOON, refusalOf, runTime, schedulesOf, second } from '../support/schedules.ts';
import { stays, timePasses, until } from '../support/until.ts';

let house: House;
let schedules: ScheduleClient;
let made: ReturnType<typeof schedulesOf>['made'];
let conferencesOf: ReturnType<typeof schedulesOf>['conferencesOf'];
let haveCome: ReturnType<typeof schedulesOf>['haveCome'];
beforeAll(async () => {
  house = await openHouse();
  ({ schedules } = house.service);
  ({ made, conferencesOf, haveCome } = schedulesOf(house));
});
afterAll(() => house.close());

test('each begins at its time, has its own id, and is found from its schedule and back', async () => {
  const ids = await made({ maxRuns: 2, note: 'each three seconds' });
  const [first, next] = await haveCome(ids, 2);
  for (const id of [first?.id ?? '', next?.id ?? '']) {
    const conference = await house.service.waitFor({ userId: USER, conferenceId: id }, 'created');
    const time = id.slice('conf-'.length + 26 + 1);
    expect(conference).toMatchObject({ id, scheduleId: ids.scheduleId, startAt: time, phase: 'created', from });
    expect(Date.parse(time) % 3_000).toBe(0);
    expect(id).toBe(`${ids.scheduleId.replace('sched-', 'conf-')}-${time}`);
  }
  expect(Date.parse(next?.startTime ?? '') - Date.parse(first?.startTime ?? '')).toBe(3_000);
  const schedule = await schedules.get(ids);
  expect(schedule).toMatchObject({ state: 'ended', runsLeft: 0, nextRuns: [], note: 'each three seconds', maxRuns: 2 });
  expect(schedule.conferences.map(({ id }) => id).sort()).toEqual([first?.id, next?.id]);
  const details = async (id = '') => await (await workflowOf(house, id).describe()).staticDetails();
  expect(await details(next?.id)).toContain(`(http://gateway.example/console?q=${ids.scheduleId})`);
  await timePasses('a third one would have been made by now', 4_000);
  expect(await conferencesOf(ids)).toHaveLength(2);
});

test('with reminders it is made earlier by the longest, and begins at its time', async () => {
  const path = `/${randomUUID()}`;
  const reminders = [{ before: 2 }, { before: 5 }];
  // Not before the time at which it is made has come.
  const startAt = second(Date.now() + 40_000);
  const ids = await made({
    maxRuns: 1,
    startAt,
    conference: { from, callbackUrl: house.customer.url(path), reminders },
  });
  const [run] = await haveCome(ids, 1);
  const ran = { userId: USER, conferenceId: run?.id ?? '' };
  const { scheduledFor = '' } = await house.service.waitFor(ran, 'scheduled');
  expect(Date.parse(scheduledFor) % 3_000).toBe(0);
  expect(ran.conferenceId).toContain(second(Date.parse(scheduledFor) - 35_000));
  expect(run?.startTime).toBe(scheduledFor);
  const received = () => house.customer.received.filter((one) => one.path === path).map(({ body }) => body);
  await until('it has begun', () => received().some(({ status }) => status === 'created'));
  expect(received().map(({ status, before }) => [status, before])).toEqual([
    ['reminder', 5],
    ['reminder', 2],
    ['created', undefined],
  ]);
});

test('it dials its participants, and shows its next ten runs', async () => {
  const participants = [{ to: '+19195550001', tag: 'host' }];
  const ids = await made({ cron: '0 9 * * 1', conference: { from, participants, reminders: [{ before: 3_600 }] } });
  const { nextRuns, state } = await schedules.get(ids);
  expect(state).toBe('active');
  expect(nextRuns).toHaveLength(10);
  const [first = '', next = ''] = nextRuns;
  expect(Date.parse(first)).toBeGreaterThan(Date.now());
  expect(new Date(first).getUTCDay()).toBe(1);
  expect([6 * 24 + 23, 7 * 24, 7 * 24 + 1]).toContain((Date.parse(next) - Date.parse(first)) / 3_600_000);
  const triggered = await schedules.trigger(ids);
  const conference = await house.service.waitFor(triggered, 'active', { signal: AbortSignal.timeout(30_000) });
  expect(conference).toMatchObject({ scheduleId: ids.scheduleId, participants: [{ tag: 'host', status: 'joined' }] });
  await until('the schedule shows it', async () => {
    const { conferences } = await schedules.get(ids);
    return conferences.length === 1 && conferences[0]?.id === triggered.conferenceId;
  });
});

test('while it is paused it makes none, and goes on when it is resumed; its note says why', async () => {
  const ids = await made();
  await haveCome(ids, 1);
  await schedules.pause(ids, { note: 'holidays' });
  expect(await schedules.get(ids)).toMatchObject({ state: 'paused', note: 'holidays' });
  const before = (await conferencesOf(ids)).length;
  await stays('no conference comes', async () => (await conferencesOf(ids)).length <= before + 1, 7_000);
  const paused = (await conferencesOf(ids)).length;
  await schedules.resume(ids, { note: 'back' });
  expect(await schedules.get(ids)).toMatchObject({ state: 'active', note: 'back' });
  const after = await haveCome(ids, paused + 1);
  // What would have begun meanwhile has been left out.
  expect(after.length).toBeLessThanOrEqual(paused + 2);
  await schedules.delete(ids);
});

test('it is changed between two runs: those that it has made stay, those to come are as it is then', async () => {
  const ids = await made({ conference: { from, tag: 'before' } });
  const [first] = await haveCome(ids, 1);
  await schedules.change(ids, { conference: { from, tag: 'after' }, cron: '*/2 * * * * * *', note: 'faster' });
  const shown = await schedules.get(ids);
  expect(shown).toMatchObject({ cron: '*/2 * * * * * *', note: 'faster', conference: { tag: 'after' } });
  const all = await until('one as it is now', async () => {
    const conferences = await conferencesOf(ids);
    return conferences.some(({ tag }) => tag === 'after') && conferences;
  });
  expect(all[0]).toMatchObject({ id: first?.id, tag: 'before' });
  await schedules.delete(ids);
  await refusalOf(schedules.get(ids)).then(({ code, status }) =>
    expect([code, status]).toEqual(['schedule-not-found', 404]),
  );
  const left = (await conferencesOf(ids)).length;
  await stays('a deleted schedule makes none', async () => (await conferencesOf(ids)).length <= left + 1, 5_000);
});

test('its reminders are changed: what it has made, for a time to come or a past one, is not made again', async () => {
  const ids = await made({ conference: { from, reminders: [{ before: 10 }] } });
  const [early] = await until('one that is early', async () => {
    const conferences = await conferencesOf(ids);
    return conferences.length > 0 && conferences;
  });
  await schedules.change(ids, { conference: { from } });
  const ahead = 40_000;
  const [next = ''] = (await schedules.get(ids)).nextRuns;
  expect(Date.parse(next)).toBeGreaterThan(runTime(early) + ahead);

  const other = await made();
  const [first] = await haveCome(other, 1);
  await schedules.pause(other);
  await schedules.change(other, { conference: { from, reminders: [{ before: 10 }] } });
  const then = second(runTime(first));
  expect(await schedules.backfill(other, { from: then, to: then })).toEqual({ conferences: [] });
});

test('under a key each request is done once, and another one is refused', async () => {
  const key = () => ({ idempotencyKey: randomUUID() });
  const [creating, changing, triggering] = [key(), key(), key()];
  const asked: CreateScheduleFields = { cron: NEVER_SOON, timeZone: 'UTC', conference: { from } };
  const ids = await schedules.create(USER, asked, creating);
  expect(await schedules.create(USER, asked, creating)).toEqual(ids);
  expect((await refusalOf(schedules.create(USER, { ...asked, note: 'x' }, creating))).code).toBe('duplicate-schedule');
  await schedules.pause(ids, { note: 'one' }, changing);
  await schedules.resume(ids);
  await schedules.pause(ids, { note: 'one' }, changing);
  expect(await schedules.get(ids)).toMatchObject({ state: 'active' });
  expect((await refusalOf(schedules.resume(ids, {}, changing))).code).toBe('schedule-update-conflict');
  const conference = await schedules.trigger(ids, triggering);
  await schedules.change(ids, { conference: { from, tag: 'changed' } });
  expect(await schedules.trigger(ids, triggering)).toEqual(conference);
  expect(await conferencesOf(ids)).toHaveLength(1);
});

describe('dates', () => {
  test('one is skipped, and again if the list of them is changed', async () => {
    const calendar = { weekdays: ['monday' as const], at: ['09:00', '15:30'] };
    const ids = await made({ cron: undefined, calendar, timeZone: 'America/New_York' });
    const before = (await schedules.get(ids)).nextRuns;
    const date = (before[2] ?? '').slice(0, 10);
    await schedules.skip(ids, { date });
    const after = await schedules.get(ids);
    expect(after.skippedDates).toEqual([date]);
    expect(after.nextRuns.slice(0, 4)).toEqual([before[0], before[1], before[4], before[5]]);
    await schedules.change(ids, { skippedDates: [] });
    expect((await schedules.get(ids)).nextRuns).toEqual(before);
  });

  test('of the day that it is, what is still to come is skipped', async () => {
    // Where it is a little after noon, whatever the time here.
    const hoursAhead = 12 - new Date().getUTCHours();
    const timeZone = `Etc/GMT${hoursAhead > 0 ? '-' : '+'}${Math.abs(hoursAhead)}`;
    const ids = await made({ cron: undefined, calendar: { at: ['09:00', '15:30'] }, timeZone });
    const today = new Date(Date.now() + hoursAhead * 3_600_000).toISOString().slice(0, 10);
    const [, tomorrow] = (await schedules.get(ids)).nextRuns;
    await schedules.skip(ids, { date: today });
    expect((await schedules.get(ids)).nextRuns[0]).toBe(tomorrow);
  });

  test('on which nothing begins are refused, with those on which something does', async () => {
    const ids = await made({ cron: NEVER_SOON });
    const { message, status } = await refusalOf(schedules.skip(ids, { date: '2030-02-01' }));
    expect([status, message]).toEqual([400, expect.stringMatching(/^date: got 2030-02-01, wants .+-01-01T08:00:00Z/)]);
  });

  test('that have passed are made up for, each once', async () => {
    const ids = await made({ maxRuns: 1 });
    const [first] = await haveCome(ids, 1);
    await house.service.end({ userId: USER, conferenceId: first?.id ?? '' });
    await house.service.waitFor({ userId: USER, conferenceId: first?.id ?? '' }, 'completed');
    const to = Date.parse(first?.startTime ?? '');
    const period = { from: second(to - 9_000), to: second(to) };
    const key = { idempotencyKey: randomUUID() };
    const { conferences } = await schedules.backfill(ids, period, key);
    expect(conferences.map(({ outcome }) => outcome)).toEqual(['made', 'made', 'made', 'there']);
    expect(conferences.map(({ startTime }) => startTime)).toEqual(
      [9_000, 6_000, 3_000, 0].map((before) => second(to - before)),
    );
    expect((await haveCome(ids, 4)).map(({ id }) => id)).toEqual(conferences.map(({ id }) => id).sort());
    const again = await schedules.backfill(ids, period, key);
    expect(again.conferences.every(({ outcome }) => outcome === 'there')).toBe(true);
    const other = { ...period, from: second(to - 12_000) };
    expect((await refusalOf(schedules.backfill(ids, other, key))).code).toBe('schedule-update-conflict');
    // The one that is over has not been made a second time.
    const ended = await house.service.get({ userId: USER, conferenceId: first?.id ?? '' });
    expect(ended.phase).toBe('completed');
    const far = { from: second(Date.now() - 86_400_000), to: second(Date.now()) };
    expect((await refusalOf(schedules.backfill(ids, far))).message).toMatch(/at most 100 conferences/);
    const coming = { from: second(Date.now()), to: second(Date.now() + 60_000) };
    expect((await refusalOf(schedules.backfill(ids, coming))).message).toMatch(/^to: .+ a time that has passed/);
  });
});

describe('what cannot be is refused with what to do', () => {
  test.each<[string, object, string]>([
    ['a month that there is not', { cron: '0 9 1 13 *' }, 'cron: Temporal does not take it'],
    ['a date that never comes', { cron: '0 9 30 2 *' }, 'cron: got "0 9 30 2 *", wants a time that is still to come'],
    ['times that have passed', { cron: '0 9 1 1 * 2020' }, 'wants a time that is still to come'],
    ['no cron string', { cron: 'every monday' }, 'cron: got "every monday", wants a cron string'],
    ['a time zone in it', { cron: 'TZ=UTC 0 9 * * *' }, 'wants a cron string'],
    ['two rules', { calendar: { at: ['09:00'] } }, 'wants a cron string such as "0 9 * * 1-5", or a calendar instead'],
    [
      'a start in the conference',
      { conference: { from, startAt: '2026-12-01T09:00:00Z' } },
      'conference.startAt: got ',
    ],
    ['an end before the start', { startAt: '2030-01-01T00:00', endAt: '2029-01-01T00:00' }, 'endAt: got'],
    ['a short catch-up', { catchupWindow: 9 }, 'a whole number of seconds from 10 to'],
  ])('%s', async (_what, fields, says) => {
    const { status, message } = await refusalOf(made(fields));
    expect([status, message]).toEqual([400, expect.stringContaining(says)]);
  });
});

test("another account's schedules are not there", async () => {
  const ids = await made({ cron: NEVER_SOON });
  const listed = await until('the list has it', async () => {
    const all = [];
    for await (const one of schedules.list(USER)) all.push(one.id);
    return all.includes(ids.scheduleId) && all;
  });
  expect(new Set(listed).size).toBe(listed.length);
  for (const scheduleId of ["sched-x' OR 1=1", ids.scheduleId.replace('sched-', 'conf-'), '../u-local'])
    expect((await refusalOf(schedules.get({ userId: USER, scheduleId }))).code).toBe('schedule-not-found');
  expect((await refusalOf(schedules.get({ ...ids, userId: 'u-other' }))).code).toBe('user-access-denied');
});

test("Temporal's own page of schedules tells whose and what", async () => {
  const ids = await made({ cron: NEVER_SOON, note: 'the yearly one', conference: { from, tag: 'yearly' } });
  const scheduleId = temporalScheduleId(ids);
  const described = await house.client.schedule.getHandle(scheduleId).describe();
  const listed = await until('the page lists it', async () => {
    const query = `ConferenceUser = '${USER}' AND ConferenceTag = 'yearly'`;
    for await (const one of house.client.schedule.list({ query })) if (one.scheduleId === scheduleId) return one;
    return undefined;
  });
  expect([described.state.note, listed.state.note]).toEqual(['the yearly one', 'the yearly one']);
  for (const { memo, typedSearchAttributes } of [described, listed]) {
    expect(memo).toMatchObject({ account: USER });
    const attributes = Object.fromEntries(
      typedSearchAttributes?.getAll().map(({ key, value }) => [key.name, value]) ?? [],
    );
    expect(attributes).toMatchObject({ ConferenceUser: USER, ConferenceFrom: from, ConferenceTag: 'yearly' });
  }
  await schedules.change(ids, { note: null, conference: { from, tag: 'now and then' } });
  const changed = await house.client.schedule.getHandle(scheduleId).describe();
  expect(changed.state.note ?? '').toBe('');
  expect(changed.typedSearchAttributes.getAll().map(({ value }) => value)).toContain('now and then');
});
