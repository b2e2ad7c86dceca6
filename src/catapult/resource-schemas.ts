import { z } from 'zod';
import type { ToldEvent } from './events.ts';
import { states } from './words.ts';

/*
 * What the wire shows, field by field (Catapult v1, "Resources"): the types of resources.ts, the tables of the docs and the tests of
 * what is really shown go by it. Absent fields are left out, never null.
 */

const text = z.string();
const seconds = z.number().optional();

/** Catapult's own. */
const catapultConference = {
  id: text,
  state: z.enum(states),
  from: text,
  createdTime: text.optional(),
  completedTime: text.optional(),
  activeMembers: z.number(),
  hold: z.boolean(),
  mute: z.boolean(),
  profile: text,
  callbackUrl: text.optional(),
  callbackHttpMethod: text,
  callbackTimeout: z.number(),
  fallbackUrl: text.optional(),
  tag: text.optional(),
};

/** Somebody whom the conference dials, and what became of it. */
const shownParticipant = z.object({
  to: text,
  tag: text.optional(),
  status: text,
  attempts: z.number(),
  reason: text.optional(),
  memberId: text.optional(),
});

/** Ours, beside the wire: what was asked for with our own fields, and what came of it. */
const ownConference = {
  phase: text.optional(),
  reason: text.optional(),
  error: z.object({ category: text, code: text, message: text, details: z.array(z.unknown()).optional() }).optional(),
  scheduledFor: text.optional(),
  nextTimers: z.array(z.object({ timer: text, time: text })).optional(),
  participants: z.array(shownParticipant).optional(),
  startAt: text.optional(),
  reminders: z.array(z.object({ before: z.number() })).optional(),
  creationTimeout: seconds,
  noShowTimeout: seconds,
  aloneTimeout: seconds,
  maxDuration: seconds,
  maxDurationWarning: seconds,
};

const conference = z.object({ ...catapultConference, ...ownConference });
export type Conference = z.output<typeof conference>;

/** A conference as a list shows it, which asks none of them. */
const listedConference = z.object({
  id: text,
  state: z.enum(states),
  phase: text,
  from: text,
  /** Its first 255 characters. */
  tag: text.optional(),
  reason: text.optional(),
  activeMembers: z.number(),
  /** How many it had when it was last heard of. */
  deadLetters: z.number(),
  /** When it begins or has begun: its `startAt`, or when it was asked for. */
  startTime: text.optional(),
});
export type ListedConference = z.output<typeof listedConference>;

const member = z.object({
  id: text,
  state: z.enum(['active', 'completed']),
  mute: z.boolean(),
  hold: z.boolean(),
  joinTone: z.boolean(),
  leavingTone: z.boolean(),
  addedTime: text.optional(),
  removedTime: text.optional(),
  /** The URL of the member's call. */
  call: text.optional(),
});
export type ShownMember = z.output<typeof member>;

/** A member as a server knows it: `call` is a URL that begins with the server's address. */
export type Member = Omit<ShownMember, 'call'> & { callId?: string | undefined };

const event = z.object({
  /** The `webhook-id` of every attempt. */
  id: text,
  /** The order of acceptance, `Convoke-Sequence`. */
  sequence: z.number(),
  /** `recorded`: there was no callbackUrl, so it goes nowhere. `dead`: it was given up. */
  state: z.enum(['waiting', 'delivered', 'dead', 'recorded']),
  /** Whether the platform told it, or it was made up after asking the platform, or it is Convoke's own word. */
  source: z.enum(['platform', 'reconciled', 'convoke']),
  acceptedTime: text,
  body: z.custom<ToldEvent>(),
  /** The latest requests; `result` is the status, or what went wrong. */
  attempts: z.array(
    z.object({
      time: text,
      url: z.enum(['callbackUrl', 'fallbackUrl']),
      ok: z.boolean(),
      result: text,
      milliseconds: z.number(),
    }),
  ),
  nextTryTime: text.optional(),
});
/** An event of a conference, and what became of it; beside Catapult's own resources. */
export type EventResource = z.output<typeof event>;

/** Everything that an answer may show, by the name that a route calls it. */
export const resources = {
  conference,
  conferences: z.object({ conferences: z.array(listedConference), nextPageToken: text.optional() }),
  member,
  members: z.array(member),
  event,
  events: z.object({ events: z.array(event), nextPageToken: text.optional() }),
};
export type Resources = { [Name in keyof typeof resources]: z.output<(typeof resources)[Name]> };
