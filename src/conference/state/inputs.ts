import type { WireError } from '../../catapult/errors.ts';
import type { EventBody } from '../../catapult/events.ts';
import type { PlatformConference, PlatformMember } from '../../catapult/from-platform.ts';
import type { ChangeOutcome, ChangeRequest, IdempotencyKey } from './changes.ts';
import type { Channel } from './dedupe.ts';
import type { LoggedEvent } from './event-log.ts';
import type { FirstAttemptOutcome, LeaseAsk } from './lease.ts';
import type { DeliveryResult } from './outbox.ts';
import type { Awaited } from './watchers.ts';

/*
 * What a conference takes in: callbacks, what somebody asks for, what became of its own effects, and the time. The reducer (reduce.ts) takes
 * one at a time.
 */

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
  event: EventBody;
  /** Set where it was judged under a lease; without a sequence it was found to be a repetition. */
  lent?: { epoch: number; eventSequence?: number | undefined } | undefined;
  /** The `traceparent` of its arrival, where there are traces. */
  trace?: string | undefined;
}

export interface CallbackBatch {
  /** The opening of the journal that they were taken in: drawn at random, so that no sequence comes twice. */
  opening: string;
  /** Earlier openings of this journal: they are over, and all that they have taken has been forwarded. */
  follows?: string[];
  receipts: Receipt[];
  /** What came of the attempt to create the conference that this gateway has made. */
  firstAttempt?: FirstAttemptOutcome;
  /** What became of events that were sent under a lease. */
  outcomes?: DeliveryOutcome[];
  /** This lease is given back: all of it is reported; `returning`: it will be, with what is still on its way. */
  returned?: number;
  returning?: number;
}

export interface DeliveryOutcome {
  /** The event's id: by its conference's word its number may be another event's. */
  id: string;
  lane: string;
  result: DeliveryResult;
}

export type Input =
  /** The first input of a new conference, and of no other run: it is created now, or scheduled for its `startAt`. */
  | { type: 'opened' }
  /** Somebody waits for the outcome of the creation (the `created` update): a refusal that comes soon is in that answer alone. */
  | { type: 'creation-awaited' }
  /** The platform's callbacks, as a gateway forwards them: each one that is ours and new is followed, numbered and delivered. */
  | { type: 'callbacks'; batch: CallbackBatch }
  /** After `create`: an attempt was answered. Its conference is adopted, or completed if another one was before it. */
  | { type: 'creation-succeeded'; platformId: string; attemptId: string }
  /** After `create`: no attempt was answered. If that is `final`, and nothing came before, the conference has failed; else a `created` event may still adopt it. */
  | { type: 'creation-failed'; error: WireError; final: boolean }
  /** After `stop-creating`: the attempts have ended without an answer. A `created` event may still show a conference. */
  | { type: 'creation-stopped' }
  /** After `complete`: the platform has completed a conference, or does not know it. Ours waits for its `completed` event for a time, then the end is emitted without. */
  | { type: 'platform-completed'; platformId: string }
  /** Somebody asks for a change, by an update or a signal: it is refused at once, or begins when its turn has come. */
  | ({ type: 'change' } & ChangeRequest)
  /** After `run-change`: how the platform call ended. Whoever waits is answered, unless the answer was lost: then an event may confirm it. */
  | { type: 'change-settled'; id: number; outcome: ChangeOutcome }
  /** Somebody wants the platform to be asked (a gateway that was away, an operator): it is, in the same step. */
  | { type: 'reconcile'; why: string }
  /** After `read-platform`: what the platform knows. Events that were never sent are made up; an end that was in question is decided. */
  | { type: 'platform-read'; reading: PlatformReading }
  /** The workflow was cancelled, in the Temporal UI or by its API: the conference ends. */
  | { type: 'cancel' }
  /** A delivery has ended: what it delivered leaves its lane, what it stopped at backs off, waits no longer than its window, or is a dead letter. */
  | { type: 'delivery-settled'; lane: string; result: DeliveryResult }
  /** Somebody wants events delivered again: each waits in a lane of redeliveries, once for each key. */
  | { type: 'redeliver'; records: LoggedEvent[]; key?: IdempotencyKey }
  /** A gateway asks for a lease, or wants it for longer: the answer is in the state. */
  | { type: 'lease-asked'; ask: LeaseAsk }
  /** A new run is to take over, or another gateway has callbacks: a lease that is out is recalled. */
  | { type: 'lease-wanted'; why: string }
  /** After `recall-lease`: its holder has given it back before, or cannot be reached; then it is waited out. */
  | { type: 'lease-recalled'; epoch: number; isBack: boolean }
  /** A watcher waits for something of the conference: it is notified when that has come, or cannot come any more. */
  | { type: 'watch'; id: string; awaited: Awaited }
  /** It does not wait any more. */
  | { type: 'unwatch'; id: string }
  /** After `notify-watcher`: the watcher has been notified, or has gone. It is forgotten. */
  | { type: 'watcher-notified'; id: string }
  /** The alarm rang: what has come due is done, the earliest first. It may ring early; then nothing is due. */
  | { type: 'clock' };
