import type { ConferenceIds, DeliveryOutcome } from '../client/index.ts';
import type { FirstAttemptOutcome } from '../conference/state/lease.ts';
import { MAX_FORWARDED_BYTES, MAX_FORWARDED_EVENTS } from './budget.ts';
import type { Entry } from './entries.ts';

/* What waits to be forwarded to one conference, and when it is to be. */

/** With the key of its entry in the journal. */
export interface SentOutcome extends DeliveryOutcome {
  of: string;
  /** Not so where the other URL is still to be tried. */
  isLast: boolean;
}

/** What waits for one conference. */
export interface Line {
  ids: ConferenceIds;
  waiting: Entry[];
  /** Of those the ones that nobody has judged here. */
  unjudged: number;
  outcomes: SentOutcome[];
  /** Reported, but what became of them is not known yet; by key. */
  unsettled: Map<string, Entry>;
  /** What came of the attempt to create the conference from here, until that is reported. */
  firstAttempt?: FirstAttemptOutcome;
  /** A lease that is given back with all that waits, or will be. */
  returned?: number;
  returning?: number;
  /** Somebody waits for that word. */
  isAnnounced?: boolean;
  /** When what is only reported is to be sent; unset where there is nothing of the kind. */
  reportAt?: number | undefined;
  timer?: NodeJS.Timeout | undefined;
  /** What is not judged waits until the lease that is closing is given back. */
  isHeld: boolean;
  /** Not so while it is sent, or pauses as that failed. */
  isIdle: boolean;
  failures: number;
  flushes: { upTo: string; done: () => void }[];
}

export function keyOf({ userId, conferenceId }: ConferenceIds): string {
  return `${userId}/${conferenceId}`;
}

export function emptyLine({ userId, conferenceId }: ConferenceIds): Line {
  return {
    ...{ ids: { userId, conferenceId }, waiting: [], unjudged: 0, outcomes: [], unsettled: new Map() },
    ...{ isHeld: false, isIdle: true, failures: 0, flushes: [] },
  };
}

/** When it is to be sent: at once, if somebody waits for it. */
export function dueAt({
  waiting,
  unjudged,
  isHeld,
  isAnnounced,
  returned,
  flushes,
  reportAt = Infinity,
}: Line): number {
  const isWaitedFor = isHeld ? flushes.length > 0 && waiting.length > unjudged : unjudged + flushes.length > 0;
  return isWaitedFor || isAnnounced === true || returned !== undefined ? 0 : reportAt;
}

export function isOver({ waiting, outcomes, unsettled, returned, returning, firstAttempt }: Line): boolean {
  const hasWord = returned !== undefined || returning !== undefined || firstAttempt !== undefined;
  return waiting.length + outcomes.length + unsettled.size === 0 && !hasWord;
}

/**
 * The first of the waiting events, as many as fit into one signal, all of the same opening of the journal, and all judged here or none;
 * always one at least, if any waits.
 */
export function fitting(waiting: readonly Entry[]): Entry[] {
  const [first] = waiting;
  let size = 0;
  const end = waiting.findIndex((entry, index) => {
    size += entry.size;
    const isOther = entry.opening !== first?.opening || entry.isLent !== first.isLent;
    return index > 0 && (size > MAX_FORWARDED_BYTES || isOther);
  });
  return waiting.slice(0, Math.min(end < 0 ? waiting.length : end, MAX_FORWARDED_EVENTS));
}
