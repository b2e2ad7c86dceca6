import { operation, service } from 'nexus-rpc';
import type { CallFields, CreateConferenceFields } from '../../catapult/requests.ts';
import type { Conference, Member } from '../../catapult/resources.ts';

/*
 * The service for workflows of other teams: what they import to call it. It goes into their workflow bundle, so it holds types, names and
 * one small function. docs/nexus.md explains it.
 */

/**
 * What everything that makes something is given: 1 to 255 visible ASCII characters that name the request, and its account's `Idempotency-Key`.
 * The same one again makes nothing, and gets the first answer.
 */
export interface Keyed {
  requestId: string;
}

/** What a conference is created with: the fields of `POST /conferences`. Its URLs hold no user and password: histories show them. */
export type CreateInput = CreateConferenceFields & Keyed;

/** A call to dial into a conference: the fields of `POST /calls`. */
export type DialInput = CallFields & Keyed;

export interface ConferenceInput {
  conferenceId: string;
}

/** What is waited for: a phase that has come or has passed (`completed` is every end), or so many members at a time (1 to 500). */
export type WaitForInput = ConferenceInput & ({ phase: 'created' | 'active' | 'completed' } | { members: number });

/** A conference, and the phase that it is in: `creating` as long as the platform has not said that it has it. */
export interface ConferencePhase {
  conferenceId: string;
  phase: string;
}

/** How a conference stood when what was waited for had come. */
export interface Reached extends ConferencePhase {
  /** Why it has ended, or is to end. */
  reason?: string;
  activeMembers: number;
}

/** How a conference has ended: `phase` is `completed` or `cancelled`; with all who were in it. */
export interface Held extends Reached {
  members: Member[];
}

/**
 * Conferences, for workflows of other teams and namespaces: each endpoint acts for one account. Every operation fails with an error that
 * {@link conferenceErrorOf} reads.
 */
export const conferences = service('convoke.conferences.v1', {
  /** Opens a conference. Answers within 7 s, with or without the platform's word. */
  create: operation<CreateInput, ConferencePhase>(),
  /** The conference as `GET` shows it, and all who are or were in it. */
  get: operation<ConferenceInput, { conference: Conference; members: Member[] }>(),
  /** Dials out into a conference, once for each `requestId`. */
  dial: operation<DialInput, { callId: string }>(),
  /** Ends a conference; one that has ended is no error. */
  end: operation<ConferenceInput, ConferencePhase>(),
  /**
   * Opens a conference and lasts until it has ended. Cancelling the operation ends the conference. The same `requestId` again joins it: who
   * holds it then, ends it for all.
   */
  hold: operation<CreateInput, Held>(),
  /** Lasts until what is waited for has come; fails when it cannot come any more. Cancelling it changes nothing for the conference. */
  waitFor: operation<WaitForInput, Reached>(),
});

/** The wire's error: its code and its message, which says what to do. */
export interface ConferenceError {
  category: string;
  code: string;
  message: string;
  details?: unknown[] | undefined;
}

/** What Convoke says of a failed operation, in whatever the failure is wrapped; undefined if it is none of ours. */
export function conferenceErrorOf(error: unknown): ConferenceError | undefined {
  for (let one = error; one instanceof Error; one = one.cause) {
    const [said] = 'details' in one && Array.isArray(one.details) ? (one.details as unknown[]) : [];
    if (isConferenceError(said)) return said;
  }
  return undefined;
}

function isConferenceError(value: unknown): value is ConferenceError {
  if (typeof value !== 'object' || value === null) return false;
  return ['category', 'code', 'message'].every((name) => typeof (value as Record<string, unknown>)[name] === 'string');
}
