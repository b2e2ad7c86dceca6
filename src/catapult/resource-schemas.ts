import { explanation, whatIf } from './explaining-resources.ts';
import { z } from 'zod';
import type { EventBody } from './events.ts';
import { backfill, listedSchedule, schedulePage } from './schedule-resources.ts';
import { counts, diagnosis, health, step, stepPage } from './watching-resources.ts';
import { states } from './words.ts';

/*
 * What the wire shows, field by field (Catapult v1, "Resources"): the types of resources.ts, the description of the wire with the tables
 * of docs/wire.md, and the tests of what is really shown go by it. Absent fields are left out, never null.
 */

const text = (means: string) => z.string().describe(means);
const time = (means: string) => z.string().meta({ format: 'date-time', description: means }).optional();
const count = (means: string) => z.number().meta({ type: 'integer', minimum: 0, description: means });
const seconds = (means: string) => count(means).optional();
const flag = (means: string) => z.boolean().describe(means);

/** An error as plain data, here and wherever one is answered. */
export const shownError = z.object({
  category: text('what kind of error it is'),
  code: text('which error it is: one of the table of errors, or a word of the platform'),
  message: text('what is wrong, and what to do about it'),
  details: z
    .array(z.object({ name: text('a field by its place, or what else helps'), value: text('what it holds') }))
    .describe('which fields are wrong; for other errors the ids in the path, and whatever else helps'),
});

/** Catapult's own. */
const catapultConference = {
  id: text('its id'),
  state: z.enum(states).describe('`active` from the first member on'),
  from: text('the number that hosts it'),
  createdTime: time('when the platform had it'),
  completedTime: time('when it ended'),
  activeMembers: count('how many members are there now'),
  hold: flag('whether its members are held'),
  mute: flag('whether its members are muted'),
  profile: text('`interpret_digits`, or `passthru_digits`'),
  callbackUrl: text('where its events go, without `user:password@`').optional(),
  callbackHttpMethod: text('`POST`, or `GET`'),
  callbackTimeout: count('how long the answer to an event is waited for, in milliseconds'),
  fallbackUrl: text('where an event goes when `callbackUrl` does not take it, without `user:password@`').optional(),
  tag: text('comes with its events').optional(),
};

/** Somebody whom the conference dials, and what became of it. */
const shownParticipant = z.object({
  to: text('whom it dials'),
  tag: text('comes with the events about this participant').optional(),
  status: text('`waiting`, `dialing`, `joined`, `left` or `failed`'),
  attempts: count('how often the participant was dialled'),
  reason: text('why the latest call came to nothing').optional(),
  memberId: text('the member that the participant has become').optional(),
});

/** Ours, beside the wire: what was asked for with our own fields, and what came of it. */
const ownConference = {
  phase: text(
    '`scheduled`, `creating`, `created`, `active`, `ending`, `completed`, `failed`, `cancelled`, or `terminated`',
  ).optional(),
  reason: text('why it ended').optional(),
  error: shownError
    .partial({ details: true })
    .describe('what was wrong with a conference that failed or was terminated')
    .optional(),
  scheduledFor: time('when it begins, while it is `scheduled`'),
  scheduleId: text('the schedule that has made it').optional(),
  nextTimers: z
    .array(
      z.object({ timer: text('what is due'), time: z.string().meta({ format: 'date-time', description: 'when' }) }),
    )
    .describe('what it waits for that was asked for, the next one first')
    .optional(),
  participants: z.array(shownParticipant).describe('whom it dials, and what became of it').optional(),
  startAt: time('as it was asked for'),
  reminders: z
    .array(z.object({ before: count('seconds before `startAt`') }))
    .describe('as they were asked for')
    .optional(),
  dialIn: z
    .object({ asksForPin: flag('whether they must enter a PIN, which is shown nowhere') })
    .describe('whoever calls its number joins')
    .optional(),
  creationTimeout: seconds('as it was asked for, in seconds'),
  noShowTimeout: seconds('as it was asked for, in seconds'),
  aloneTimeout: seconds('as it was asked for, in seconds'),
  maxDuration: seconds('as it was asked for, in seconds'),
  maxDurationWarning: seconds('as it was asked for, in seconds'),
};

const conference = z.object({ ...catapultConference, ...ownConference });
export type Conference = z.output<typeof conference>;

/** A conference as a list shows it, which asks none of them. */
const listedConference = z.object({
  userId: text('whose it is, in a list of all accounts').optional(),
  id: text('its id'),
  state: z.enum(states).describe('`active` from the first member on'),
  phase: text('its phase'),
  from: text('the number that hosts it'),
  tag: text('the first 255 characters of its tag').optional(),
  reason: text('why it ended').optional(),
  activeMembers: count('how many members it had when it was last heard of'),
  deadLetters: count('how many dead letters it had when it was last heard of'),
  failing: flag('whether its events wait since one could not be delivered').optional(),
  startTime: time('when it begins or has begun: its `startAt`, or when it was asked for'),
});
export type ListedConference = z.output<typeof listedConference>;

const member = z.object({
  id: text('its id'),
  state: z.enum(['active', 'completed']).describe('`completed` once it has left'),
  mute: flag('whether the others do not hear it'),
  hold: flag('whether it neither hears the others nor is heard'),
  joinTone: flag('whether a tone was played when it joined'),
  leavingTone: flag('whether a tone is played when it leaves'),
  addedTime: time('when it joined'),
  removedTime: time('when it left'),
  call: text("the URL of the member's call").optional(),
});
export type ShownMember = z.output<typeof member>;

/** A member as a server knows it: `call` is a URL that begins with the server's address. */
export type Member = Omit<ShownMember, 'call'> & { callId?: string | undefined };

const instant = (means: string) => z.string().meta({ format: 'date-time', description: means });

const attempt = z.object({
  time: instant('when it was sent'),
  url: z.enum(['callbackUrl', 'fallbackUrl']).describe('to which of the two'),
  ok: flag('whether it was answered 2xx'),
  result: text('the status, or in a few words what went wrong'),
  milliseconds: z.number().describe('how long it took'),
  answer: text(
    'the first 512 bytes of what was answered, if that is text; of the latest failed request to each URL only, and of none to a URL with credentials in it',
  ).optional(),
});

const shownEvent = z.object({
  id: text('the `webhook-id` of every attempt'),
  sequence: count('`Convoke-Sequence`: the order in which the events of the conference were accepted'),
  state: z
    .enum(['waiting', 'delivered', 'dead', 'recorded'])
    .describe(
      '`waiting`, `delivered`, `dead` (given up: a dead letter), or `recorded` (there was no `callbackUrl`, so it goes nowhere)',
    ),
  source: z
    .enum(['platform', 'reconciled', 'convoke'])
    .describe(
      "`platform`; `reconciled`: the platform's state shows it, and no callback brought it; `convoke`: an event of our own, such as `failed`",
    ),
  acceptedTime: instant('when it was accepted'),
  body: z.custom<EventBody>().meta({
    ...{ type: 'object', additionalProperties: true, required: ['eventType'] },
    properties: { eventType: { type: 'string', description: 'what it tells' } },
    description: 'the event as it is sent to the customer',
  }),
  attempts: z
    .array(attempt)
    .describe(
      'the latest 20 requests: which of the two URLs, the status or what went wrong, and how long it took. A request shows within 2 s of its end',
    ),
  nextTryTime: instant(
    'when the event is tried next; absent while it is being tried, or waits for one before it that is',
  ).optional(),
});
/** An event of a conference, and what became of it; beside Catapult's own resources. */
export type EventResource = z.output<typeof shownEvent>;

/** How far the redelivery of all dead letters has come; an `error` is the last line, as is what is `done`. */
export const redeliveryLine = z.object({
  conferences: count('how many conferences have been asked').optional(),
  events: count('how many of their dead letters are sent again').optional(),
  refused: count('how many cannot be sent again, as the workflow of their conference was terminated').optional(),
  done: z.literal(true).describe('said by the last line').optional(),
  error: shownError.describe('what was in the way: send the request again, which does no harm').optional(),
});

/** A schedule, with what it has made. */
const schedule = listedSchedule.extend({
  conferences: z
    .array(listedConference)
    .describe('ten of the conferences that it has made: the open ones first, the youngest first'),
});
export type Schedule = z.output<typeof schedule>;

/** An event that was given up, and where it belongs. */
const deadLetter = z.object({
  userId: text('whose it is'),
  conferenceId: text('of which conference'),
  event: shownEvent,
});
export type DeadLetterResource = z.output<typeof deadLetter>;

/** Everything that an answer may show, by the name that a route calls it. */
export const resources = {
  conference,
  conferences: z.object({
    conferences: z.array(listedConference).describe('the conferences, each once'),
    nextPageToken: text('the `pageToken` of the next page; the last page has none').optional(),
  }),
  member,
  members: z.array(member),
  event: shownEvent,
  events: z.object({
    events: z.array(shownEvent).describe('the events, in the order in which they were accepted'),
    nextPageToken: text('the `pageToken` of the next page; the last page has none').optional(),
  }),
  schedule,
  schedules: schedulePage,
  backfill,
  counts,
  step,
  steps: stepPage,
  explanation,
  whatIf,
  deadLetters: z.object({
    deadLetters: z.array(deadLetter).describe('those of some conferences, of each 100 at most'),
    nextPageToken: text('the `pageToken` of the next page; the last page has none').optional(),
  }),
  health,
  diagnosis,
};
export type Resources = { [Name in keyof typeof resources]: z.output<(typeof resources)[Name]> };

/** Whether it is the name of one of them. */
export function isResource(held: unknown): held is keyof Resources {
  return typeof held === 'string' && Object.hasOwn(resources, held);
}
