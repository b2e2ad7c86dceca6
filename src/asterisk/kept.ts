import { z } from 'zod';

/*
 * What the adapter knows, all of it in variables of Asterisk's bridges and channels: a conference is a bridge, a call a channel. It is
 * our own word, but from another process: what does not fit counts as absent.
 */

/** The names of the variables; those of members, plays and dialled calls end with the id. */
export const NAMES = {
  conference: 'CONVOKE',
  /** Which of the events of its status has reached its target: the last one. */
  announced: 'CONVOKE_ANNOUNCED',
  member: 'CONVOKE_MEMBER_',
  play: 'CONVOKE_PLAY_',
  /** A call that was dialled for the conference, until it is gone. */
  dialled: 'CONVOKE_DIALLED_',
  call: 'CONVOKE_CALL',
  /** The conference that a call is in. */
  isIn: 'CONVOKE_IN',
  /** Who calls from outside: an Asterisk may have other calls, which are none of our business. */
  waits: 'CONVOKE_WAITS',
  /** The PINs of a conference that were wrong. */
  guesses: 'CONVOKE_GUESSES',
} as const;

const text = z.string();

/** Whose it is, and where its events go. */
const owned = {
  ...{ userId: text, baseUrl: text, callbackUrl: text.optional(), fallbackUrl: text.optional(), tag: text.optional() },
  ...{ callbackHttpMethod: z.enum(['GET', 'POST']), callbackTimeout: z.number() },
};

export const keptConference = z.object({
  ...owned,
  from: text,
  profile: text,
  createdTime: text,
  completedTime: text.optional(),
  hold: z.boolean(),
  mute: z.boolean(),
  dialIn: z.object({ pin: text.optional() }).optional(),
});
export type KeptConference = z.output<typeof keptConference>;

export const keptCall = z.object({ ...owned, id: text, conferenceId: text, from: text, to: text });
export type KeptCall = z.output<typeof keptCall>;

/** Somebody who has called in: from where, which number, and how often it has entered a wrong PIN. */
export const keptCaller = z.object({ from: text, to: text, tries: z.number() });
export type KeptCaller = z.output<typeof keptCaller>;

export const keptMember = z.object({
  id: text,
  /** The order in which members came. */
  number: z.number(),
  callId: text,
  state: z.enum(['active', 'completed']),
  ...{ mute: z.boolean(), hold: z.boolean(), joinTone: z.boolean(), leavingTone: z.boolean() },
  addedTime: text,
  removedTime: text.optional(),
});
export type KeptMember = z.output<typeof keptMember>;

/** Something that plays to all, or to one, or is about to. */
export const keptPlay = z.object({
  id: text,
  kind: z.enum(['playback', 'speak']),
  /** The member to whom, and its call. */
  memberId: text.optional(),
  callId: text.optional(),
  tag: text.optional(),
  isStarted: z.boolean(),
  /** How often it has been played, for one that is played again and again. */
  round: z.number(),
  loopEnabled: z.boolean(),
  /** The URL or the sentence, and how it is spoken. */
  what: text,
  ...{ locale: text.optional(), gender: text.optional(), voice: text.optional() },
});
export type KeptPlay = z.output<typeof keptPlay>;

/** A variable's value; undefined if it is absent, empty, or none of ours. */
export function read<Schema extends z.ZodType>(
  schema: Schema,
  value: string | undefined,
): z.output<Schema> | undefined {
  if (value === undefined || value === '') return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(value));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** All variables whose names begin so. */
export function readAll<Schema extends z.ZodType>(
  schema: Schema,
  prefix: string,
  variables: Readonly<Record<string, string>>,
): z.output<Schema>[] {
  const values = Object.entries(variables).filter(([name]) => name.startsWith(prefix));
  return values.map(([, value]) => read(schema, value)).filter((found) => found !== undefined);
}
