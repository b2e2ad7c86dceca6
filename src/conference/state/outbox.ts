import type { CallRequest } from '../../catapult/requests.ts';
import { RETRY_WINDOW_MS } from '../budget.ts';
import { emptyLog, type EventLog, type LoggedEvent, type LoggedAttempt } from './event-log.ts';

/* The outbox as plain data: events on their way to the customer. */

/** An event that waits; the event itself is in the log. */
export interface WaitingEvent {
  sequence: number;
  /** When its retry window began: when it was accepted, or is to be delivered again. */
  since: number;
  bytes: number;
  failures: number;
  /** How many events its lane had delivered when this one first failed: more by now means that others pass. */
  firstFailedAfter?: number;
  /** Set while the event backs off alone. */
  nextTryAt?: number;
}

export interface Lane {
  waiting: WaitingEvent[];
  delivered: number;
  /** Failures in a row, since when, and the sequence tried last. */
  failures: number;
  failingSince?: number;
  lastTried?: number;
  /** What the latest delivery stopped at, until one achieves something. */
  lastError?: string;
  nextTryAt?: number;
  /** URLs that have answered 410: they are not tried until they are changed. */
  gone?: string[];
}

/** Where the events of a lane go. */
export type LaneTarget = Pick<CallRequest, 'callbackUrl' | 'fallbackUrl' | 'callbackHttpMethod' | 'callbackTimeout'>;

/** An event that is not tried any more, and since when. */
export interface DeadLetter {
  sequence: number;
  at: number;
}

export interface Outbox {
  /** How long an event is tried. */
  retryWindowMs: number;
  nextSequence: number;
  /** How many numbers before it no event has: those of a lease that has run out. */
  unused?: number;
  /** The numbers before it that the latest of these leases has left, and whose events may come yet: the first, and the one behind the last. */
  gap?: { from: number; to: number };
  /** The size of all that waits. */
  waitingBytes: number;
  lanes: Record<string, Lane>;
  deadLetters: DeadLetter[];
  log: EventLog;
}

/** Events to deliver now, in order. With `shortRetries` a delivery that achieves nothing is repeated for a minute. */
export interface DeliveryBatch {
  events: LoggedEvent[];
  shortRetries: boolean;
}

/** What a delivery did: the requests it made, and what it stopped at, if anything. */
export interface DeliveryResult {
  attempts: LoggedAttempt[];
  /** The URLs that answered 410. */
  gone?: string[];
  /** The host is to be spared for so long (ms), which is nobody's failure. */
  busyForMs?: number;
  failed?: DeliveryFailure;
}

/** The event that a delivery stopped at, and why. */
export interface DeliveryFailure {
  sequence: number;
  error: string;
  /** How long the customer wants to be left alone (ms). */
  retryAfterMs?: number;
  /** It was a gateway's attempt, and a gateway makes one: the short retries are still before it. */
  isFirst?: true;
}

export function emptyOutbox(retryWindowMs = RETRY_WINDOW_MS): Outbox {
  return { retryWindowMs, nextSequence: 1, waitingBytes: 0, lanes: {}, deadLetters: [], log: emptyLog() };
}
