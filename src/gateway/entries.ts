import type { EventBody } from '../catapult/events.ts';
import type { ConferenceIds, DeliveryOutcome, Receipt } from '../client/index.ts';

/* What the journal holds, as the rest of the gateway sees it. */

/** What may wait in all; beyond it the bridge answers 503, and the platform turns to its fallback. */
export interface Room {
  bytes: number;
  records: number;
}

/** A callback as it arrives at the bridge. */
export interface Arrival extends ConferenceIds, Omit<Receipt, 'sequence'> {
  event: EventBody;
}

/** A callback that is in the journal and has not been forwarded. Its body stays on disk. */
export interface Entry extends ConferenceIds {
  /** Which opening of which journal took it; sequences are counted within it. */
  opening: string;
  sequence: number;
  key: string;
  size: number;
  arrivedAt: number;
  /** The `traceparent` of its arrival, where there are traces. */
  trace?: string;
  /** Whether it was judged under a lease. */
  isLent: boolean;
  /** Set where it is sent from here: until it is known what became of it, it stays. */
  isSent?: true;
  /** What became of that, as far as it is known. */
  outcome?: DeliveryOutcome;
  /** Set where its conference has it all the same. */
  isReported?: true;
}

export interface JournalStats {
  state: 'ok' | 'full' | 'broken';
  waiting: number;
  bytes: number;
  /** When the oldest that waits has arrived (ISO 8601). */
  oldest?: string;
  /** Records that were lost to damage on disk, as far as that shows. */
  damaged: number;
}
