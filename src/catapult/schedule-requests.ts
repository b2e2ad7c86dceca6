import { z } from 'zod';
import {
  field,
  instant,
  matching,
  oneOf,
  pageSize,
  pointInTime,
  secondsOfADay,
  tag,
  timeZone,
  wholeNumber,
  YEAR_MS,
} from './fields.ts';
import { isWarnedBefore, WARNED_BEFORE } from './kinds.ts';
import { isLocalTime } from './local-time.ts';
import { readsLocalTimes } from './local-times.ts';
import { catapultCreateFields, ownCreateFields } from './requests.ts';
import { exactTime } from './resources.ts';
import type { Written } from './written.ts';

/* The bodies of the POSTs about schedules of conferences, which Catapult does not have. */

/** Temporal knows no later year. */
const LAST_INSTANT = Date.UTC(2101, 0, 1) - 1;

const cron = matching(
  'a cron string of five to seven fields such as "0 9 * * 1-5": minute, hour, day of the month, month, day of the week, then the year; ' +
    'with seven the first is the second',
  /^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|[\dA-Za-z*,/-]{1,60}( {1,3}[\dA-Za-z*,/-]{1,60}){4,6})$/,
);

const timeOfDay = matching('a time of day such as "09:00"', /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/);

/** A local date. */
export const date = matching('a date such as "2026-12-07"', /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/).refine(
  (text) => isLocalTime(`${text}T00:00`),
  { error: 'a date that there is, such as "2026-12-07"' },
);

export const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof weekdays)[number];

function listOf<Item extends z.ZodType>(item: Item, most: number, example: string) {
  const wanted = `a list such as ${example}, of at most ${most}`;
  return z.array(item, { error: wanted }).min(1, { error: wanted }).max(most, { error: wanted });
}

const DAY_OF_MONTH = 'a day of the month from 1 to 31, or "last"';
const dayOfMonth = z
  .custom<number | 'last'>(
    (value) => value === 'last' || (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 31),
    DAY_OF_MONTH,
  )
  .meta({ anyOf: [{ type: 'integer', minimum: 1, maximum: 31 }, { const: 'last' }], description: DAY_OF_MONTH });

/** Days and times as people say them; all that is given must fit. */
const calendar = z
  .object(
    {
      at: field(listOf(timeOfDay, 5, '["09:00"]'), 'at these local times'),
      weekdays: field(listOf(oneOf(weekdays), 7, '["monday", "thursday"]'), 'on these days of the week').optional(),
      everyWeeks: field(
        wholeNumber('weeks', 12),
        'every so many weeks, counted from the week of the `startAt`, or of the request',
      ).optional(),
      week: field(
        oneOf(['first', 'second', 'third', 'fourth', 'last']),
        'of the weekdays only the first, …, last of a month',
      ).optional(),
      daysOfMonth: field(
        listOf(dayOfMonth, 31, '[1, 15, "last"]'),
        'on these days of the month; months without them are left out',
      ).optional(),
      months: field(listOf(wholeNumber('months', 12), 12, '[1, 4, 7, 10]'), 'in these months only').optional(),
    },
    { error: 'an object such as {"weekdays": ["monday"], "at": ["09:00"]}' },
  )
  .refine(({ week, everyWeeks, weekdays: days }) => days !== undefined || (week ?? everyWeeks) === undefined, {
    path: ['weekdays'],
    error: 'the weekdays that week or everyWeeks is about, such as ["monday"]',
  })
  .refine(({ week, everyWeeks, daysOfMonth }) => countOf(week, everyWeeks, daysOfMonth) <= 1, {
    path: ['week'],
    error: 'one of week, everyWeeks and daysOfMonth at most',
  });
export type Calendar = z.output<typeof calendar>;

const refused = (means: string) =>
  z
    .undefined({ error: `nothing: ${means}` })
    .optional()
    .meta({ type: 'null', description: `is refused: ${means}` });

/** A conference to be created for each run. */
const scheduledConference = z
  .object(
    {
      ...catapultCreateFields,
      ...ownCreateFields,
      startAt: refused('the schedule says when its conferences begin'),
      timeZone: refused("the schedule's own `timeZone` counts"),
    },
    { error: 'an object such as {"from": "+19195551234"}: what POST /conferences takes, without startAt' },
  )
  .refine(isWarnedBefore, WARNED_BEFORE)
  .meta({ dependentRequired: { maxDurationWarning: ['maxDuration'] } });

export const overlaps = ['allow-all', 'skip', 'buffer-one', 'buffer-all', 'cancel-other'] as const;

const runTime = pointInTime('', () => LAST_INSTANT);
const latest = { startAt: () => LAST_INSTANT, endAt: () => LAST_INSTANT };

const settings = {
  cron: field(cron, 'when conferences begin, or `calendar` instead').optional(),
  calendar: calendar.optional().describe('days and times as people say them, or `cron` instead'),
  timeZone: field(timeZone, 'whose clocks count'),
  startAt: field(runTime, 'no conference begins before').optional(),
  endAt: field(runTime, 'no conference begins after').optional(),
  maxRuns: field(
    wholeNumber('runs', 1_000_000),
    'it makes so many conferences at most, from this request on',
  ).optional(),
  overlap: field(
    oneOf(overlaps),
    'what happens when an earlier conference is still open (allow-all unless given)',
  ).optional(),
  catchupWindow: field(
    wholeNumber('seconds', YEAR_MS / 1_000, 10),
    'how late a conference may begin that Temporal could not start in time (300 unless given)',
  ).optional(),
  jitter: field(secondsOfADay, 'conferences begin later by up to so much, by chance').optional(),
  note: field(tag, 'for people, here and in the Temporal UI').optional(),
  conference: scheduledConference.describe('what POST /conferences takes, without `startAt`'),
};

const oneOfTwo = {
  path: ['cron'],
  error: 'a cron string such as "0 9 * * 1-5", or a calendar instead',
};
const endsAfterStart = { path: ['endAt'], error: 'a time that is not before startAt' };

interface Span {
  startAt?: string | null | undefined;
  endAt?: string | null | undefined;
}
const isInOrder = ({ startAt, endAt }: Span) => !startAt || !endAt || Date.parse(startAt) <= Date.parse(endAt);

/** POST /conference-schedules. */
export const createScheduleRequest = z
  .object(settings)
  .refine(({ cron: string, calendar: days }) => countOf(string, days) === 1, oneOfTwo)
  .check(readsLocalTimes(latest))
  .refine(isInOrder, endsAfterStart)
  .meta({ oneOf: [{ required: ['cron'] }, { required: ['calendar'] }] });
export type CreateScheduleRequest = z.output<typeof createScheduleRequest>;
export type CreateScheduleFields = Written<typeof createScheduleRequest>;
/** How a schedule was asked for, without its conference and note. */
export type ScheduleSettings = Omit<CreateScheduleRequest, 'conference' | 'note'>;

const removed = <Schema extends z.ZodType>(kind: z.ZodOptional<Schema>) =>
  kind.unwrap().nullable().describe(`${kind.unwrap().description}; null takes it away`).optional();

/**
 * POST /conference-schedules/{id}: what is absent stays as it is; a `conference` takes the place of the whole one. Unlike all others some of
 * its fields take null: what need not be there can be taken away.
 */
export const updateScheduleRequest = z
  .object({
    ...settings,
    startAt: removed(settings.startAt),
    endAt: removed(settings.endAt),
    maxRuns: removed(settings.maxRuns),
    overlap: removed(settings.overlap),
    catchupWindow: removed(settings.catchupWindow),
    jitter: removed(settings.jitter),
    note: removed(settings.note),
    timeZone: settings.timeZone.optional(),
    conference: settings.conference.optional(),
    skippedDates: z
      .array(date, { error: 'a list of dates such as ["2026-12-07"]' })
      .max(100, { error: 'at most 100 dates' })
      .optional()
      .describe('the local dates without a conference, instead of those before'),
  })
  .refine(({ cron: string, calendar: days }) => countOf(string, days) <= 1, oneOfTwo)
  .check(readsLocalTimes(latest))
  .refine(isInOrder, endsAfterStart)
  .meta({ not: { required: ['cron', 'calendar'] } });
export type UpdateScheduleRequest = z.output<typeof updateScheduleRequest>;
export type UpdateScheduleFields = Written<typeof updateScheduleRequest>;

/** POST …/pause and …/resume. */
export const noteRequest = z.object({ note: field(tag, 'why, for people, here and in the Temporal UI').optional() });
export type NoteRequest = z.output<typeof noteRequest>;

/** POST …/skip. */
export const skipRequest = z.object({ date: field(date, 'the local date on which no conference is to begin') });
export type SkipRequest = z.output<typeof skipRequest>;

const pastInstant = instant.transform(exactTime).describe(instant.description ?? '');

/** POST …/backfill. */
export const backfillRequest = z
  .object({
    from: field(pastInstant, 'conferences that were to begin from then on'),
    to: field(pastInstant, 'conferences that were to begin until then'),
  })
  .refine(({ from, to }) => Date.parse(from) <= Date.parse(to), {
    path: ['to'],
    error: 'a time that is not before `from`',
  });
export type BackfillRequest = z.output<typeof backfillRequest>;

/** The query of GET /conference-schedules. */
export const schedulesQuery = z.object({
  size: pageSize,
  pageToken: z
    .string({ error: 'one nextPageToken of the page before' })
    .max(2_048, { error: 'the nextPageToken of the page before' })
    .optional()
    .describe('the `nextPageToken` of the page before'),
});

function countOf(...values: unknown[]): number {
  return values.filter((value) => value !== undefined).length;
}
