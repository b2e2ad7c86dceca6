import { z } from 'zod';
import type { PlatformCreateFields, PlatformUpdateFields } from '../catapult/field-uses.ts';
import {
  platformCallbacks,
  platformConference,
  platformMember,
  type PlatformCallbacks,
  type PlatformConference,
  type PlatformMember,
} from '../catapult/from-platform.ts';
import { audioPath, callsPath, conferencePath, conferencesPath, memberPath, membersPath } from '../catapult/paths.ts';
import { present } from '../catapult/present.ts';
import type { AddMemberRequest, AudioRequest, CallRequest, UpdateMemberRequest } from '../catapult/requests.ts';
import { CHANGE_WITHIN_MS, MAX_READ_MEMBERS, SENT_ONCE_WITHIN_MS } from './budget.ts';
import { transportTo, type Failed, type PlatformAccount, type PlatformOutcome } from './transport.ts';

export type { PlatformAccount, PlatformOutcome } from './transport.ts';

/** Where the platform's callbacks go: always to us, never to the customer. */
export interface OurCallbacks {
  callbackUrl: string;
  callbackHttpMethod: 'POST';
  callbackTimeout: number;
  fallbackUrl: string;
}

export type PlatformConferenceRequest = PlatformCreateFields & OurCallbacks;

/** A call to dial into a conference of the platform. */
export type PlatformCallRequest = Omit<CallRequest, keyof OurCallbacks | 'bridgeId'> & OurCallbacks;

/** What a reading gave; `asOf` when the platform looked, by its own clock (epoch milliseconds), if it tells the time. */
export type PlatformReadingOutcome =
  | { outcome: 'read'; asOf?: { from: number; to: number }; conference: PlatformConference; members: PlatformMember[] }
  | Failed;

export type CallbacksOutcome = ({ outcome: 'read' } & PlatformCallbacks) | Failed;

/** A client of a Catapult platform. Its methods do not throw: every ending is an outcome. Ids are the platform's. */
export interface PlatformClient {
  createConference(
    account: PlatformAccount,
    body: PlatformConferenceRequest,
    timeoutMs?: number,
  ): Promise<PlatformOutcome>;
  completeConference(account: PlatformAccount, conferenceId: string): Promise<PlatformOutcome>;
  updateConference(
    account: PlatformAccount,
    conferenceId: string,
    fields: PlatformUpdateFields,
  ): Promise<PlatformOutcome>;
  updateMember(account: PlatformAccount, place: MemberPlace, fields: UpdateMemberRequest): Promise<PlatformOutcome>;
  addMember(account: PlatformAccount, conferenceId: string, member: AddMemberRequest): Promise<PlatformOutcome>;
  playAudio(
    account: PlatformAccount,
    place: { conferenceId: string; memberId?: string | undefined },
    audio: AudioRequest,
  ): Promise<PlatformOutcome>;
  dial(account: PlatformAccount, call: PlatformCallRequest): Promise<PlatformOutcome>;
  /** What the platform knows of a conference and its members, those that left included. */
  readConference(account: PlatformAccount, conferenceId: string): Promise<PlatformReadingOutcome>;
  /** Where the platform sends the events of a conference, and whether there will be any. */
  readCallbacks(account: PlatformAccount, conferenceId: string): Promise<CallbacksOutcome>;
  /** Has it send them elsewhere. */
  registerCallbacks(account: PlatformAccount, conferenceId: string, callbacks: OurCallbacks): Promise<PlatformOutcome>;
  close(): Promise<void>;
}

interface MemberPlace {
  conferenceId: string;
  memberId: string;
}

/** A client of the Catapult API at `baseUrl`. */
export function createPlatformClient(baseUrl: string): PlatformClient {
  const { post, get, close } = transportTo(baseUrl);

  async function readConference(account: PlatformAccount, id: string): Promise<PlatformReadingOutcome> {
    const startedAt = performance.now();
    const conference = await get(account, conferencePath(account.userId, id), platformConference);
    if (conference.outcome !== 'got') return conference;
    const members = await get(account, membersPath(account.userId, id), z.array(platformMember));
    if (members.outcome !== 'got') return members;
    // Both answers tell of the time since the first request was sent; a Date header is in whole seconds.
    const asOf = { from: members.date - Math.ceil(performance.now() - startedAt), to: members.date + 1_000 };
    return {
      outcome: 'read',
      ...present({ asOf: Number.isNaN(members.date) ? undefined : asOf }),
      conference: conference.value,
      members: members.value.slice(-MAX_READ_MEMBERS),
    };
  }

  async function readCallbacks(account: PlatformAccount, id: string): Promise<CallbacksOutcome> {
    const got = await get(account, conferencePath(account.userId, id), platformCallbacks);
    return got.outcome === 'got' ? { outcome: 'read', ...got.value } : got;
  }

  const once = { timeout: SENT_ONCE_WITHIN_MS };
  const change = { timeout: CHANGE_WITHIN_MS, isRepeatable: true };
  return {
    createConference: (by, body, timeout) => post(by, conferencesPath(by.userId), body, { makes: true, timeout }),
    completeConference: (account, id) =>
      post(account, conferencePath(account.userId, id), { state: 'completed' }, { isRepeatable: true }),
    updateConference: (account, id, fields) => post(account, conferencePath(account.userId, id), fields, change),
    updateMember: (account, { conferenceId, memberId }, fields) =>
      post(account, memberPath(account.userId, conferenceId, memberId), fields, change),
    addMember: (account, id, member) =>
      post(account, membersPath(account.userId, id), member, { ...once, makes: true }),
    playAudio: (account, { conferenceId, memberId }, audio) =>
      post(account, audioPath(account.userId, conferenceId, memberId), audio, once),
    dial: (account, call) => post(account, callsPath(account.userId), call, { ...once, makes: true }),
    readConference,
    readCallbacks,
    registerCallbacks: (account, id, callbacks) => post(account, conferencePath(account.userId, id), callbacks, change),
    close,
  };
}
