import { z } from 'zod';
import { callPath, conferencePath, memberPath } from './paths.ts';

/**
 * A callback event, as the platform sends it and the customer gets it: a flat JSON object. `eventType` says what it is;
 * types that we do not know are passed on all the same.
 */
export interface CallbackEvent {
  eventType: string;
  conferenceId?: string | undefined;
  status?: string | undefined;
  state?: string | undefined;
  memberId?: string | undefined;
  callId?: string | undefined;
  activeMembers?: number | undefined;
  time?: string | undefined;
  createdTime?: string | undefined;
  completedTime?: string | undefined;
  tag?: string | undefined;
  [field: string]: unknown;
}

const absentIfOdd = z.string().optional().catch(undefined);

/** Accepts every JSON object that has an `eventType`; a known field of an unexpected type counts as absent. */
export const callbackEvent = z.looseObject({
  eventType: z.string().min(1).max(100),
  conferenceId: absentIfOdd,
  status: absentIfOdd,
  state: absentIfOdd,
  memberId: absentIfOdd,
  callId: absentIfOdd,
  activeMembers: z.coerce.number().int().min(0).optional().catch(undefined),
  time: absentIfOdd,
  createdTime: absentIfOdd,
  completedTime: absentIfOdd,
  tag: absentIfOdd,
});

/** Whose event it is to the customer: our ids, and the tag the conference has now. */
export interface EventOwner {
  userId: string;
  conferenceId: string;
  tag?: string | undefined;
}

/**
 * The event as the customer sees it: our ids in place of the platform's, every `…Uri` as a path of our own (the sender
 * puts the gateway's address before it), the conference's present tag. Fields that the event does not have stay absent.
 */
export function customerEvent(event: CallbackEvent, owner: EventOwner): CallbackEvent {
  const { tag: platformTag, ...rest } = event;
  const out: CallbackEvent = { ...rest };
  if ('conferenceId' in event) out.conferenceId = owner.conferenceId;
  if ('conferenceUri' in event) out['conferenceUri'] = conferencePath(owner.userId, owner.conferenceId);
  if ('memberUri' in event && event.memberId !== undefined) {
    out['memberUri'] = memberPath(owner.userId, owner.conferenceId, event.memberId);
  }
  if ('callUri' in event && event.callId !== undefined) out['callUri'] = callPath(owner.userId, event.callId);
  const tag = owner.tag ?? (event.eventType.startsWith('conference') ? undefined : platformTag);
  if (tag !== undefined) out.tag = tag;
  return out;
}

/** Puts the gateway's address before every `…Uri` that is a path; what is sent is absolute. */
export function withAbsoluteUris(event: CallbackEvent, baseUrl: string): CallbackEvent {
  const base = baseUrl.replace(/\/+$/, '');
  return Object.assign(
    { ...event },
    Object.fromEntries(
      Object.entries(event)
        .filter(([field, value]) => field.endsWith('Uri') && typeof value === 'string' && value.startsWith('/'))
        .map(([field, value]) => [field, base + String(value)]),
    ),
  );
}

/** `conference created`, `conference-member active`, …: how logs and the UI name an event. */
export function eventName(event: CallbackEvent): string {
  return [event.eventType, event.status ?? event.state].filter((part) => part !== undefined).join(' ');
}
