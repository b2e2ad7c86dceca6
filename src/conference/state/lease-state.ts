import type { EventBody } from '../../catapult/events.ts';
import type { Source } from './event-log.ts';
import type { Input } from './inputs.ts';

/* What the workflow knows of the lease that it has granted, and what waits for that. */

/** The lease that is out. */
export interface Lease {
  opening: string;
  url: string;
  /** Epoch milliseconds. */
  until: number;
  /** The attempt to create the conference that its holder makes, until its outcome is known. */
  attemptId?: string;
  /** Why it is to come back, where that is nothing that the state shows. */
  wanted?: string;
  /** Its holder was asked to give it back; or has said that it judges no more, and waits for what is on its way. */
  returning?: 'asked' | 'closing';
}

export interface LeaseState {
  /** Counts the leases of a conference, through all runs. */
  epoch: number;
  lease?: Lease;
  /** What must wait until the lease is back, in order. */
  postponed: Postponed[];
}

/**
 * An input that would be judged without what the holder has not reported yet; an event of our own, which must not be numbered yet; or the end,
 * whose event it may have.
 */
export type Postponed =
  { input: Input } | { isEnd: true } | { event: EventBody; dialId?: string | undefined; source: Source };
