import { z } from 'zod';
import {
  field,
  flag,
  oneOf,
  pageSize,
  scheduleId,
  searchedInstant,
  searchedId,
  searchedNumber,
  searchedTag,
  secondsOfADay,
  secondsOfAYear,
} from './fields.ts';
import { phases, reasons, states } from './words.ts';
import type { Written } from './written.ts';

/* What may be asked of lists: the queries of the wire. */

/** Which conferences a list holds; all of it must fit. */
export const conferenceFilters = z.object({
  state: field(oneOf(states), 'in this state').optional(),
  phase: field(oneOf(phases), 'in this phase').optional(),
  from: field(searchedNumber, 'of this number').optional(),
  tag: field(searchedTag, 'with this tag, compared in its first 255 characters').optional(),
  reason: field(oneOf(reasons), 'that ended so').optional(),
  deadLetters: field(flag, 'with dead letters, or without').optional(),
  startAfter: field(searchedInstant, 'that begin or began then or later').optional(),
  startBefore: field(searchedInstant, 'that begin or began then or earlier').optional(),
  scheduleId: field(scheduleId, 'that this schedule has made').optional(),
  callId: field(searchedId, 'that this call is in, or was: the latest 20 calls of each are known').optional(),
  id: field(searchedId, 'with this id').optional(),
  failing: field(flag, 'with events that wait since one could not be delivered, or without').optional(),
});
export type ConferenceFilters = z.output<typeof conferenceFilters>;
export type ConferenceFilterFields = Written<typeof conferenceFilters>;

const nextPage = z
  .string({ error: 'one nextPageToken of the page before' })
  .max(2_048, { error: 'the nextPageToken of the page before' })
  .optional();

/** The query of GET /conferences. */
export const conferencesQuery = conferenceFilters
  .extend({
    size: pageSize,
    pageToken: nextPage.describe('the `nextPageToken` of the page before, with the same filters'),
    follow: flag.default(false).describe('`true`: the answer is a stream, with the first page whenever it has changed'),
  })
  .refine(({ follow, pageToken }) => !follow || pageToken === undefined, {
    path: ['pageToken'],
    error: 'nothing beside follow, which tells of the first page',
  });

/** The query of GET /conferences/{id}/events. */
export const eventsQuery = z
  .object({
    size: pageSize,
    pageToken: z
      .string({ error: 'one nextPageToken of the page before' })
      .regex(/^\d{1,15}$/, { error: 'the nextPageToken of the page before' })
      .transform(Number)
      .default(0)
      .describe('the `nextPageToken` of the page before'),
    state: z
      .literal('dead', { error: '"dead", the only state that can be asked for' })
      .optional()
      .describe('`dead`: dead letters only'),
    follow: flag.default(false).describe('`true`: the answer is a stream, with each event as it comes'),
  })
  .refine(({ follow, state }) => !follow || state === undefined, {
    path: ['state'],
    error: 'nothing beside follow, which tells of all events',
  });
export type EventsQuery = z.output<typeof eventsQuery>;

/** The query of GET /dead-letters; the size is one of conferences. */
export const deadLettersQuery = z.object({
  size: pageSize,
  pageToken: nextPage.describe('the `nextPageToken` of the page before'),
});

/** The query of GET /conferences/{id}/steps. */
export const stepsQuery = z.object({ pageToken: nextPage.describe('the `nextPageToken` of the run before') });

/** The query of GET /conferences/{id}/explanation. */
export const explanationQuery = stepsQuery;

/** A setting as it might have been: `none` stands for its absence. */
const orNone = (seconds: typeof secondsOfADay) =>
  z.union([z.literal('none'), seconds], { error: 'a number of whole seconds, or "none"' }).optional();

/** The query of GET /conferences/{id}/what-if. */
export const whatIfQuery = z
  .object({
    noShowTimeout: field(orNone(secondsOfADay), 'it ends if nobody has joined for so long; `none`: it does not'),
    aloneTimeout: field(
      orNone(secondsOfADay),
      'it ends when one member has been left alone for so long; `none`: it does not',
    ),
    maxDuration: field(orNone(secondsOfAYear), 'it ends so long after the first member joined; `none`: it does not'),
    maxDurationWarning: field(
      orNone(secondsOfADay),
      'how long before that all members hear a warning; `none`: they hear none',
    ),
  })
  .refine((settings) => Object.values(settings).some((value) => value !== undefined), {
    path: ['aloneTimeout'],
    error: 'a setting that might have been another: it, noShowTimeout, maxDuration or maxDurationWarning',
  });
export type OtherSettingFields = Written<typeof whatIfQuery>;
