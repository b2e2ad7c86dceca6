import type { EventBody } from '../../catapult/events.ts';
import { MAX_LOGGED_ATTEMPTS, MAX_CARRIED_ATTEMPTS, MAX_EARLIER_RUNS, MAX_MOVED_EVENTS } from '../budget.ts';

/*
 * The event log: what became of each event. A run keeps what it has accepted and what it has inherited undelivered; a new run
 * begins with what waits, and the rest is read from the run that has it. Plain data, changed in place.
 */

/** The source of an event: the platform, or us after reading the platform (`reconciled`), or us alone (`convoke`). */
export type Source = 'platform' | 'reconciled' | 'convoke';

/** One request to one of the customer's two URLs. */
export interface LoggedAttempt {
  sequence: number;
  /** Epoch milliseconds. */
  at: number;
  url: 'callbackUrl' | 'fallbackUrl';
  ok: boolean;
  /** `200`, `redirected (302)`, `no answer within 2000 ms`, … */
  result: string;
  milliseconds: number;
  /** The beginning of what was answered, of the latest failed request to each URL. */
  answer?: string | undefined;
}

export interface LoggedEvent {
  id: string;
  /** Order of acceptance, counted from 1 through all lanes; the customer sees it as `Convoke-Sequence`. */
  sequence: number;
  acceptedAt: number;
  event: EventBody;
  source: Source;
  /** The `traceparent` of the callback that brought it, where there are traces. */
  trace?: string;
  /** Where it goes; what has no lane is recorded only. */
  lane?: string;
  status: 'waiting' | 'delivered' | 'dead' | 'recorded';
  /** The latest requests with it. */
  attempts: Omit<LoggedAttempt, 'sequence'>[];
}

/** A run of the conference's workflow, or of its aftercare, that has ended; `first` is the first event that it accepted. */
export interface EarlierRun {
  workflowId: string;
  runId: string;
  first: number;
}

export interface EventLog {
  /** The number of the first record in `accepted`: where this run begins, or behind the latest gap in the numbers. */
  first: number;
  /** The records from `first` on, in order. */
  accepted: LoggedEvent[];
  /** The records before `first`, by sequence: those of earlier runs that this run delivers, and those of this run before a gap. */
  older: Record<string, LoggedEvent>;
  /** Set where there is a gap: the number at which this run begins. */
  begins?: number;
  earlier: EarlierRun[];
  /** Which run has the last word on an event that it did not accept itself; by sequence. */
  moved: Record<string, string>;
}

export function emptyLog(): EventLog {
  return { first: 1, accepted: [], older: {}, earlier: [], moved: {} };
}

/** The record of an event, if this run has it. */
export function recordOf({ first, accepted, older }: EventLog, sequence: number): LoggedEvent | undefined {
  return sequence >= first ? accepted[sequence - first] : older[sequence];
}

/** Remembers a request that was made. */
export function logAttempt(log: EventLog, { sequence, ...request }: LoggedAttempt): void {
  const record = recordOf(log, sequence);
  if (record === undefined) return;
  for (const before of record.attempts) if (before.url === request.url) delete before.answer;
  record.attempts.push(request);
  if (record.attempts.length > MAX_LOGGED_ATTEMPTS) record.attempts.splice(MAX_LOGGED_ATTEMPTS / 2, 1);
  if (request.ok) record.status = 'delivered';
}

/** The record of an event that waits, as the next run gets it: no event is given up for answers that take its room. */
export function carriedRecord(record: LoggedEvent): LoggedEvent {
  const attempts = record.attempts.slice(-MAX_CARRIED_ATTEMPTS).map(({ answer: _, ...request }) => request);
  return { ...record, attempts };
}

/** The log with which the next run begins, or aftercare: what waits is carried, and this run is the last of the earlier. */
export function carriedLog(
  log: EventLog,
  run: Omit<EarlierRun, 'first'>,
  next: { sequence: number; waiting: readonly number[] },
): EventLog {
  const waits = new Set(next.waiting);
  const { begins = log.first } = log;
  const ended = Object.keys(log.older).filter((sequence) => Number(sequence) < begins && !waits.has(Number(sequence)));
  const moved = { ...log.moved, ...Object.fromEntries(ended.map((sequence) => [sequence, run.runId])) };
  return {
    first: next.sequence,
    accepted: [],
    older: Object.fromEntries(
      next.waiting.flatMap((sequence) => {
        const record = recordOf(log, sequence);
        return record === undefined ? [] : [[sequence, carriedRecord(record)]];
      }),
    ),
    earlier: [...log.earlier, { ...run, first: begins }].slice(-MAX_EARLIER_RUNS),
    moved: Object.fromEntries(Object.entries(moved).slice(-MAX_MOVED_EVENTS)),
  };
}
