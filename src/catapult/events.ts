import { callPath, conferencePath, idFromLocation, memberPath } from './paths.ts';

/**
 * A callback event, as the platform sends it and the customer gets it: a flat JSON object. `eventType` says what it is;
 * types that we do not know are passed on all the same.
 */
interface Fields<Nothing> {
  eventType: string;
  conferenceId?: string | Nothing;
  status?: string | Nothing;
  state?: string | Nothing;
  memberId?: string | Nothing;
  callId?: string | Nothing;
  activeMembers?: number | Nothing;
  time?: string | Nothing;
  createdTime?: string | Nothing;
  completedTime?: string | Nothing;
  tag?: string | Nothing;
  [field: string]: unknown;
}

/** An event as the rules read it: what says nothing is absent. */
export type CallbackEvent = Fields<undefined>;

/** An event as it came and is passed on: a field may be `null`. */
export type EventBody = Fields<undefined | null>;

/** What an event says: to the rules `null` is nothing. */
export function saidBy(event: EventBody): CallbackEvent {
  const said = Object.entries(event).filter(([, value]) => value !== null);
  return { ...Object.fromEntries(said), eventType: event.eventType };
}

/** The event types of the wire ("Callback events"). */
const knownTypes = [
  ...['conference', 'conference-member', 'conference-playback', 'conference-speak'],
  ...['dtmf', 'answer', 'hangup', 'timeout'],
];

export function isKnownType({ eventType }: EventBody): boolean {
  return knownTypes.includes(eventType);
}

/** Whose event it is to the customer: our ids, the tag the conference has now, and the one that the platform has. */
export interface EventOwner {
  userId: string;
  conferenceId: string;
  tag?: string | undefined;
  platformTag?: string | undefined;
}

/**
 * The event as the customer sees it: our ids in place of the platform's, every URI as a path of our own (the sender puts
 * the gateway's address before it), the conference's present tag. Fields that the event does not have stay absent.
 */
export function customerEvent(event: EventBody, owner: EventOwner): EventBody {
  const { tag: _tag, ...rest } = event;
  const out: EventBody = { ...rest };
  if ('conferenceId' in event && event.conferenceId !== null) out.conferenceId = owner.conferenceId;
  for (const field of uriFields) if (typeof event[field] === 'string') out[field] = ourPath(field, event, owner);
  const tag = tagFor(event, owner);
  if (tag !== undefined) out.tag = tag;
  return out;
}

/** The fields that hold URLs of the platform; `call` is a member's call. */
const uriFields = ['conferenceUri', 'memberUri', 'callUri', 'call'] as const;

function ourPath(field: (typeof uriFields)[number], event: EventBody, owner: EventOwner): string {
  const { userId, conferenceId } = owner;
  const idInUri = idFromLocation(String(event[field])) ?? '';
  switch (field) {
    case 'conferenceUri':
      return conferencePath(userId, conferenceId);
    case 'memberUri':
      return memberPath(userId, conferenceId, event.memberId ?? idInUri);
    case 'callUri':
    case 'call':
      return callPath(userId, event.callId ?? idInUri);
  }
}

/**
 * The conference's own events carry its present tag; what is played or spoken its own, if it has one, in place of which the
 * platform puts the conference's; a call's events the call's.
 */
function tagFor({ eventType, tag }: EventBody, owner: EventOwner): EventBody['tag'] {
  if (eventType === 'conference' || eventType === 'conference-member') return owner.tag;
  return eventType.startsWith('conference') && tag === owner.platformTag ? owner.tag : tag;
}

/** Puts the gateway's address before every URI that is a path; what is sent is absolute. */
export function withAbsoluteUris(event: EventBody, baseUrl: string): EventBody {
  const base = baseUrl.replace(/\/+$/, '');
  const absolute = uriFields.flatMap((field): [string, string][] => {
    const path = event[field];
    return typeof path === 'string' && path.startsWith('/') ? [[field, base + path]] : [];
  });
  return { ...event, ...Object.fromEntries(absolute) };
}

/** Whether an event is the platform's last word on the conference. */
export function isEnd({ eventType, status }: EventBody): boolean {
  return eventType === 'conference' && status === 'completed';
}

/** `conference created`, `conference-member active`, …: how logs and the UI name an event. */
export function eventName(event: EventBody): string {
  return [event.eventType, event.status ?? event.state ?? []].flat().join(' ');
}
