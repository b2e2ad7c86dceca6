import { z } from 'zod';

const limit = (fallback: number) =>
  z.int({ error: 'a whole number from 1 to 1000000' }).min(1).max(1_000_000).default(fallback);

const shape = {
  requestsPerSecond: limit(25),
  /** As many may come at once after a pause. */
  requestsAtOnce: limit(50),
  /** Requests that are being worked on. */
  requestsInFlight: limit(20),
  createsPerSecond: limit(10),
  openConferences: limit(1_000),
  scheduledConferences: limit(500),
  /** Recurring conferences: with the shortest pause between two of one, all together begin no more conferences than may be created. */
  schedules: limit(200),
  secondsBetweenRuns: limit(60),
  /** Those whom a conference is created with count as often as they may be dialled. */
  dialsPerMinute: limit(100),
  /** How long a conference lasts, from its first member on, that does not say so itself (seconds). */
  defaultMaxDuration: z
    .int({ error: 'a whole number of seconds from 1 to 31536000' })
    .min(1)
    .max(31_536_000)
    .optional(),
};

/** What one account may take of what all share, over all gateways together. */
export const limits = z.strictObject(shape, {
  error: `an object with some of ${Object.keys(shape).join(', ')}, and nothing else`,
});

export type Limits = z.output<typeof limits>;
