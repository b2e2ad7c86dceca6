import { z } from 'zod';

/* What is shown of schedules of conferences. */

const text = (means: string) => z.string().describe(means);
const instant = (means: string) => z.string().meta({ format: 'date-time', description: means });
const count = (means: string) => z.number().meta({ type: 'integer', minimum: 0, description: means });
/** What was asked for, whose fields are described where it is asked for. */
const asked = (means: string) =>
  z.custom<Record<string, unknown>>().meta({ type: 'object', additionalProperties: true, description: means });

/** A schedule as a list shows it. */
export const listedSchedule = z.object({
  userId: text('whose it is, in a list of all accounts').optional(),
  id: text('its id'),
  state: z.enum(['active', 'paused', 'ended']).describe('`ended`: it makes no more conferences'),
  note: text('for people').optional(),
  cron: text('as it was asked for').optional(),
  calendar: asked('as it was asked for').optional(),
  timeZone: text('whose clocks count'),
  startAt: instant('no conference begins before').optional(),
  endAt: instant('no conference begins after').optional(),
  maxRuns: count('as it was asked for').optional(),
  runsLeft: count('how many conferences it makes yet, at most').optional(),
  overlap: text('what happens when an earlier conference is still open'),
  catchupWindow: count('how late a conference may begin that could not be started in time, in seconds'),
  jitter: count('by how much conferences begin later at most, by chance, in seconds').optional(),
  skippedDates: z.array(z.string()).describe('the local dates without a conference').optional(),
  conference: asked('what `POST /conferences` takes, with its defaults and without `user:password@` in URLs'),
  nextRuns: z
    .array(z.string().meta({ format: 'date-time' }))
    .describe('when the next ten conferences begin that it has not made yet'),
  createdTime: instant('when it was asked for').optional(),
});
export type ListedSchedule = z.output<typeof listedSchedule>;

export const schedulePage = z.object({
  schedules: z.array(listedSchedule).describe('the schedules, each once'),
  nextPageToken: text('the `pageToken` of the next page; the last page has none').optional(),
});
export type SchedulesPage = z.output<typeof schedulePage>;

/** What a backfill has made, or had been made before. */
export const backfill = z.object({
  conferences: z
    .array(
      z.object({
        id: text('its id'),
        startTime: instant('when it was to begin'),
        outcome: z.enum(['made', 'there']).describe('`there`: it had been made before'),
      }),
    )
    .describe('the conferences that were to begin in that time'),
});
export type Backfill = z.output<typeof backfill>;
