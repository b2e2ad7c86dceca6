import type { CallbackBatch, ConferenceIds, Receipt } from '../client/index.ts';

/** What one signal carries at most: events, and characters of their JSON (a payload must stay under 2 MB). */
const BATCH_EVENTS = 100;
const BATCH_SIZE = 512 * 1024;

/** How many events may wait in all; the bridge answers 503 beyond, and the platform turns to its fallback. */
const MAX_WAITING = 10_000;

interface Waiting {
  receipt: Receipt;
  size: number;
  forwarded: () => void;
  failed: (error: unknown) => void;
}

interface Line {
  ids: ConferenceIds;
  waiting: Waiting[];
}

/** Hands a batch of events to a conference; resolves when Temporal has it. */
export type Forward = (ids: ConferenceIds, batch: CallbackBatch) => Promise<void>;

/**
 * Forwards events to their conferences in the order they came: one signal in flight per conference, and what piles up
 * meanwhile goes as one batch. So order holds, and a busy conference costs few signals.
 */
export class Forwarder {
  private readonly lines = new Map<string, Line>();
  private readonly journal: string;
  private readonly forward: Forward;
  private waiting = 0;

  constructor(journal: string, forward: Forward) {
    this.journal = journal;
    this.forward = forward;
  }

  /** Resolves when Temporal has the event. @throws if it is not known to have it. */
  take(ids: ConferenceIds, receipt: Receipt, size: number): Promise<void> {
    if (this.waiting >= MAX_WAITING) return Promise.reject(new Error('too many events wait for Temporal'));
    return new Promise((forwarded, failed) => {
      const key = `${ids.userId}/${ids.conferenceId}`;
      const waiting = { receipt, size, forwarded, failed };
      this.waiting += 1;
      const line = this.lines.get(key);
      if (line !== undefined) return void line.waiting.push(waiting);
      const opened: Line = { ids, waiting: [waiting] };
      this.lines.set(key, opened);
      void this.drain(key, opened);
    });
  }

  private async drain(key: string, line: Line): Promise<void> {
    while (line.waiting.length > 0) {
      const batch = line.waiting.splice(0, fitting(line.waiting));
      try {
        await this.forward(line.ids, { journal: this.journal, receipts: batch.map(({ receipt }) => receipt) });
        for (const { forwarded } of batch) forwarded();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
      this.waiting -= batch.length;
    }
    this.lines.delete(key);
  }
}

/** How many of the waiting events fit into one signal; always one at least. */
function fitting(waiting: readonly Waiting[]): number {
  let size = 0;
  const end = waiting.findIndex((event, index) => (size += event.size) > BATCH_SIZE && index > 0);
  return Math.min(end < 0 ? waiting.length : end, BATCH_EVENTS);
}
