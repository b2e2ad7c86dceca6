import { z } from 'zod';
import { shownError } from './resource-schemas.ts';

/*
 * The events that a customer gets (Catapult v1, "Callback events", and ours), for the description of the wire and the tables of
 * docs/wire.md. Nothing is parsed by these: what the platform says goes on as it came, fields that we do not know too.
 */

const text = (means: string) => z.string().describe(means);
const count = (means: string) => z.number().meta({ type: 'integer', minimum: 0, description: means });
/** Of the platform: it may leave it out, or say that it is null. */
const optionalText = (means: string) => z.string().nullable().optional().describe(means);
const flag = (means: string) => z.boolean().nullable().optional().describe(means);

const conferenceId = text("the conference's id");
const conferenceUri = optionalText("the conference's URL");
const tag = optionalText('the tag of what the event is about');
const time = optionalText("when it happened, by the platform's clock");
const call = { callId: optionalText("the call's id"), callUri: optionalText("the call's URL"), time, tag };

const ofConference = {
  eventType: z.literal('conference').describe('what it tells'),
  conferenceId,
  conferenceUri,
};
const times = { createdTime: optionalText('when the platform had it'), completedTime: optionalText('when it ended') };

/** An event: whether it is ours beside Catapult's, when it comes, and what it holds. */
export interface DescribedEvent {
  isOurs?: true;
  when: string;
  schema: z.ZodObject;
}

/** Each event by a name of its own, as some share an `eventType`. */
export const customerEvents = {
  conference: {
    when: 'a conference is there (`status`: `created`), or has ended (`completed`; with `reason`, if it was created with a field of [scheduling.md](scheduling.md))',
    schema: z.looseObject({
      ...ofConference,
      status: z.enum(['created', 'completed']).describe('what became of the conference'),
      ...times,
      reason: text('why it ended, if it was created with a field of ours').optional(),
      tag,
    }),
  },
  conferenceFailed: {
    isOurs: true,
    when: '`status`: `failed`, the conference could not be created',
    schema: z.looseObject({
      ...ofConference,
      status: z.literal('failed').describe('what became of the conference'),
      ...times,
      error: shownError.describe('why'),
      tag,
    }),
  },
  conferenceReminder: {
    isOurs: true,
    when: '`status`: `reminder`, a scheduled conference begins soon',
    schema: z.looseObject({
      ...ofConference,
      status: z.literal('reminder').describe('what became of the conference'),
      startAt: text('when it begins'),
      before: count('which reminder it is: seconds before `startAt`'),
      tag,
    }),
  },
  participant: {
    isOurs: true,
    when: 'a participant has joined (with `memberId`), or failed for good (with `reason`)',
    schema: z.looseObject({
      eventType: z.literal('conference-participant').describe('what it tells'),
      conferenceId,
      to: text('who was dialled'),
      status: z.enum(['joined', 'failed']).describe('what became of the participant'),
      attempts: count('how often the participant was dialled'),
      memberId: text('the member that the participant has become, if it has joined').optional(),
      reason: text('why it failed, if it has').optional(),
      tag,
    }),
  },
  member: {
    when: 'a member joins, leaves, is muted or held',
    schema: z.looseObject({
      eventType: z.literal('conference-member').describe('what it tells'),
      conferenceId,
      memberId: optionalText("the member's id"),
      memberUri: optionalText("the member's URL"),
      callId: optionalText("the id of the member's call"),
      activeMembers: z.number().nullable().optional().describe('how many members are there then'),
      state: optionalText('`active`, or `completed` once it has left'),
      hold: flag('whether it is held'),
      mute: flag('whether it is muted'),
      time,
      tag,
    }),
  },
  audio: {
    when: 'what is played or spoken begins (`status`: `started`), or is over (`done`); to one member with `memberId` and `memberUri`',
    schema: z.looseObject({
      eventType: z.enum(['conference-playback', 'conference-speak']).describe('what it tells'),
      conferenceId,
      conferenceUri,
      status: optionalText('`started`, or `done`'),
      memberId: optionalText('to whom alone, if to one member'),
      memberUri: optionalText("that member's URL"),
      time,
      tag,
    }),
  },
  key: {
    when: 'a member presses a key, under `passthru_digits`',
    schema: z.looseObject({
      eventType: z.literal('dtmf').describe('what it tells'),
      ...call,
      dtmfDigit: optionalText('which key'),
    }),
  },
  call: {
    when: 'a call that was dialled here is answered, is not answered, ends (with `cause`)',
    schema: z.looseObject({
      eventType: z.enum(['answer', 'timeout', 'hangup']).describe('what it tells'),
      ...call,
      from: optionalText('the number that was shown'),
      to: optionalText('who was dialled'),
      cause: optionalText('why it was hung up'),
    }),
  },
  other: {
    when: 'the platform sends it; it goes on as it came, whole numbers beyond 2^53 too, with our ids and URIs',
    schema: z.looseObject({ eventType: text('what it tells'), tag }),
  },
} as const satisfies Record<string, DescribedEvent>;
