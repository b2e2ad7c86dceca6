import type { WireError } from '../../catapult/errors.ts';
import type { DedupeMemory } from './dedupe.ts';
import type { LaneTarget } from './outbox.ts';

/*
 * The lease: the right to judge, number and deliver a conference's events, lent to the gateway that journals them. What workflow and gateway send each other.
 */

/**
 * The gateway that has started a conference: it makes the first attempt to create it on the platform, and has its first lease from the start.
 * The attempt's id is drawn once and carried.
 */
export interface FirstHolder {
  attemptId: string;
  /** The opening of its journal. */
  opening: string;
  /** The base URL at which the lease is recalled. */
  url: string;
}

/** What came of that attempt. `mayHaveMade`: a conference may be on the platform all the same; `retryAt`: when it wants to be asked again (epoch milliseconds). */
export type FirstAttemptOutcome = { attemptId: string } & (
  | { outcome: 'created'; platformId: string }
  | { outcome: 'refused'; error: WireError }
  | { outcome: 'open'; mayHaveMade: boolean; retryAt?: number }
);

/** The gateway that asks for a lease, or wants it for longer. */
export interface LeaseAsk {
  /** The opening of its journal. */
  opening: string;
  /** Earlier openings of this journal: they are over, and all that they have taken has been forwarded. */
  follows: string[];
  /** The base URL at which the lease is recalled. */
  url: string;
  /** The lease that it holds and wants for longer; without it, one that it had is over, and all of it reported. */
  epoch?: number;
  /** Which conference on the platform one of our create attempts has made, by an event that waits: it is adopted as by the event itself. */
  seen?: { attemptId: string; platformId: string };
  /** It waits a moment where events before it are on their way to the customer, who takes them. */
  isPatient?: true;
  /** A lease that is granted later than this is of no use (epoch milliseconds). */
  until: number;
}

/** What the gateway gets. `isPassing`: only events on their way speak against it, so it may be asked for again at once. */
export type LeaseAnswer =
  | { outcome: 'granted'; terms: LeaseTerms }
  | { outcome: 'renewed' }
  | { outcome: 'refused'; why: string; isPassing?: true };

/** What events are judged and addressed by: the part of the state that both sides have while a lease is out. */
export interface LeaseTerms {
  epoch: number;
  nextSequence: number;
  platformId: string;
  createAttempts: Record<string, string>;
  settings: LaneTarget & { tag?: string | undefined };
  platformTag?: string | undefined;
  /** Where the events of dialled calls go. */
  calls: Record<string, LaneTarget>;
  dedupe: DedupeMemory;
  /** Whether the end is emitted with its reason, which only the workflow knows. */
  tellsReason: boolean;
}
