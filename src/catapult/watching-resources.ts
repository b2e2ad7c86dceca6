import { z } from 'zod';

/* What is shown to who watches: how many conferences there are, what was done for one, and how the parts are. */

const text = (means: string) => z.string().describe(means);
const instant = (means: string) => z.string().meta({ format: 'date-time', description: means });
const count = (means: string) => z.number().meta({ type: 'integer', minimum: 0, description: means });

export const counts = z.object({
  scheduled: count('that wait for their time'),
  active: count('that members are in'),
  ending: count('whose end the platform has not confirmed yet'),
  failing: count('whose events wait since one could not be delivered'),
  deadLetters: count('with dead letters'),
});
export type Counts = z.output<typeof counts>;

export const step = z.object({
  id: text('its id; a step that goes on has the same one later'),
  kind: z
    .enum(['run', 'phase', 'change', 'platform', 'delivery'])
    .describe(
      '`run`: a run of its workflow begins; `phase`: it is in another phase; `change`: somebody asked for it; `platform`: the platform was asked; `delivery`: a worker sent events',
    ),
  does: text('what it is, in a few words'),
  time: instant('when it was begun'),
  endTime: instant('when it was over; absent while it goes on').optional(),
  state: z.enum(['running', 'done', 'failed']).describe('what became of it'),
  attempts: count('how often it was tried').optional(),
  error: text('why it failed, or why its latest try did').optional(),
});
export type Step = z.output<typeof step>;

export const stepPage = z.object({
  steps: z.array(step).describe("those of one run of the conference's workflow, in their order"),
  nextPageToken: text('the `pageToken` of the next run; the last page has none').optional(),
});
export type StepPage = z.output<typeof stepPage>;

export const diagnosis = z.object({
  time: instant('when it was looked'),
  findings: z
    .array(
      z.object({
        check: text('what was looked at: a name of `convoke doctor`'),
        level: z
          .enum(['ok', 'warning', 'wrong', 'open'])
          .describe('`warning`: it should be put right; `wrong`: it must be; `open`: nobody can tell from here'),
        found: text('what was found'),
        advice: text('what there is to do').optional(),
      }),
    )
    .describe('what each check found, in their order'),
});
export type Diagnosis = z.output<typeof diagnosis>;

const sparedHost = z.object({
  userId: text('whose host it is').optional(),
  origin: text('scheme, host and port'),
  silentRounds: count('how often in a row it has not answered'),
  sparedUntil: instant('until when nothing is sent there; then one request looks whether it is back'),
});

/** Seen from one gateway. */
export const health = z.object({
  temporal: z.enum(['reachable', 'unreachable']).describe('whether Temporal answers'),
  namespace: text('`ready`, or what the namespace lacks and what to do').optional(),
  workers: z.enum(['working', 'away']).describe('whether some worker does its work'),
  platform: z
    .enum(['answers', 'refuses', 'silent', 'unknown'])
    .describe(
      'whether the platform answers this gateway; `refuses` our credentials; `unknown` where this gateway sends it nothing',
    ),
  platformError: text('what the platform says, or why it says nothing').optional(),
  journal: z
    .object({
      state: text('`ok`, or what is wrong with it'),
      waiting: count('how many callbacks their conferences do not have yet'),
      damaged: count('how many entries could not be read'),
      oldestTime: instant('since when the first of them waits').optional(),
    })
    .describe('the callbacks that this gateway has taken'),
  spared: z
    .array(sparedHost)
    .describe('hosts of customers that do not answer, to which this gateway sends nothing for a while'),
});
export type Health = z.output<typeof health>;
