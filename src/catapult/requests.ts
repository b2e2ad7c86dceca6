import { z } from 'zod';
import { MAX_CALLBACK_TIMEOUT_MS } from './budget.ts';
import {
  attempts,
  audioFileUrl,
  callbackHttpMethod,
  callbackTimeout,
  callbackUrl,
  callTimeout,
  destination,
  flag,
  gender,
  id,
  instant,
  locale,
  phoneNumber,
  profile,
  recordingFileFormat,
  recordingMaxDuration,
  searchedInstant,
  searchedNumber,
  searchedTag,
  secondsOfADay,
  secondsOfAYear,
  sentence,
  sipHeaders,
  startAt,
  tag,
  voice,
} from './fields.ts';
import { phases, reasons, states } from './words.ts';

/*
 * The bodies of the wire's POSTs (Catapult v1, "Requests"). Unknown fields are left out, as Catapult does. Each type
 * comes twice: what a caller may write (Fields), and what it is once parsed (Request).
 */

/** What a caller may write. A flag or a number may be a string too, which a schema calls unknown: in TypeScript it is what it means. */
type Written<Schema extends z.ZodType> = WrittenAs<z.input<Schema>, z.output<Schema>>;
type WrittenAs<In, Out> = unknown extends In
  ? Out
  : In extends readonly (infer InItem)[]
    ? Out extends readonly (infer OutItem)[]
      ? WrittenAs<InItem, OutItem>[]
      : In
    : In extends object
      ? { [Name in keyof In]: Name extends keyof Out ? WrittenAs<In[Name], Out[Name]> : In[Name] }
      : In;

const reminders = z
  .array(z.object({ before: secondsOfAYear }, { error: 'an object such as {"before": 3600}' }), {
    error: 'a list such as [{"before": 3600}]',
  })
  .max(10, { error: 'at most 10 reminders' });

/** Somebody whom a conference dials when it opens. */
const participant = z.object(
  {
    to: destination,
    from: phoneNumber.optional(),
    tag: tag.optional(),
    mute: flag.optional(),
    hold: flag.optional(),
    joinTone: flag.optional(),
    leavingTone: flag.optional(),
    callTimeout: callTimeout.default(60),
    maxAttempts: attempts.default(1),
    retryInterval: secondsOfADay.default(60),
  },
  { error: 'an object such as {"to": "+19195551234"}' },
);
export type ParticipantRequest = z.output<typeof participant>;

const participants = z
  .array(participant, { error: 'a list of at most 20 such as [{"to": "+19195551234"}]' })
  .max(20, { error: 'at most 20 participants' });

/** The fields that every platform knows. */
const catapultCreateFields = {
  from: phoneNumber,
  callbackUrl: callbackUrl.optional(),
  callbackHttpMethod: callbackHttpMethod.default('POST'),
  callbackTimeout: callbackTimeout.default(MAX_CALLBACK_TIMEOUT_MS),
  fallbackUrl: callbackUrl.optional(),
  profile: profile.default('interpret_digits'),
  tag: tag.optional(),
};
export type CatapultCreateField = keyof typeof catapultCreateFields;

/** Ours, beside the wire. Each must be optional: a plain Catapult client does not know it. */
const ownCreateFields = {
  startAt: startAt.optional(),
  reminders: reminders.optional(),
  participants: participants.optional(),
  creationTimeout: secondsOfADay.optional(),
  noShowTimeout: secondsOfADay.optional(),
  aloneTimeout: secondsOfADay.optional(),
  maxDuration: secondsOfAYear.optional(),
  maxDurationWarning: secondsOfADay.optional(),
};
export type OwnCreateField = keyof typeof ownCreateFields;

/** POST /conferences, with the wire's defaults. */
export const createConferenceRequest = z
  .object({ ...catapultCreateFields, ...ownCreateFields })
  .refine(({ reminders, startAt }) => reminders === undefined || startAt !== undefined, {
    path: ['reminders'],
    error: 'a startAt to remind of',
  })
  .refine(({ maxDuration = 0, maxDurationWarning = -1 }) => maxDurationWarning < maxDuration, {
    path: ['maxDurationWarning'],
    error: 'less seconds than a maxDuration that is given too',
  });
export type CreateConferenceRequest = z.output<typeof createConferenceRequest>;
export type CreateConferenceFields = Written<typeof createConferenceRequest>;

/** How much a page holds. */
const size = z
  .string({ error: 'one number from 1 to 100' })
  .refine((text) => /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 100, {
    error: 'a number from 1 to 100',
  })
  .transform(Number)
  .default(25);

const oneOf = <const Words extends readonly string[]>(words: Words) =>
  z.enum(words, { error: words.map((word) => `"${word}"`).join(' or ') });

/** Which conferences a list holds; all of it must fit. */
export const conferenceFilters = z.object({
  state: oneOf(states).optional(),
  phase: oneOf(phases).optional(),
  from: searchedNumber.optional(),
  tag: searchedTag.optional(),
  reason: oneOf(reasons).optional(),
  /** Whether it has any. */
  deadLetters: flag.optional(),
  startAfter: searchedInstant.optional(),
  startBefore: searchedInstant.optional(),
});
export type ConferenceFilters = z.output<typeof conferenceFilters>;
export type ConferenceFilterFields = Written<typeof conferenceFilters>;

/** The query of GET /conferences. */
export const conferencesQuery = conferenceFilters.extend({
  size,
  pageToken: z
    .string({ error: 'one nextPageToken of the page before' })
    .max(2_048, { error: 'the nextPageToken of the page before' })
    .optional(),
});

/** The query of GET /conferences/{id}/events. */
export const eventsQuery = z
  .object({
    size,
    pageToken: z
      .string({ error: 'one nextPageToken of the page before' })
      .regex(/^\d{1,15}$/, { error: 'the nextPageToken of the page before' })
      .transform(Number)
      .default(0),
    state: z.literal('dead', { error: '"dead", the only state that can be asked for' }).optional(),
    follow: flag.default(false),
  })
  .refine(({ follow, state }) => !follow || state === undefined, {
    path: ['state'],
    error: 'nothing beside follow, which tells of all events',
  });
export type EventsQuery = z.output<typeof eventsQuery>;

/** POST /events/redeliver: events accepted between these times (in requests ISO 8601, parsed epoch milliseconds). */
export const redeliverRequest = z
  .object({ from: instant, to: instant })
  .refine(({ from, to }) => from <= to, { path: ['to'], error: 'a time that is not before `from`' });
export type RedeliverRequest = z.output<typeof redeliverRequest>;

const catapultUpdateFields = {
  state: z.literal('completed', { error: '"completed", the only state a conference can be set to' }).optional(),
  hold: flag.optional(),
  mute: flag.optional(),
  callbackUrl: callbackUrl.optional(),
  callbackHttpMethod: callbackHttpMethod.optional(),
  callbackTimeout: callbackTimeout.optional(),
  fallbackUrl: callbackUrl.optional(),
  tag: tag.optional(),
};
export type CatapultUpdateField = keyof typeof catapultUpdateFields;

const ownUpdateFields = { startAt: startAt.optional() };
export type OwnUpdateField = keyof typeof ownUpdateFields;

/** POST /conferences/{id}: what is absent stays as it is. */
export const updateConferenceRequest = z.object({ ...catapultUpdateFields, ...ownUpdateFields });
export type UpdateConferenceRequest = z.output<typeof updateConferenceRequest>;
export type UpdateConferenceFields = Written<typeof updateConferenceRequest>;

const memberSettings = {
  joinTone: flag.optional(),
  leavingTone: flag.optional(),
  mute: flag.optional(),
  hold: flag.optional(),
};

/** POST /conferences/{id}/members: `callId` is an active call that was made with this conference's id. */
export const addMemberRequest = z.object({ callId: id, ...memberSettings });
export type AddMemberRequest = z.output<typeof addMemberRequest>;
export type AddMemberFields = Written<typeof addMemberRequest>;

/** POST /conferences/{id}/members/{memberId}: `state: completed` removes the member. */
export const updateMemberRequest = z.object({
  state: z.literal('completed', { error: '"completed", the only state a member can be set to' }).optional(),
  ...memberSettings,
});
export type UpdateMemberRequest = z.output<typeof updateMemberRequest>;
export type UpdateMemberFields = Written<typeof updateMemberRequest>;

/** POST …/audio: a file or a sentence; an empty one stops what plays. */
export const audioRequest = z
  .object({
    fileUrl: audioFileUrl.optional(),
    sentence: sentence.optional(),
    gender: gender.optional(),
    locale: locale.optional(),
    voice: voice.optional(),
    loopEnabled: flag.optional(),
    tag: tag.optional(),
  })
  .refine(({ fileUrl, sentence: spoken }) => fileUrl !== undefined || spoken !== undefined, {
    path: ['fileUrl'],
    error: 'the URL of a WAV or MP3 file, or a sentence instead',
  })
  .refine(({ fileUrl, sentence: spoken }) => !fileUrl || !spoken, {
    path: ['sentence'],
    error: 'nothing beside a fileUrl: one request plays one of them',
  });
export type AudioRequest = z.output<typeof audioRequest>;
export type AudioFields = Written<typeof audioRequest>;

/** POST /calls, as far as it dials into a conference. */
export const callRequest = z.object({
  from: phoneNumber,
  to: destination,
  conferenceId: z.custom<string>(
    (value) => id.safeParse(value).success,
    'the id of a conference: calls are dialled into conferences only',
  ),
  bridgeId: z.undefined({ error: 'nothing: calls are dialled into conferences only' }).optional(),
  callTimeout: callTimeout.default(60),
  callbackUrl: callbackUrl.optional(),
  callbackHttpMethod: callbackHttpMethod.default('POST'),
  callbackTimeout: callbackTimeout.default(MAX_CALLBACK_TIMEOUT_MS),
  fallbackUrl: callbackUrl.optional(),
  recordingEnabled: flag.optional(),
  recordingMaxDuration: recordingMaxDuration.optional(),
  recordingFileFormat: recordingFileFormat.optional(),
  transcriptionEnabled: flag.optional(),
  tag: tag.optional(),
  sipHeaders: sipHeaders.optional(),
});
export type CallRequest = z.output<typeof callRequest>;
export type CallFields = Written<typeof callRequest>;
