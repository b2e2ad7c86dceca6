import type { CallbackEvent } from '../catapult/events.ts';

/*
 * The outbox: events on their way to the customer. An event waits in a lane until it is delivered or is a dead letter;
 * a lane keeps its order and its own back-off. Plain data; the functions change the outbox they are given (lifecycle.ts
 * hands them a draft). Instants are epoch milliseconds, spans milliseconds, sizes bytes of JSON.
 */

/** How long after its acceptance an event is tried. */
export const RETRY_WINDOW = 24 * 3_600_000;

/** After failing for so long a lane tries another event each time: one poisonous event must not hold the rest. */
export const ROTATE_AFTER = 5 * 60_000;

/** The pauses kept by the workflow's alarm. Shorter ones are the delivery activity's own (SHORT_PAUSES there). */
const PAUSES = [1, 2, 5, 10, 30, 60, 120, 240].map((minutes) => minutes * 60_000);

/** The pause when a host has too many attempts under way; that is nobody's failure. */
const BUSY_PAUSE = 10_000;

/** The pause after a batch that got half-way: its next event then has the short retries still before it. */
const HALF_WAY_PAUSE = 1_000;

/** What one delivery takes at most. */
const BATCH_EVENTS = 100;
const BATCH_SIZE = 256 * 1024;

/** What may wait undelivered in one conference; above it the oldest become dead letters (a run's state is bounded). */
export const MAX_WAITING_SIZE = 600 * 1024;

/** Dead letters carried; older ones are in the histories of earlier runs. */
const MAX_DEAD_LETTERS = 2_000;

/** What the fields beside an event's body take at most. */
const ENVELOPE = 300;

export interface WaitingEvent {
  id: string;
  /** Order of acceptance, counted from 1 through all lanes; the customer sees it as `Convoke-Sequence`. */
  sequence: number;
  acceptedAt: number;
  event: CallbackEvent;
  /** Absent for what the platform sent. */
  source?: 'reconciled';
  size: number;
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
  lastError?: string;
  nextTryAt?: number;
}

export interface DeadLetter {
  id: string;
  sequence: number;
  /** The run whose history holds the event. */
  runId: string;
}

export interface Outbox {
  nextSequence: number;
  /** The size of all that waits. */
  waitingSize: number;
  lanes: Record<string, Lane>;
  deadLetters: DeadLetter[];
}

/** Events to deliver now, in order. With `shortRetries` a delivery that achieves nothing is repeated for a minute. */
export interface Batch {
  events: WaitingEvent[];
  shortRetries: boolean;
}

/** What a delivery did: the ids it delivered, and the event it stopped at, if any; or that the host was too busy. */
export interface DeliveryResult {
  delivered: string[];
  busy?: true;
  failed?: { id: string; error: string };
}

interface Context {
  conferenceId: string;
  runId: string;
  now: number;
}

export function emptyOutbox(): Outbox {
  return { nextSequence: 1, waitingSize: 0, lanes: {}, deadLetters: [] };
}

/** Numbers an accepted event and lets it wait in `lane`; without a lane it is recorded only. */
export function enqueue(
  outbox: Outbox,
  lane: string | undefined,
  event: CallbackEvent,
  context: Context,
  source?: 'reconciled',
): void {
  const sequence = outbox.nextSequence++;
  if (lane === undefined) return;
  const id = `evt-${context.conferenceId.replace(/^conf-/, '')}-${sequence}`;
  const size = new TextEncoder().encode(JSON.stringify(event)).length + ENVELOPE;
  const { waiting } = (outbox.lanes[lane] ??= { waiting: [], delivered: 0, failures: 0 });
  waiting.push({ id, sequence, acceptedAt: context.now, event, ...(source && { source }), size, failures: 0 });
  outbox.waitingSize += size;
  while (outbox.waitingSize > MAX_WAITING_SIZE) buryOldest(outbox, context);
}

/** What a lane would deliver now; undefined if nothing is due. */
export function nextBatch(outbox: Outbox, laneName: string, now: number): Batch | undefined {
  const lane = outbox.lanes[laneName];
  if (lane === undefined || (lane.nextTryAt ?? 0) > now) return undefined;
  const due = lane.waiting.filter(({ nextTryAt = 0 }) => nextTryAt <= now);
  const first = due[0];
  if (first === undefined) return undefined;
  if (lane.failures === 0) return { events: fitting(due), shortRetries: first.failures === 0 };
  const rotating = lane.failingSince !== undefined && now - lane.failingSince >= ROTATE_AFTER;
  const next = rotating ? due.find(({ sequence }) => sequence > (lane.lastTried ?? 0)) : undefined;
  const probe = next ?? due.find((event) => !isPassed(lane, event)) ?? first;
  return { events: [probe], shortRetries: false };
}

/** When a lane has something to try next, if it waits for that; undefined if it is empty. */
export function nextTryAt(lane: Lane): number | undefined {
  if (lane.waiting.length === 0) return undefined;
  return Math.max(lane.nextTryAt ?? 0, Math.min(...lane.waiting.map((event) => event.nextTryAt ?? 0)));
}

export function isEmpty(outbox: Outbox): boolean {
  return Object.values(outbox.lanes).every(({ waiting }) => waiting.length === 0);
}

/** Books what a delivery did: delivered events leave; the one that failed, or its lane, backs off or is buried. */
export function settle(
  outbox: Outbox,
  laneName: string,
  { delivered, failed, busy }: DeliveryResult,
  context: Context,
): void {
  const lane = outbox.lanes[laneName];
  if (lane === undefined) return;
  const { now } = context;
  const gone = new Set(delivered);
  const passed = remove(outbox, lane, ({ id }) => gone.has(id)).length;
  lane.delivered += passed;
  if (passed > 0) forgetFailures(lane);
  if (busy) lane.nextTryAt = now + BUSY_PAUSE;
  const stopped = lane.waiting.find(({ id }) => id === failed?.id);
  if (stopped === undefined || failed === undefined) return;
  lane.lastError = failed.error;
  if (passed > 0) lane.nextTryAt = now + HALF_WAY_PAUSE;
  else backOff(lane, stopped, now);
  bury(outbox, lane, context, ({ acceptedAt }) => acceptedAt + RETRY_WINDOW <= now);
}

/** Nobody is left to deliver a lane's events to: what waits is buried. */
export function closeLane(outbox: Outbox, laneName: string, context: Context): void {
  const lane = outbox.lanes[laneName];
  if (lane !== undefined) bury(outbox, lane, context, () => true);
  delete outbox.lanes[laneName];
}

/** Lets every lane try again at once, as after a change of the customer's URL. */
export function tryAtOnce(outbox: Outbox): void {
  for (const lane of Object.values(outbox.lanes)) {
    forgetFailures(lane);
    for (const event of lane.waiting) delete event.nextTryAt;
  }
}

function backOff(lane: Lane, event: WaitingEvent, now: number): void {
  event.failures += 1;
  event.firstFailedAfter ??= lane.delivered;
  if (isPassed(lane, event)) {
    event.nextTryAt = Math.min(now + pauseAfter(event.failures), event.acceptedAt + RETRY_WINDOW);
    return;
  }
  lane.failures += 1;
  lane.failingSince ??= now;
  lane.lastTried = event.sequence;
  const firstToExpire = Math.min(...lane.waiting.map(({ acceptedAt }) => acceptedAt + RETRY_WINDOW));
  lane.nextTryAt = Math.min(now + pauseAfter(lane.failures), firstToExpire);
}

/** Whether others were delivered since this event first failed: then it, and not the customer, is the trouble. */
function isPassed(lane: Lane, { firstFailedAfter }: WaitingEvent): boolean {
  return firstFailedAfter !== undefined && lane.delivered > firstFailedAfter;
}

function pauseAfter(failures: number): number {
  return PAUSES[Math.min(failures, PAUSES.length) - 1] ?? HALF_WAY_PAUSE;
}

function forgetFailures(lane: Lane): void {
  lane.failures = 0;
  delete lane.failingSince;
  delete lane.lastTried;
  delete lane.nextTryAt;
}

function fitting(due: WaitingEvent[]): WaitingEvent[] {
  let size = 0;
  const end = due.findIndex((event, index) => (size += event.size) > BATCH_SIZE && index > 0);
  return due.slice(0, Math.min(end < 0 ? due.length : end, BATCH_EVENTS));
}

function bury(outbox: Outbox, lane: Lane, { runId }: Context, isDead: (event: WaitingEvent) => boolean): void {
  for (const { id, sequence } of remove(outbox, lane, isDead)) outbox.deadLetters.push({ id, sequence, runId });
  outbox.deadLetters = outbox.deadLetters.slice(-MAX_DEAD_LETTERS);
}

function buryOldest(outbox: Outbox, context: Context): void {
  const headOf = (lane: Lane) => lane.waiting[0]?.sequence ?? Infinity;
  const lane = Object.values(outbox.lanes).reduce((a, b) => (headOf(a) <= headOf(b) ? a : b));
  const oldest = headOf(lane);
  bury(outbox, lane, context, ({ sequence }) => sequence === oldest);
}

function remove(outbox: Outbox, lane: Lane, leaves: (event: WaitingEvent) => boolean): WaitingEvent[] {
  const removed = lane.waiting.filter(leaves);
  if (removed.length > 0) lane.waiting = lane.waiting.filter((event) => !removed.includes(event));
  if (lane.waiting.length === 0) forgetFailures(lane);
  outbox.waitingSize -= removed.reduce((sum, { size }) => sum + size, 0);
  return removed;
}
