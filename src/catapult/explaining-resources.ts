import { z } from 'zod';

/* A conference explained by its history: what was decided at each input, what came of each promise, and what other settings had led to. */

const text = (means: string) => z.string().describe(means);
const instant = (means: string) => z.string().meta({ format: 'date-time', description: means });
const count = (means: string) => z.number().meta({ type: 'integer', minimum: 0, description: means });

export const decision = z.object({
  time: instant('when it was taken in'),
  input: text('what kind of input it was, in a word: `callbacks`, `change`, `clock`, …'),
  took: text('what came'),
  decided: z.array(text('a thing that followed')).describe('what followed from it, and why; empty where nothing did'),
});
export type Decision = z.output<typeof decision>;

const promise = z.object({
  promise: z
    .enum(['one-conference', 'every-event', 'in-time', 'end'])
    .describe(
      '`one-conference`: there is exactly one on the platform; `every-event`: each event came to the customer; `in-time`: no timer was acted on more than 5 s late; `end`: how it ended',
    ),
  state: z.enum(['kept', 'open', 'broken']).describe('`open`: that is to be seen yet; `broken`: `says` has why'),
  says: text('how that shows'),
});

const onPlatform = z.object({
  platformId: text("the platform's id of it"),
  is: z.enum(['adopted', 'orphan']).describe('`orphan`: another attempt had made it, and it was to be completed'),
  attemptId: text('the attempt that made it, where that is known').optional(),
  time: instant('when it turned up'),
  completedTime: instant('when the platform had completed it').optional(),
});

const explainedEvent = z.object({
  sequence: count('its `Convoke-Sequence`'),
  id: text('its id'),
  event: text('what it tells'),
  source: z.enum(['platform', 'reconciled', 'convoke']).describe('where it comes from'),
  acceptedTime: instant('when it was accepted'),
  state: z.enum(['waiting', 'delivered', 'dead', 'recorded']).describe('what has become of it'),
  requests: count('how often it was sent, as far as that is on record'),
  deliveredTime: instant('when the customer had it').optional(),
  result: text('what the latest request came to').optional(),
});

const metTimer = z.object({
  timer: text('what was due'),
  dueTime: instant('when it was due'),
  time: instant('when it was acted on'),
  lateSeconds: z.number().describe('how late that was'),
});

export const explanation = z.object({
  promises: z.array(promise).describe('each promise, and whether this run has kept it'),
  conferences: z.array(onPlatform).describe('what turned up on the platform'),
  events: z.array(explainedEvent).describe('the events of this run'),
  timers: z.array(metTimer).describe('the timers that came due'),
  decisions: z.array(decision).describe('what was taken in, in its order, and what was decided'),
  nextPageToken: text('the `pageToken` of the next run; the last page has none').optional(),
});
export type Explanation = z.output<typeof explanation>;

const course = z.object({
  phase: text('the phase it comes to'),
  reason: text('why it ends').optional(),
  endTime: instant('when it ends; absent where nothing ends it').optional(),
});

const happening = z.object({ time: instant('when'), says: text('what') });

export const whatIf = z.object({
  was: course.describe('the course it took; of an open conference the one it takes if nobody does anything more'),
  would: course.describe('the course it had taken'),
  partedTime: instant('when the two part; absent where it had made no difference').optional(),
  onlyWas: z.array(happening).describe('what has happened and would not have, or later: the first 100'),
  onlyWould: z.array(happening).describe('what has not happened and would have, or earlier: the first 100'),
  assumed: z.array(text('an assumption')).describe('what no history tells, and was assumed'),
});
export type WhatIf = z.output<typeof whatIf>;
