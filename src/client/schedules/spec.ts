import type { Client } from '@temporalio/client';
import { msNumberToTs } from '@temporalio/common/lib/time.js';
import { dayAfter, mondayOf } from '../../catapult/local-time.ts';
import { present } from '../../catapult/present.ts';
import { weekdays, type Calendar, type Weekday } from '../../catapult/schedule-requests.ts';
import type { SchedulePlan } from '../../workflows/messages.ts';
import { STARTED_BEFORE_SECONDS } from '../budget.ts';
import { zoneAheadBy } from './zone-data.ts';

/*
 * When a schedule starts its conferences, in the terms of Temporal's calendars. What they cannot say (the last Friday, every other week)
 * is laid out as dates up to the last year that they know; that a date is on a Monday has nothing to do with clocks.
 */

type RawSchedule = NonNullable<Parameters<Client['workflowService']['createSchedule']>[0]['schedule']>;
type Spec = NonNullable<RawSchedule['spec']>;
type Calendars = NonNullable<Spec['structuredCalendar']>[number];
type Range = NonNullable<Calendars['hour']>[number];

/** Days in terms of a calendar: what is absent may be any. */
type Days = Partial<Record<'year' | 'month' | 'dayOfMonth' | 'dayOfWeek', readonly number[]>>;

const LAST_YEAR = 2100;
const FIRST_YEAR = 2020;
const WEEK_MS = 7 * 86_400_000;

export function specOf(plan: Omit<SchedulePlan, 'changeId' | 'keys'>): Spec {
  const { asked, leadSeconds, madeUntil = -1_000, firstDate, skippedDates } = plan;
  const { cron, calendar, timeZone, startAt, endAt, jitter } = asked;
  const shifted = (at: number) => msNumberToTs(at - leadSeconds * 1_000);
  const first = Math.max(startAt === undefined ? 0 : Date.parse(startAt), madeUntil + 1_000);
  return present({
    cronString: cron === undefined ? undefined : [cron],
    structuredCalendar: calendar && calendarsOf(calendar, firstDate),
    excludeStructuredCalendar: skippedDates.map(wholeDay),
    timezoneName: timeZone,
    timezoneData: leadSeconds === 0 ? undefined : zoneAheadBy(timeZone, leadSeconds),
    startTime: first === 0 ? undefined : shifted(first),
    endTime: endAt && shifted(Date.parse(endAt)),
    jitter: jitter === undefined ? undefined : msNumberToTs(jitter * 1_000),
  }) as Spec;
}

/**
 * By how much earlier conferences must be started (seconds): by their longest reminder, and by what a start may take when many are due. A
 * reminder that is due before its workflow has begun is left out.
 */
export function leadOf({ reminders = [] }: { reminders?: { before: number }[] | undefined }): number {
  return reminders.length === 0 ? 0 : Math.max(...reminders.map(({ before }) => before)) + STARTED_BEFORE_SECONDS;
}

/** The times of the calendar on each of its days. */
function calendarsOf(calendar: Calendar, firstDate: string): Calendars[] {
  const hoursAt = new Map<string, number[]>();
  for (const time of calendar.at) {
    const [hour = 0, minute = 0, second = 0] = time.split(':').map(Number);
    const key = `${minute}:${second}`;
    hoursAt.set(key, [...(hoursAt.get(key) ?? []), hour]);
  }
  const comment = inWords(calendar);
  return daysOf(calendar, firstDate).flatMap((days, index) =>
    [...hoursAt].map(([key, hours]) => {
      const [minute = 0, second = 0] = key.split(':').map(Number);
      return inTerms(days, { hours, minute, second }, index === 0 ? comment : '');
    }),
  );
}

function inTerms(
  { year = [], month, dayOfMonth, dayOfWeek }: Days,
  time: { hours: number[]; minute: number; second: number },
  comment: string,
): Calendars {
  return {
    second: rangesOf([time.second]),
    minute: rangesOf([time.minute]),
    hour: rangesOf(time.hours),
    dayOfMonth: dayOfMonth ? rangesOf(dayOfMonth) : [{ start: 1, end: 31 }],
    month: month ? rangesOf(month) : [{ start: 1, end: 12 }],
    // None means any.
    year: rangesOf(year),
    dayOfWeek: dayOfWeek ? rangesOf(dayOfWeek) : [{ start: 0, end: 6 }],
    comment,
  };
}

function wholeDay(date: string): Calendars {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  return {
    second: [{ start: 0, end: 59 }],
    minute: [{ start: 0, end: 59 }],
    hour: [{ start: 0, end: 23 }],
    dayOfMonth: rangesOf([day]),
    month: rangesOf([month]),
    year: rangesOf([year]),
    dayOfWeek: [{ start: 0, end: 6 }],
    comment: 'skipped',
  };
}

function rangesOf(numbers: readonly number[]): Range[] {
  const ranges: { start: number; end: number }[] = [];
  for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last?.end === number - 1) last.end = number;
    else ranges.push({ start: number, end: number });
  }
  return ranges;
}

function daysOf({ weekdays: names, everyWeeks = 1, week, daysOfMonth, months }: Calendar, firstDate: string): Days[] {
  const common = present({ month: months, dayOfWeek: names?.map(numberOf) });
  if (everyWeeks > 1) return datesOf(names ?? [], everyWeeks, months, firstDate);
  if (week === 'last') return lastDays(7, common);
  if (week !== undefined) {
    const before = 7 * ['first', 'second', 'third', 'fourth'].indexOf(week);
    return [{ ...common, dayOfMonth: daysBetween(before + 1, before + 7) }];
  }
  if (daysOfMonth === undefined) return [common];
  const numbered = daysOfMonth.filter((day) => day !== 'last');
  return [
    ...(numbered.length > 0 ? [{ ...common, dayOfMonth: numbered }] : []),
    ...(daysOfMonth.includes('last') ? lastDays(1, common) : []),
  ];
}

/** Sunday is 0. */
function numberOf(weekday: Weekday): number {
  return (weekdays.indexOf(weekday) + 1) % 7;
}

/** The last days of each month, however long it is. */
function lastDays(count: number, { month: wanted = daysBetween(1, 12), ...others }: Days): Days[] {
  const years = daysBetween(FIRST_YEAR, LAST_YEAR);
  const isLeap = (year: number) => dayAfter(`${year}-02-28`, 1).month === 2;
  const lengths: [number, number[], number[]?][] = [
    [31, [1, 3, 5, 7, 8, 10, 12]],
    [30, [4, 6, 9, 11]],
    [29, [2], years.filter(isLeap)],
    [28, [2], years.filter((year) => !isLeap(year))],
  ];
  return lengths.flatMap(([length, months, year]) => {
    const month = months.filter((one) => wanted.includes(one));
    if (month.length === 0) return [];
    return [present({ ...others, month, year, dayOfMonth: daysBetween(length - count + 1, length) })];
  });
}

/** These weekdays of each n-th week. Those that fall on the same days of the same month stand together, whatever their years. */
function datesOf(names: Weekday[], everyWeeks: number, months: number[] | undefined, firstDate: string): Days[] {
  const monday = mondayOf(firstDate);
  const daysIn = new Map<string, number[]>();
  const weeksBefore = (Date.UTC(FIRST_YEAR, 0, 1) - Date.parse(`${monday}T00:00:00Z`)) / WEEK_MS;
  for (let week = Math.max(0, Math.floor(weeksBefore / everyWeeks) * everyWeeks); ; week += everyWeeks) {
    const dates = names.map((name) => dayAfter(monday, week * 7 + weekdays.indexOf(name)));
    if (dates.every(({ year }) => year > LAST_YEAR)) break;
    for (const { year, month, day } of dates) {
      if (year < FIRST_YEAR || year > LAST_YEAR || months?.includes(month) === false) continue;
      const key = `${year}-${month}`;
      daysIn.set(key, [...(daysIn.get(key) ?? []), day]);
    }
  }
  const yearsWith = new Map<string, number[]>();
  for (const [key, days] of daysIn) {
    const [year = 0, month = 0] = key.split('-').map(Number);
    const alike = `${month}:${days.sort((a, b) => a - b).join()}`;
    yearsWith.set(alike, [...(yearsWith.get(alike) ?? []), year]);
  }
  return [...yearsWith].map(([alike, year]) => {
    const [month = '', days = ''] = alike.split(':');
    return { year, month: [Number(month)], dayOfMonth: days.split(',').map(Number) };
  });
}

function daysBetween(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** For the Temporal UI. */
function inWords({ at, weekdays: names, everyWeeks = 1, week, daysOfMonth, months }: Calendar): string {
  const words = [
    everyWeeks > 1 ? `every ${everyWeeks} weeks` : '',
    week === undefined ? '' : `${week} of the month:`,
    names?.join(', ') ?? '',
    daysOfMonth === undefined ? '' : `day ${daysOfMonth.join(', ')} of the month`,
    months === undefined ? '' : `months ${months.join(', ')}`,
    `at ${at.join(', ')}`,
  ];
  return words
    .filter((word) => word !== '')
    .join(' ')
    .slice(0, 200);
}
