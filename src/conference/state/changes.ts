import type { WireError } from '../../catapult/errors.ts';
import type {
  AddMemberRequest,
  AudioRequest,
  CallRequest,
  UpdateConferenceRequest,
  UpdateMemberRequest,
} from '../../catapult/requests.ts';

import type { IndexedTexts } from './indexed.ts';

/*
 * What somebody asks of a running conference, and what became of it, as plain data. The rules are in rules/changes.ts.
 */

/** A call to dial; the conference it joins is the one that dials it. */
export type DialRequest = Omit<CallRequest, 'conferenceId' | 'bridgeId'>;

export type Change =
  | { kind: 'conference'; fields: UpdateConferenceRequest; indexed?: IndexedTexts | undefined }
  | { kind: 'member'; memberId: string; fields: UpdateMemberRequest }
  | { kind: 'audio'; memberId?: string; audio: AudioRequest }
  | { kind: 'add-member'; member: AddMemberRequest }
  | { kind: 'dial'; call: DialRequest };

/** What became of a change; `id` is the member's or call's that it made. */
export type ChangeAnswer =
  | { outcome: 'done'; id?: string }
  /** The platform has not confirmed the ending yet; it is tried until it does. */
  | { outcome: 'pending' }
  /** `retryAt` (epoch milliseconds) when the platform asks to wait; `isUndone` where an error of ours or the platform's left nothing done for certain. */
  | { outcome: 'refused'; error: WireError; retryAt?: number; isUndone?: true }
  /** It was sent once, no answer came, and nothing showed that it was done. */
  | { outcome: 'unknown' };

/** How the platform call behind a change ended. `lost`: it was sent, and no answer came. */
export type ChangeOutcome =
  | { outcome: 'done'; id?: string }
  | { outcome: 'refused'; error: WireError; retryAt?: number; isUndone?: true }
  | { outcome: 'lost' };

/** An `Idempotency-Key` as a conference knows it: a hash, and the fingerprint of the change it was first used for. */
export interface IdempotencyKey {
  id: string;
  fingerprint: string;
}

/** Who waits for an answer. */
export interface Requester {
  /** Drawn by the client, for one change: one that comes again is known by it. */
  id: string;
  /** How long it waits (epoch milliseconds, by the client's clock). */
  until: number;
}

/** What is asked for; nobody waits for the answer when it came as a signal, or the conference itself asks. */
export interface ChangeRequest {
  change: Change;
  /** The `traceparent` of the request for it, where there are traces. */
  trace?: string;
  key?: IdempotencyKey;
  requester?: Requester;
}

export type AwaitedChangeRequest = ChangeRequest & { requester: Requester };

/** What one update holds: all for which its client waits. */
export interface ChangeRequests {
  client: string;
  /** Counts the client's updates: with a later one the earlier ones are answered at once, with what there is. */
  number: number;
  requests: AwaitedChangeRequest[];
  /** Requesters whose changes are known to have been taken before. */
  awaited: string[];
}

/** The answers that there are, by requester. */
export type ChangeAnswers = Record<string, ChangeAnswer>;

/** By which event a change that is sent only once shows that it was done, should its answer be lost. */
export type Confirmation =
  /** Any event on the call's own callback URL. */
  | { of: 'call'; dialId: string }
  /** A new member that is this call. */
  | { of: 'member'; callId: string }
  | { of: 'audio'; eventType: string; status: string; memberId?: string; tag?: string };

export interface OpenChange {
  id: number;
  change: Change;
  trace?: string;
  key?: IdempotencyKey;
  requesters: Requester[];
  /** How long the change is as JSON. */
  characters: number;
  acceptedAt: number;
  /** It waits for its turn, runs, has lost its answer and waits for its confirmation, or waits for the conference's end. */
  status: 'waiting' | 'running' | 'lost' | 'ending';
  confirmation?: Confirmation;
  /** Set when the confirmation has come before the answer: what the change made, if it made something. */
  confirmed?: { id?: string };
  /** When whoever waits is answered at the latest (epoch milliseconds), unless that is the running platform call's matter. */
  answerBy?: number;
}

/** An answer that a repeated request gets; where it is not known, the confirmation may still show it. */
export interface KeptAnswer {
  key: IdempotencyKey;
  answer: ChangeAnswer;
  confirmation?: Confirmation;
}

export interface Changes {
  nextId: number;
  open: OpenChange[];
  /** By `Idempotency-Key`, oldest first. */
  keptAnswers: KeptAnswer[];
  /** By requester, oldest first, while it may fetch it, or fetch it once more. */
  answers: { requester: string; answer: ChangeAnswer; until: number }[];
  /** Confirmations of what was played that are still due: they must not be taken for those of what is played next. */
  dueConfirmations: { confirmation: Confirmation; until: number }[];
}

export function noChanges(): Changes {
  return { nextId: 1, open: [], keptAnswers: [], answers: [], dueConfirmations: [] };
}

/** `hold, mute`: how logs and the UI name a change. */
export function changeName(change: Change): string {
  switch (change.kind) {
    case 'conference':
      return `change ${namesOf(change.fields)} of the conference`;
    case 'member':
      return `change ${namesOf(change.fields)} of member ${change.memberId}`;
    case 'audio':
      return `${verbOf(change.audio)} to ${change.memberId === undefined ? 'all' : `member ${change.memberId}`}`;
    case 'add-member':
      return `add call ${change.member.callId} as a member`;
    case 'dial':
      return `dial ${change.call.to}`;
  }
}

function verbOf({ fileUrl, sentence }: AudioRequest): string {
  if (fileUrl) return 'play a file';
  if (sentence) return 'speak';
  return fileUrl === '' ? 'stop playing' : 'stop speaking';
}

function namesOf(fields: object): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name)
    .join(', ');
}
