import type { WireError } from '../../catapult/errors.ts';
import type { ToldEvent } from '../../catapult/events.ts';
import type { PlatformConference, PlatformMember } from '../../catapult/from-platform.ts';
import type { ChangeRequest, ChangeOutcome } from './changes.ts';
import type { Channel } from './dedupe.ts';
import type { LoggedEvent } from './event-log.ts';
import type { DeliveryResult } from './outbox.ts';

/* What a conference takes in. */

/** Between which times something happened (epoch milliseconds). */
export interface Span {
  from: number;
  to: number;
}

/** What came of asking the platform; `asOf` when it looked, by its own clock, if it tells the time. */
export type PlatformReading =
  | { outcome: 'read'; asOf?: Span | undefined; conference: PlatformConference; members: PlatformMember[] }
  | { outcome: 'missing' }
  | { outcome: 'unreadable'; why: string };

/** One arrival of a callback at the bridge. */
export interface Receipt {
  /** Its place among those of its opening. */
  sequence: number;
  /** When it came to the bridge (epoch milliseconds): it may have waited there. */
  arrivedAt: number;
  channel: Channel;
  /** The create attempt, or the dialled call, whose URL it came in on. */
  attemptId: string;
  digest: string;
  event: ToldEvent;
}

export interface CallbackBatch {
  /** The opening of the journal that they were taken in: drawn at random, so that no sequence comes twice. */
  opening: string;
  receipts: Receipt[];
}

export type Input =
  | { type: 'opened' }
  | { type: 'creation-awaited' }
  | { type: 'callbacks'; batch: CallbackBatch }
  | { type: 'creation-succeeded'; platformId: string; attemptId: string }
  | { type: 'creation-failed'; error: WireError; final: boolean }
  | { type: 'creation-stopped' }
  | { type: 'platform-completed'; platformId: string }
  | ({ type: 'change' } & ChangeRequest)
  | { type: 'change-settled'; id: number; outcome: ChangeOutcome }
  | { type: 'reconcile'; why: string }
  | { type: 'platform-read'; reading: PlatformReading }
  | { type: 'cancel' }
  | { type: 'delivery-settled'; lane: string; result: DeliveryResult }
  | { type: 'redeliver'; records: LoggedEvent[]; key?: ChangeRequest['key'] }
  | { type: 'clock' };
