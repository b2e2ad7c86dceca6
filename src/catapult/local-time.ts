import { Temporal } from '@js-temporal/polyfill';

/*
 * Times by the clock on the wall of some place. By the rules of its time zone an hour may be left out, or come twice, when the clocks
 * change.
 */

/** A time without `Z` or an offset, such as "2026-12-01T09:00". Of the year 0 a part would be written as of the year -1. */
export const LOCAL_TIME = /^(?!0000)\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?$/;

/** As names of the time zone database are written. */
export const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/;

/** The name of a time zone in its usual letter case; undefined for what is none. */
export function timeZoneNamed(name: string): string | undefined {
  // Offsets are no names: they know no summer.
  if (!ZONE_NAME.test(name) || name.length > 64) return undefined;
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
  } catch {
    return undefined;
  }
}

/** Whether it is a time of day on a date that there is. */
export function isLocalTime(text: string): boolean {
  return LOCAL_TIME.test(text) && plainTime(text) !== undefined;
}

/** When it is (epoch milliseconds), or the next time on that clock that there is, where this one is left out. */
export type LocalTime = { at: number } | { leftOut: string };

/**
 * When a local time is. Of an hour that comes twice it is the second one: so do schedules, whose times Temporal finds (docs/scheduling.md).
 */
export function localTimeIn(timeZone: string, text: string): LocalTime {
  const time = Temporal.PlainDateTime.from(text);
  const later = time.toZonedDateTime(timeZone, { disambiguation: 'later' });
  if (later.toPlainDateTime().equals(time)) return { at: later.epochMilliseconds };
  return { leftOut: later.toPlainDateTime().toString({ smallestUnit: 'minute' }) };
}

function plainTime(text: string): Temporal.PlainDateTime | undefined {
  try {
    return Temporal.PlainDateTime.from(text);
  } catch {
    return undefined;
  }
}

/** The local date of an instant (epoch milliseconds). */
export function localDateOf(timeZone: string, at: number): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate().toString();
}

/** What the clocks of a place have been ahead of UTC by since then, and the changes of that until the end (seconds, epoch seconds). */
export function offsetsOf(timeZone: string, from: number, to: number): { first: number; changes: [number, number][] } {
  let there = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timeZone);
  const secondsAhead = () => there.offsetNanoseconds / 1e9;
  const first = secondsAhead();
  const changes: [number, number][] = [];
  for (;;) {
    const next = there.getTimeZoneTransition('next');
    if (next === null || next.epochMilliseconds > to) return { first, changes };
    there = next;
    changes.push([Math.floor(there.epochMilliseconds / 1_000), secondsAhead()]);
  }
}

/** A local date, so many days later: of dates alone, UTC has the same ones. */
export function dayAfter(date: string, days: number): { year: number; month: number; day: number } {
  const later = new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000);
  return { year: later.getUTCFullYear(), month: later.getUTCMonth() + 1, day: later.getUTCDate() };
}

/** The Monday of the week that a local date is in. */
export function mondayOf(date: string): string {
  const day = Temporal.PlainDate.from(date);
  return day.subtract({ days: day.dayOfWeek - 1 }).toString();
}

/** When a local date begins and ends (epoch milliseconds): it need not have 24 hours. */
export function dayIn(timeZone: string, date: string): { from: number; to: number } {
  const day = Temporal.PlainDate.from(date);
  const startOf = (one: Temporal.PlainDate) => one.toZonedDateTime({ timeZone }).epochMilliseconds;
  return { from: startOf(day), to: startOf(day.add({ days: 1 })) };
}
