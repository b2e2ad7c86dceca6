import { setTimeout as pause } from 'node:timers/promises';
import type { CallbackBatch, ConferenceIds } from '../client/index.ts';
import type { Logger } from '../telemetry/log.ts';
import {
  MAX_SIGNALS_AT_ONCE,
  FORWARDER_TELLS_EVERY_MS,
  FORWARD_PAUSES_MS,
  MAX_FORWARDED_BYTES,
  MAX_FORWARDED_EVENTS,
} from './budget.ts';
import type { Entry, Journal } from './journal.ts';

/** What waits for one conference. */
interface Line {
  ids: ConferenceIds;
  waiting: Entry[];
  failures: number;
}

/** Hands a batch of events to a conference; resolves when Temporal has it. */
export type Forward = (ids: ConferenceIds, batch: CallbackBatch) => Promise<void>;

/**
 * Forwards what the journal holds to the conferences, in the order it came: one signal in flight per conference, and what
 * piles up meanwhile goes as one batch. It tries for ever; a conference that cannot be reached holds no other.
 */
export class Forwarder {
  private readonly lines = new Map<string, Line>();
  private readonly ready: Line[] = [];
  private readonly inFlight = new Set<Promise<void>>();
  private readonly onForwarded = new Map<string, () => void>();
  private readonly stopped = new AbortController();
  private readonly journal: Journal;
  private readonly forward: Forward;
  private readonly log: Logger;
  private toldAt = 0;

  constructor(journal: Journal, forward: Forward, log: Logger) {
    this.journal = journal;
    this.forward = forward;
    this.log = log;
    for (const entry of journal.entries()) this.add(entry);
  }

  /** As `add`, for who waits for its end: resolves when Temporal has it, which may be never. */
  take(entry: Entry): Promise<void> {
    return new Promise((forwarded) => {
      this.onForwarded.set(entry.key, forwarded);
      this.add(entry);
    });
  }

  /** Ends what is in flight; what waits stays in the journal. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await Promise.all(this.inFlight);
  }

  /** Takes what the journal has just stored. */
  add(entry: Entry): void {
    const { userId, conferenceId } = entry;
    const key = `${userId}/${conferenceId}`;
    const line = this.lines.get(key);
    if (line !== undefined) return void line.waiting.push(entry);
    const opened: Line = { ids: { userId, conferenceId }, waiting: [entry], failures: 0 };
    this.lines.set(key, opened);
    this.ready.push(opened);
    this.pump();
  }

  private pump(): void {
    while (this.inFlight.size < MAX_SIGNALS_AT_ONCE && !this.stopped.signal.aborted) {
      const line = this.ready.shift();
      if (line === undefined) return;
      const sending = this.send(line).finally(() => {
        this.inFlight.delete(sending);
        this.pump();
      });
      this.inFlight.add(sending);
    }
  }

  private async send(line: Line): Promise<void> {
    const batch = fitting(line.waiting);
    try {
      const receipts = await this.journal.read(batch);
      const opening = batch[0]?.opening ?? '';
      if (receipts.length > 0) await this.forward(line.ids, { opening, receipts });
      this.done(line, batch);
    } catch (error) {
      this.warn(line, error);
      line.failures += 1;
      void this.again(line);
    }
  }

  /** A line a minute as long as anything fails, whatever number of conferences wait. */
  private warn(line: Line, error: unknown): void {
    if (Date.now() - this.toldAt < FORWARDER_TELLS_EVERY_MS) return;
    this.toldAt = Date.now();
    const { waiting, oldest } = this.journal.stats();
    const message = `Temporal does not take callbacks: ${waiting} wait in the journal, the oldest since ${oldest}`;
    this.log.warn({ ...line.ids, err: error }, message);
  }

  private done(line: Line, batch: Entry[]): void {
    line.waiting.splice(0, batch.length);
    line.failures = 0;
    this.journal.drop(batch);
    for (const { key } of batch) {
      this.onForwarded.get(key)?.();
      this.onForwarded.delete(key);
    }
    if (line.waiting.length > 0) this.ready.push(line);
    else this.lines.delete(`${line.ids.userId}/${line.ids.conferenceId}`);
  }

  private async again(line: Line): Promise<void> {
    const longest = FORWARD_PAUSES_MS[Math.min(line.failures, FORWARD_PAUSES_MS.length) - 1] ?? 0;
    const { signal } = this.stopped;
    await pause(longest * (0.5 + Math.random() / 2), undefined, { signal, ref: false }).catch(() => undefined);
    this.ready.push(line);
    this.pump();
  }
}

/** The first of the waiting events, as many as fit into one signal, all of the same opening of the journal; always one at least. */
function fitting(waiting: readonly Entry[]): Entry[] {
  let size = 0;
  const end = waiting.findIndex((entry, index) => {
    size += entry.size;
    return index > 0 && (size > MAX_FORWARDED_BYTES || entry.opening !== waiting[0]?.opening);
  });
  return waiting.slice(0, Math.min(end < 0 ? waiting.length : end, MAX_FORWARDED_EVENTS));
}
