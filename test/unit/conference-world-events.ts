import { createHash } from 'node:crypto';
import { catapultError } from '../../src/catapult/errors.ts';
import type { CallbackEvent } from '../../src/catapult/events.ts';
import type { CreateConferenceRequest } from '../../src/catapult/requests.ts';
import { wireTime } from '../../src/catapult/resources.ts';

/* The names of the world around the rules, and events as its platform sends them. */

export const START = Date.UTC(2026, 0, 1);
export const USER = 'u-1';
export const CONFERENCE = 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa';
export const CUSTOMER = 'https://customer.example/events';
export const REFUSAL = catapultError('validation-error', 'from: is no number of this account.').wire;
export const SILENCE = catapultError('gateway-unavailable', 'The platform did not answer within 300 s.').wire;

/** What a conference is created with, but for its callbackUrl. */
export const SETTINGS: CreateConferenceRequest = {
  from: '+19195551234',
  callbackHttpMethod: 'POST',
  callbackTimeout: 10_000,
  profile: 'interpret_digits',
};

/** The id that the platform gives to what create attempt n makes. */
export const platformId = (attempt: number) => `platform-${attempt}`;

const uriOf = (conferenceId: string) => `https://platform.example/v1/users/p/conferences/${conferenceId}`;

export const created = (conferenceId: string): CallbackEvent => ({
  eventType: 'conference',
  conferenceId,
  conferenceUri: uriOf(conferenceId),
  status: 'created',
  createdTime: '2026-01-01T00:00:01Z',
});

export const completed = (conferenceId: string): CallbackEvent => ({
  ...created(conferenceId),
  status: 'completed',
  completedTime: '2026-01-01T01:00:00Z',
});

export interface MemberFields {
  state?: 'active' | 'completed';
  mute?: boolean;
  hold?: boolean;
  /** Seconds after the start. */
  time?: number;
  callId?: string;
}

export const member = (
  conferenceId: string,
  memberId: string,
  { state = 'active', mute = false, hold = false, time = 0, callId = `call-of-${memberId}` }: MemberFields = {},
): CallbackEvent => ({
  eventType: 'conference-member',
  conferenceId,
  memberId,
  memberUri: `${uriOf(conferenceId)}/members/${memberId}`,
  callId,
  activeMembers: 1,
  state,
  mute,
  hold,
  time: wireTime(START + time * 1_000),
});

export const playback = (conferenceId: string, status: string): CallbackEvent => ({
  eventType: 'conference-playback',
  conferenceId,
  status,
  time: '2026-01-01T00:02:00Z',
});

export const speak = (conferenceId: string, status: string, fields: Partial<CallbackEvent> = {}): CallbackEvent => ({
  ...playback(conferenceId, status),
  eventType: 'conference-speak',
  ...fields,
});

/** A digit; `press` tells one press from the next. */
export const dtmf = (press: number): CallbackEvent => ({
  eventType: 'dtmf',
  callId: 'call-1',
  dtmfDigit: String(press % 10),
  press,
});

/** What a dialled call tells on its own callback URL; `mark` tells one event from the next. */
export const callEvent = (eventType: string, callId: string, mark = 0): CallbackEvent => ({
  eventType,
  callId,
  callUri: `https://platform.example/v1/users/p/calls/${callId}`,
  from: '+19195551234',
  to: '+19195550000',
  ...(eventType === 'dtmf' ? { dtmfDigit: '5' } : {}),
  mark,
});

/** What equal bodies have in common, as the bridge makes it. */
export function digestOf(event: CallbackEvent): string {
  return createHash('sha256').update(JSON.stringify(event)).digest('base64url').slice(0, 22);
}
