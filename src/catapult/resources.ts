// As types only: workflows, which use what stands below, carry no schemas.
export type {
  Conference,
  DeadLetterResource,
  EventResource,
  ListedConference,
  Member,
  Schedule,
} from './resource-schemas.ts';
export type { Backfill, ListedSchedule, SchedulesPage } from './schedule-resources.ts';

/**
 * An instant that somebody else has written (epoch milliseconds; NaN if it is none): without a zone it is UTC, wherever it is read. Zones
 * by name are not known, as a name may have two.
 */
export function instantOf(text: string | undefined): number {
  if (text === undefined) return NaN;
  const hasZone = /(?:z|gmt|utc?|\d:\d\d.*[+-]\d\d(?::?\d\d)?)\s*$/i.test(text);
  return Date.parse(hasZone ? text : `${text}Z`);
}

/** An instant that somebody else has written, or another one where it is none. */
export function instantOr(text: string | undefined, otherwise: number): number {
  return instantOf(text) || otherwise;
}

/** An instant as the wire writes it: ISO 8601, UTC, without fractions of a second. */
export function wireTime(epochMilliseconds: number): string {
  return new Date(epochMilliseconds).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** An instant as it was asked for, or was: like `wireTime`, but with its fraction of a second if it has one. */
export function exactTime(epochMilliseconds: number): string {
  return new Date(epochMilliseconds).toISOString().replace('.000Z', 'Z');
}

/** A URL as others may see it: without `user:password@`. */
export function withoutUserinfo(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1');
}
