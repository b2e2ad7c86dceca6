import { z } from 'zod';
import { present } from '../catapult/present.ts';
import { basicAuth, type Credentials } from '../catapult/credentials.ts';
import { catapultError, type WireError } from '../catapult/errors.ts';
import type { PlatformCreateFields, PlatformUpdateFields } from '../catapult/field-uses.ts';
import {
  parseErrorAnswer,
  platformConference,
  platformMember,
  type PlatformConference,
  type PlatformMember,
} from '../catapult/from-platform.ts';
import { outsideJson, outsideText } from '../catapult/outside-text.ts';
import {
  audioPath,
  callsPath,
  conferencePath,
  conferencesPath,
  idFromLocation,
  memberPath,
  membersPath,
} from '../catapult/paths.ts';
import type { AddMemberRequest, AudioRequest, CallRequest, UpdateMemberRequest } from '../catapult/requests.ts';
import { instantOf } from '../catapult/resources.ts';
import { HttpClient, NoAnswer, type HttpAnswer } from '../http/client.ts';
import {
  ANSWER_WITHIN_MS,
  MAX_READING_BYTES,
  MAX_READ_MEMBERS,
  SENT_ONCE_WITHIN_MS,
  CHANGE_WITHIN_MS,
  SAME_CLOCK_MS,
  MAX_ANSWER_BYTES,
} from './budget.ts';

/** What our account at the platform needs. */
export interface PlatformAccount extends Credentials {
  userId: string;
}

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

/**
 * How a call to the platform ended: done, with the id of what it made, if anything; refused (4xx, the platform's word); to
 * be repeated not before a time (429); unavailable (5xx, no connection); or its answer is lost, and then nobody knows
 * whether the work was done.
 */
export type PlatformOutcome =
  | { outcome: 'done'; id?: string }
  /** `isUndone`: it is certain that the platform has done nothing, though it may later. */
  | { outcome: 'refused' | 'unavailable' | 'lost'; error: WireError; isUndone?: true }
  /** `comeAgainAt`: when whoever repeats it is to ask for its turn again, which is earlier. */
  | { outcome: 'rate-limited'; error: WireError; retryAt: number; comeAgainAt?: number };

/** What a reading gave; `asOf` when the platform looked, by its own clock (epoch milliseconds), if it tells the time. */
export type PlatformReadingOutcome =
  | { outcome: 'read'; asOf?: { from: number; to: number }; conference: PlatformConference; members: PlatformMember[] }
  | Failed;

type Failed = Exclude<PlatformOutcome, { outcome: 'done' }>;

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
  close(): Promise<void>;
}

interface MemberPlace {
  conferenceId: string;
  memberId: string;
}

interface PostOptions {
  makes?: boolean;
  isRepeatable?: boolean;
  timeout?: number | undefined;
}

/** A client of the Catapult API at `baseUrl`. */
export function createPlatformClient(baseUrl: string): PlatformClient {
  const base = baseUrl.replace(/\/+$/, '');
  const http = new HttpClient();

  /** `makes` says that the answer names what was made; `isRepeatable`, that it does no harm if it comes twice. */
  async function post(
    account: PlatformAccount,
    path: string,
    body: object,
    { makes = false, isRepeatable = false, timeout = ANSWER_WITHIN_MS }: PostOptions = {},
  ): Promise<PlatformOutcome> {
    try {
      const answer = await http.send(new URL(base + path), {
        method: 'POST',
        headers: { authorization: basicAuth(account), 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(body),
        timeoutMs: timeout,
        isRepeatable,
      });
      if (answer.status < 200 || answer.status >= 300) return await failure(answer);
      // The answer is in the head; a body that breaks off must not make it unknown.
      answer.drop();
      const id = makes ? idFromLocation([answer.headers['location']].flat()[0]) : undefined;
      if (makes && id === undefined) return failed('lost', 'answered without a Location');
      return present({ outcome: 'done' as const, id });
    } catch (error) {
      return noAnswer(error, timeout);
    }
  }

  async function get<Schema extends z.ZodType>(account: PlatformAccount, path: string, schema: Schema) {
    try {
      const answer = await http.send(new URL(base + path), {
        method: 'GET',
        headers: { authorization: basicAuth(account) },
        timeoutMs: ANSWER_WITHIN_MS,
        isRepeatable: true,
      });
      if (answer.status !== 200) return await failure(answer);
      const parsed = schema.safeParse(await readJson(answer, MAX_READING_BYTES));
      if (!parsed.success) return failed('unavailable', `answered GET ${path} with something else than the wire's`);
      return {
        outcome: 'got' as const,
        value: parsed.data,
        date: dateOf(answer),
      };
    } catch (error) {
      return noAnswer(error, ANSWER_WITHIN_MS);
    }
  }

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
    close: () => http.close(),
  };
}

async function failure(answer: HttpAnswer): Promise<Failed> {
  const { status, headers } = answer;
  const error = parseErrorAnswer(status, await readJson(answer));
  if (status < 400) return failed('unavailable', `answered ${status}, which is no answer of the wire`);
  if (status === 429) {
    // Whether that can be believed is the pace's to judge.
    const reset = Number(headers['x-ratelimit-reset']);
    return { outcome: 'rate-limited', error, retryAt: Number.isFinite(reset) ? byOurClock(reset, dateOf(answer)) : 0 };
  }
  // Credentials that the platform does not take are the operator's to put right, not the customer's.
  if (status === 401 && error.category === 'authentication') {
    const what = 'does not take the credentials of this service (PLATFORM_TOKEN, PLATFORM_SECRET)';
    return { ...failed('unavailable', what), isUndone: true };
  }
  // A proxy between us says so when it has lost the answer.
  if (status === 502 || status === 504) return { outcome: 'lost', error };
  return { outcome: status < 500 ? 'refused' : 'unavailable', error };
}

/** When the platform answered, by its own clock (epoch milliseconds, in whole seconds); NaN if it does not say. */
function dateOf({ headers }: HttpAnswer): number {
  return instantOf(headers.date);
}

/** A time of the platform's clock, which showed `date` just now, by ours (epoch milliseconds). */
function byOurClock(time: number, date: number): number {
  const ahead = date - Date.now();
  return Math.abs(ahead) > SAME_CLOCK_MS ? time - ahead : time;
}

async function readJson(answer: HttpAnswer, maxBytes = MAX_ANSWER_BYTES): Promise<unknown> {
  const text = await answer.text(maxBytes);
  try {
    return outsideJson(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
}

function noAnswer(error: unknown, timeout: number): Failed {
  const { isTimeout, isUnsent, message } = error instanceof NoAnswer ? error : unknownError(error);
  const what = `did not answer (${isTimeout ? `${timeout / 1000} s passed` : outsideText(message, 200)})`;
  return isUnsent ? { ...failed('unavailable', what), isUndone: true } : failed('lost', what);
}

/** What else goes wrong may have gone wrong after the request. */
function unknownError(error: unknown) {
  return { isTimeout: false, isUnsent: false, message: String(error) };
}

function failed(outcome: 'unavailable' | 'lost', what: string) {
  return { outcome, error: catapultError('gateway-unavailable', `The platform ${outsideText(what, 500)}.`).wire };
}
