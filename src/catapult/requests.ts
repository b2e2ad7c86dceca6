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
  dialIn,
  field,
  flag,
  gender,
  id,
  instant,
  latestStartAt,
  locale,
  phoneNumber,
  profile,
  recordingFileFormat,
  recordingMaxDuration,
  secondsOfADay,
  secondsOfAYear,
  sentence,
  sipHeaders,
  startAt,
  tag,
  timeZone,
  voice,
} from './fields.ts';
import { isWarnedBefore, WARNED_BEFORE } from './kinds.ts';
import { readsStartAt } from './local-times.ts';
import type { Written } from './written.ts';

/*
 * The bodies of the wire's POSTs (Catapult v1, "Requests"). Unknown fields are left out, as Catapult does. Each type
 * comes twice: what a caller may write (Fields), and what it is once parsed (Request).
 */

/** Where events go, of a conference or of a call. */
const callbackFields = {
  callbackUrl: field(callbackUrl, 'where events go first').optional(),
  callbackHttpMethod: field(callbackHttpMethod, 'how events are sent: as a body, or in the query'),
  callbackTimeout: field(callbackTimeout, 'how long the answer to an event is waited for'),
  fallbackUrl: field(callbackUrl, 'where an event goes when `callbackUrl` does not take it').optional(),
};

const eventTag = field(tag, 'comes with the events').optional();

const reminders = z
  .array(
    z.object(
      { before: field(secondsOfAYear, 'how long before `startAt` the reminder comes') },
      { error: 'an object such as {"before": 3600}' },
    ),
    { error: 'a list such as [{"before": 3600}]' },
  )
  .max(10, { error: 'at most 10 reminders' });

/** What is set of a member. */
const memberSettings = {
  joinTone: field(flag, 'whether a tone is played when the member joins').optional(),
  leavingTone: field(flag, 'whether a tone is played when the member leaves').optional(),
  mute: field(flag, 'whether the others do not hear the member').optional(),
  hold: field(flag, 'whether the member neither hears the others nor is heard').optional(),
};

const ringing = field(callTimeout, 'how long the telephone rings').default(60);

/** Somebody whom a conference dials when it opens. */
const participant = z.object(
  {
    to: field(destination, 'whom to dial'),
    from: field(phoneNumber, "the number that is shown, the conference's unless given").optional(),
    tag: field(tag, 'comes with the events about this participant').optional(),
    ...memberSettings,
    callTimeout: ringing,
    maxAttempts: field(attempts, 'how often the participant is dialled at most').default(1),
    retryInterval: field(secondsOfADay, 'the pause before the participant is dialled again').default(60),
  },
  { error: 'an object such as {"to": "+19195551234"}' },
);
export type ParticipantRequest = z.output<typeof participant>;

const participants = z
  .array(participant, { error: 'a list of at most 20 such as [{"to": "+19195551234"}]' })
  .max(20, { error: 'at most 20 participants' });

/** The fields that every platform knows. */
export const catapultCreateFields = {
  from: field(phoneNumber, 'the number that hosts the conference'),
  ...callbackFields,
  callbackHttpMethod: callbackFields.callbackHttpMethod.default('POST'),
  callbackTimeout: callbackFields.callbackTimeout.default(MAX_CALLBACK_TIMEOUT_MS),
  profile: field(profile, 'whether keys act on the conference, or are reported as events').default('interpret_digits'),
  tag: eventTag,
};
export type CatapultCreateField = keyof typeof catapultCreateFields;

/** Ours, beside the wire. Each must be optional: a plain Catapult client does not know it. */
export const ownCreateFields = {
  startAt: field(startAt, 'when the conference begins; a time that has passed means now').optional(),
  timeZone: field(timeZone, 'where `startAt` is the local time, if it has neither `Z` nor an offset').optional(),
  reminders: field(reminders, 'when events remind of the `startAt`, at most 10').optional(),
  participants: field(participants, 'who is dialled when the conference begins, at most 20').optional(),
  dialIn: field(dialIn, 'whoever calls `from` joins, having entered the `pin` if there is one').optional(),
  creationTimeout: field(secondsOfADay, 'how long creating it is tried (300 unless given)').optional(),
  noShowTimeout: field(secondsOfADay, 'it ends if nobody has joined for so long').optional(),
  aloneTimeout: field(secondsOfADay, 'it ends when one member has been left alone for so long').optional(),
  maxDuration: field(secondsOfAYear, 'it ends so long after the first member joined').optional(),
  maxDurationWarning: field(
    secondsOfADay,
    'how long before `maxDuration` is over all members hear a warning',
  ).optional(),
};
export type OwnCreateField = keyof typeof ownCreateFields;

/** POST /conferences, with the wire's defaults. */
export const createConferenceRequest = z
  .object({ ...catapultCreateFields, ...ownCreateFields })
  .refine(({ reminders, startAt }) => reminders === undefined || startAt !== undefined, {
    path: ['reminders'],
    error: 'a startAt to remind of',
  })
  .refine(isWarnedBefore, WARNED_BEFORE)
  .check(readsStartAt(latestStartAt))
  .meta({
    dependentRequired: { reminders: ['startAt'], timeZone: ['startAt'], maxDurationWarning: ['maxDuration'] },
  });
export type CreateConferenceRequest = z.output<typeof createConferenceRequest>;
export type CreateConferenceFields = Written<typeof createConferenceRequest>;

/** POST /events/redeliver: events accepted between these times (in requests ISO 8601, parsed epoch milliseconds). */
export const redeliverRequest = z
  .object({
    from: field(instant, 'dead letters that were accepted from then on'),
    to: field(instant, 'dead letters that were accepted until then'),
  })
  .refine(({ from, to }) => from <= to, { path: ['to'], error: 'a time that is not before `from`' });
export type RedeliverRequest = z.output<typeof redeliverRequest>;

const catapultUpdateFields = {
  state: z
    .literal('completed', { error: '"completed", the only state a conference can be set to' })
    .optional()
    .describe('`completed` ends the conference'),
  hold: field(flag, 'whether all members, and those to come, neither hear nor are heard').optional(),
  mute: field(flag, 'whether all members, and those to come, are not heard').optional(),
  ...callbackFields,
  callbackHttpMethod: callbackFields.callbackHttpMethod.optional(),
  callbackTimeout: callbackFields.callbackTimeout.optional(),
  tag: eventTag,
};
export type CatapultUpdateField = keyof typeof catapultUpdateFields;

const ownUpdateFields = {
  startAt: field(startAt, 'moves a conference that has not begun; a time that has passed means now').optional(),
  timeZone: field(timeZone, 'where `startAt` is the local time, if it has neither `Z` nor an offset').optional(),
};
export type OwnUpdateField = keyof typeof ownUpdateFields;

/** POST /conferences/{id}: what is absent stays as it is. */
export const updateConferenceRequest = z
  .object({ ...catapultUpdateFields, ...ownUpdateFields })
  .check(readsStartAt(latestStartAt))
  .meta({ dependentRequired: { timeZone: ['startAt'] } });
export type UpdateConferenceRequest = z.output<typeof updateConferenceRequest>;
export type UpdateConferenceFields = Written<typeof updateConferenceRequest>;

/** POST /conferences/{id}/members: `callId` is an active call that was made with this conference's id. */
export const addMemberRequest = z.object({
  callId: field(id, 'a call that is up and in no other conference'),
  ...memberSettings,
});
export type AddMemberRequest = z.output<typeof addMemberRequest>;
export type AddMemberFields = Written<typeof addMemberRequest>;

/** POST /conferences/{id}/members/{memberId}: `state: completed` removes the member. */
export const updateMemberRequest = z.object({
  state: z
    .literal('completed', { error: '"completed", the only state a member can be set to' })
    .optional()
    .describe('`completed` removes the member'),
  ...memberSettings,
});
export type UpdateMemberRequest = z.output<typeof updateMemberRequest>;
export type UpdateMemberFields = Written<typeof updateMemberRequest>;

/** POST …/audio: a file or a sentence; an empty one stops what plays. */
export const audioRequest = z
  .object({
    fileUrl: field(audioFileUrl, 'a WAV or MP3 file to play').optional(),
    sentence: field(sentence, 'what to speak; beside it `fileUrl` may only be empty').optional(),
    gender: field(gender, 'whose voice speaks').optional(),
    locale: field(locale, 'in which language').optional(),
    voice: field(voice, 'with which voice').optional(),
    loopEnabled: field(flag, 'whether the file is played again and again').optional(),
    tag: field(tag, "comes with the events of this audio, instead of the conference's").optional(),
  })
  .refine(({ fileUrl, sentence: spoken }) => fileUrl !== undefined || spoken !== undefined, {
    path: ['fileUrl'],
    error: 'the URL of a WAV or MP3 file, or a sentence instead',
  })
  .refine(({ fileUrl, sentence: spoken }) => !fileUrl || !spoken, {
    path: ['sentence'],
    error: 'nothing beside a fileUrl: one request plays one of them',
  })
  .meta({
    anyOf: [
      { required: ['fileUrl'], properties: { sentence: { const: '' } } },
      { required: ['sentence'], properties: { fileUrl: { const: '' } } },
    ],
  });
export type AudioRequest = z.output<typeof audioRequest>;
export type AudioFields = Written<typeof audioRequest>;

const WANTED_CONFERENCE = 'the id of a conference: calls are dialled into conferences only';

/** POST /calls, as far as it dials into a conference. */
export const callRequest = z.object({
  from: field(phoneNumber, 'the number that is shown'),
  to: field(destination, 'whom to dial'),
  conferenceId: z
    .custom<string>((value) => id.safeParse(value).success, WANTED_CONFERENCE)
    .meta({ ...id.meta(), description: WANTED_CONFERENCE }),
  bridgeId: z
    .undefined({ error: 'nothing: calls are dialled into conferences only' })
    .optional()
    .meta({ type: 'null', description: 'is refused: calls are dialled into conferences only' }),
  callTimeout: ringing,
  ...callbackFields,
  callbackHttpMethod: callbackFields.callbackHttpMethod.default('POST'),
  callbackTimeout: callbackFields.callbackTimeout.default(MAX_CALLBACK_TIMEOUT_MS),
  recordingEnabled: field(flag, 'whether the call is recorded').optional(),
  recordingMaxDuration: field(recordingMaxDuration, 'the longest recording').optional(),
  recordingFileFormat: field(recordingFileFormat, 'the format of the recording').optional(),
  transcriptionEnabled: field(flag, 'whether the recording is transcribed').optional(),
  tag: field(tag, "comes with the call's events").optional(),
  sipHeaders: field(sipHeaders, 'headers for the far end').optional(),
});
export type CallRequest = z.output<typeof callRequest>;
export type CallFields = Written<typeof callRequest>;
