import type { reasons } from '../../catapult/words.ts';
import type { DeadlineName } from './deadlines.ts';
import type { Source } from './event-log.ts';

/**
 * What is counted of a conference's life, for whoever watches many of them: words of small sets, and seconds. It is no part of the conference:
 * nothing follows from it.
 */
export type Measurement =
  | { of: 'end'; reason: (typeof reasons)[number] }
  | { of: 'accepted'; source: Source; eventType: string }
  /** An event came to its customer, so old. */
  | { of: 'delivered'; seconds: number }
  | { of: 'dead-letter'; reason: DeadLetterReason }
  | { of: 'reconciled'; why: ReasonToRead; outcome: 'nothing-new' | 'made-up' | 'unknown-to-platform' | 'unreadable' }
  /** A deadline was acted on, so late. */
  | { of: 'timer'; timer: DeadlineName; seconds: number }
  | { of: 'dial'; outcome: DialOutcome };

export type DeadLetterReason = 'expired' | 'no-url' | 'no-room';

export type ReasonToRead = 'requested' | 'missing-event' | 'silence' | 'before-end';

export type DialOutcome = 'answered' | 'busy' | 'no-answer' | 'rejected' | 'failed' | 'refused' | 'unknown';
