import type { EventBody } from '../../catapult/events.ts';
import { present } from '../../catapult/present.ts';
import {
  ENVELOPE_BYTES,
  CARRIED_EVENTS_BYTES,
  ROTATE_AFTER_MS,
  HALF_WAY_PAUSE_MS,
  MAX_BATCH_BYTES,
  MAX_BATCH_EVENTS,
  MAX_DEAD_LETTERS,
} from '../budget.ts';
import {
  carriedRecord,
  recordOf,
  logAttempt,
  type EventLog,
  type LoggedEvent,
  type Source,
} from '../state/event-log.ts';
import { measure, type Step } from '../state/effects.ts';
import { eventIdOf } from '../state/ids.ts';
import type { DeadLetterReason } from '../state/measurements.ts';
import type { Outbox, Lane, DeliveryBatch, WaitingEvent, DeliveryResult } from '../state/outbox.ts';
import { bytesOf } from '../state/plain-data.ts';
import { backOffMs } from './back-off.ts';
import { measureAge } from './measure-age.ts';
import { isRedelivery, redeliveryLane, targetLane } from './lane-names.ts';

/*
 * The outbox: events on their way to the customer. An event waits in a lane until it is delivered or is a dead letter; a lane
 * keeps its order and its back-off. The functions change the outbox they are given.
 */

interface Context extends Pick<Step, 'conferenceId' | 'now'> {
  /** Absent where nobody counts. */
  effects?: Step['effects'];
}

/** What is known of an event beside itself. */
interface Enqueued {
  source?: Source;
  numbered?: number | undefined;
  trace?: string | undefined;
}

/**
 * Numbers an accepted event and lets it wait in `lane`; without a lane it is recorded only. One that has its number, from a lease, keeps it,
 * unless another event has got it meanwhile.
 */
export function enqueue(
  outbox: Outbox,
  lane: string | undefined,
  event: EventBody,
  context: Context,
  { source = 'platform', numbered, trace }: Enqueued = {},
): void {
  const sequence = placeFor(outbox, numbered);
  const id = eventIdOf(context.conferenceId, sequence, event);
  const about = { id, sequence, acceptedAt: context.now, event, source, attempts: [], ...present({ trace }) };
  const record: LoggedEvent =
    lane === undefined ? { ...about, status: 'recorded' } : { ...about, lane, status: 'waiting' };
  if (sequence >= outbox.log.first) outbox.log.accepted.push(record);
  else outbox.log.older[sequence] = record;
  if (lane !== undefined) addWaiting(outbox, lane, sequence, event, context);
}

function placeFor(outbox: Outbox, numbered = outbox.nextSequence): number {
  const { gap } = outbox;
  if (gap !== undefined && gap.from <= numbered && numbered < gap.to) {
    // They come in their order.
    outbox.gap = { ...gap, from: numbered + 1 };
    outbox.unused = (outbox.unused ?? 0) - 1;
    return numbered;
  }
  if (numbered > outbox.nextSequence) leaveGap(outbox, numbered);
  return outbox.nextSequence++;
}

/** The next number is to be this one. Those between are for events that may come yet: so the log counts anew from behind them. */
export function leaveGap(outbox: Outbox, next: number): void {
  const { log } = outbox;
  for (const record of log.accepted) log.older[record.sequence] = record;
  outbox.log = { ...log, first: next, accepted: [], begins: log.begins ?? log.first };
  outbox.unused = (outbox.unused ?? 0) + next - outbox.nextSequence;
  outbox.gap = { from: outbox.nextSequence, to: next };
  outbox.nextSequence = next;
}

/** How many events it has accepted, through all runs. */
export function acceptedBy({ nextSequence, unused = 0 }: Outbox): number {
  return nextSequence - 1 - unused;
}

/** Delivers an event again, whatever became of it; where one waits, it is not waited any longer. */
export function enqueueRedelivery(outbox: Outbox, lane: string, record: LoggedEvent, context: Context): void {
  const { sequence } = record;
  if (sequence >= outbox.nextSequence || tryNow(outbox, sequence)) return;
  outbox.deadLetters = outbox.deadLetters.filter((letter) => letter.sequence !== sequence);
  const again = { ...(recordOf(outbox.log, sequence) ?? record), lane: targetLane(lane), status: 'waiting' as const };
  if (sequence >= outbox.log.first) outbox.log.accepted[sequence - outbox.log.first] = again;
  else outbox.log.older[sequence] = again;
  // Whoever asks for it wants its URLs to be asked once more.
  delete outbox.lanes[redeliveryLane(lane)]?.gone;
  addWaiting(outbox, redeliveryLane(lane), sequence, again.event, context);
}

/** Whether an event waits; if so, it and its lane are tried now. */
function tryNow({ lanes }: Outbox, sequence: number): boolean {
  for (const lane of Object.values(lanes)) {
    const event = lane.waiting.find((one) => one.sequence === sequence);
    if (event === undefined) continue;
    delete event.nextTryAt;
    delete lane.nextTryAt;
    return true;
  }
  return false;
}

function addWaiting(outbox: Outbox, lane: string, sequence: number, event: EventBody, context: Context): void {
  const bytes = bytesOf(event) + ENVELOPE_BYTES;
  const { waiting } = (outbox.lanes[lane] ??= { waiting: [], delivered: 0, failures: 0 });
  waiting.push({ sequence, since: context.now, bytes, failures: 0 });
  // One that comes late, with a number of its own, goes before those that were accepted after it.
  if (sequence < (waiting.at(-2)?.sequence ?? 0)) waiting.sort((a, b) => a.sequence - b.sequence);
  outbox.waitingBytes += bytes;
}

/** Whether more waits than can be carried to the next run, though a customer takes it as fast as may be. */
export function isCrowded({ waitingBytes, lanes }: Outbox): boolean {
  const isTaken = ({ waiting, failures, nextTryAt }: Lane) =>
    waiting.length > 0 && failures === 0 && nextTryAt === undefined;
  return waitingBytes > CARRIED_EVENTS_BYTES && Object.values(lanes).some(isTaken);
}

/** The oldest that wait become dead letters, until so many bytes less are to be carried: there is no room for them. */
export function deadLetterOldest(outbox: Outbox, bytes: number, context: Context): void {
  const waiting = Object.values(outbox.lanes).flatMap((lane) => lane.waiting);
  waiting.sort((a, b) => a.sequence - b.sequence);
  let left = bytes;
  const dead = new Set<number>();
  for (const event of waiting) {
    if (left <= 0) break;
    const letter =
      outbox.deadLetters.length + dead.size < MAX_DEAD_LETTERS ? { sequence: event.sequence, at: context.now } : {};
    left -= carriedBytesOf(outbox.log, event) - bytesOf(letter);
    dead.add(event.sequence);
  }
  for (const lane of Object.values(outbox.lanes))
    deadLetter(outbox, lane, { ...context, reason: 'no-room' }, ({ sequence }) => dead.has(sequence));
}

/** What the next run gets of an event because it waits. */
function carriedBytesOf(log: EventLog, event: WaitingEvent): number {
  const record = recordOf(log, event.sequence);
  return bytesOf(event) + (record === undefined ? 0 : bytesOf({ [event.sequence]: carriedRecord(record) }));
}

/** What a lane would deliver now; undefined if nothing is due. */
export function nextBatch(outbox: Outbox, laneName: string, now: number): DeliveryBatch | undefined {
  const lane = outbox.lanes[laneName];
  if (lane === undefined || (lane.nextTryAt ?? 0) > now) return undefined;
  const due = lane.waiting.filter(({ nextTryAt = 0 }) => nextTryAt <= now);
  const first = due[0];
  if (first === undefined) return undefined;
  const batchOf = (events: WaitingEvent[]) => events.flatMap(({ sequence }) => recordOf(outbox.log, sequence) ?? []);
  if (lane.failures === 0) return { events: batchOf(oneBatchOf(due)), shortRetries: first.failures === 0 };
  const rotating = lane.failingSince !== undefined && now - lane.failingSince >= ROTATE_AFTER_MS;
  const next = rotating ? due.find(({ sequence }) => sequence > (lane.lastTried ?? 0)) : undefined;
  const probe = next ?? due.find((event) => !isOvertaken(lane, event)) ?? first;
  return { events: batchOf([probe]), shortRetries: false };
}

/** When a lane has something to try next, if it waits for that; undefined if it is empty. */
export function nextTryAt(lane: Lane): number | undefined {
  if (lane.waiting.length === 0) return undefined;
  return Math.max(lane.nextTryAt ?? 0, Math.min(...lane.waiting.map((event) => event.nextTryAt ?? 0)));
}

export function isEmpty(outbox: Outbox): boolean {
  return Object.values(outbox.lanes).every(({ waiting }) => waiting.length === 0);
}

/** Books what a delivery did: delivered events leave; the one that failed, or its lane, backs off or is a dead letter. */
export function settleDelivery(
  outbox: Outbox,
  laneName: string,
  { attempts, gone = [], failed, busyForMs }: DeliveryResult,
  context: Context,
): void {
  for (const request of attempts) logAttempt(outbox.log, request);
  const delivered = new Map(attempts.filter(({ ok }) => ok).map((request) => [request.sequence, request]));
  // A dead letter that was on its way has arrived after all.
  if (delivered.size > 0) outbox.deadLetters = outbox.deadLetters.filter(({ sequence }) => !delivered.has(sequence));
  const lane = outbox.lanes[laneName];
  if (lane === undefined) return;
  const { now } = context;
  const removed = remove(outbox, lane, ({ sequence }) => delivered.has(sequence));
  for (const event of removed) measureAge(event, delivered.get(event.sequence), context);
  const passed = removed.length;
  lane.delivered += passed;
  if (passed > 0) forgetFailures(lane);
  if (busyForMs !== undefined) lane.nextTryAt = now + busyForMs;
  if (gone.length > 0) lane.gone = [...new Set([...(lane.gone ?? []), ...gone])];
  const stopped = lane.waiting.find(({ sequence }) => sequence === failed?.sequence);
  if (stopped !== undefined && failed !== undefined) {
    lane.lastError = failed.error;
    if (passed > 0 || failed.isFirst) lane.nextTryAt = now + HALF_WAY_PAUSE_MS;
    else backOff(lane, stopped, outbox, now);
    if (failed.retryAfterMs !== undefined) lane.nextTryAt = Math.max(lane.nextTryAt ?? 0, now + failed.retryAfterMs);
  }
  // While the customer takes events, what waited too long behind others still gets its turn.
  if (busyForMs !== undefined || failed !== undefined)
    deadLetter(outbox, lane, { ...context, reason: 'expired' }, ({ since }) => since + outbox.retryWindowMs <= now);
}

/** Nobody is left to deliver a lane's events to: what waits becomes dead letters. */
export function deadLetterAll(outbox: Outbox, laneName: string, context: Context): void {
  const lane = outbox.lanes[laneName];
  if (lane !== undefined) deadLetter(outbox, lane, { ...context, reason: 'no-url' }, () => true);
}

/** Nothing will ever be for this lane any more. */
export function closeLane(outbox: Outbox, laneName: string, context: Context): void {
  deadLetterAll(outbox, laneName, context);
  delete outbox.lanes[laneName];
}

/** Lets every lane try again at once, as after a change of the customer's URL. */
export function tryAtOnce(outbox: Outbox): void {
  for (const lane of Object.values(outbox.lanes)) {
    forgetFailures(lane);
    delete lane.gone;
    for (const event of lane.waiting) delete event.nextTryAt;
  }
}

function backOff(lane: Lane, event: WaitingEvent, { retryWindowMs }: Outbox, now: number): void {
  event.failures += 1;
  event.firstFailedAfter ??= lane.delivered;
  if (isOvertaken(lane, event)) {
    event.nextTryAt = Math.min(now + backOffMs(event), event.since + retryWindowMs);
    return;
  }
  lane.failures += 1;
  lane.failingSince ??= now;
  lane.lastTried = event.sequence;
  const firstToExpire = Math.min(...lane.waiting.map(({ since }) => since + retryWindowMs));
  lane.nextTryAt = Math.min(now + backOffMs({ ...event, failures: lane.failures }), firstToExpire);
}

/** Whether others were delivered since this event first failed: then it, and not the customer, is the trouble. */
function isOvertaken(lane: Lane, { firstFailedAfter }: WaitingEvent): boolean {
  return firstFailedAfter !== undefined && lane.delivered > firstFailedAfter;
}

function forgetFailures(lane: Lane): void {
  lane.failures = 0;
  delete lane.lastError;
  delete lane.failingSince;
  delete lane.lastTried;
  delete lane.nextTryAt;
}

/** A lane of redeliveries is over with the last of them: what it knows of URLs does not count for the next one, which makes it anew. */
function forgetEmptyLane({ lanes }: Outbox, lane: Lane): void {
  forgetFailures(lane);
  for (const [name, one] of Object.entries(lanes)) if (one === lane && isRedelivery(name)) delete lanes[name];
}

function oneBatchOf(due: WaitingEvent[]): WaitingEvent[] {
  let size = 0;
  const end = due.findIndex((event, index) => (size += event.bytes) > MAX_BATCH_BYTES && index > 0);
  return due.slice(0, Math.min(end < 0 ? due.length : end, MAX_BATCH_EVENTS));
}

function deadLetter(
  outbox: Outbox,
  lane: Lane,
  { now, effects, reason }: Context & { reason: DeadLetterReason },
  isDead: (event: WaitingEvent) => boolean,
): void {
  for (const { sequence } of remove(outbox, lane, isDead)) {
    if (effects !== undefined) measure({ effects }, { of: 'dead-letter', reason });
    outbox.deadLetters.push({ sequence, at: now });
    const record = recordOf(outbox.log, sequence);
    if (record !== undefined) record.status = 'dead';
  }
  outbox.deadLetters.splice(0, outbox.deadLetters.length - MAX_DEAD_LETTERS);
}

function remove(outbox: Outbox, lane: Lane, leaves: (event: WaitingEvent) => boolean): WaitingEvent[] {
  const removed: WaitingEvent[] = [];
  const left: WaitingEvent[] = [];
  for (const event of lane.waiting) (leaves(event) ? removed : left).push(event);
  lane.waiting = left;
  if (left.length === 0) forgetEmptyLane(outbox, lane);
  outbox.waitingBytes -= removed.reduce((sum, { bytes }) => sum + bytes, 0);
  return removed;
}
