import { randomBytes } from 'node:crypto';
import { JOURNAL_ROOM, MAX_OPENINGS_KEPT, MAX_OPENINGS_SENT, REOPEN_AFTER_MS, ROOM_AGAIN_SHARE } from './budget.ts';
import { present } from '../catapult/present.ts';
import { setTimeout as pause } from 'node:timers/promises';
import type { ConferenceIds, DeliveryOutcome, Receipt } from '../client/index.ts';
import type { Arrival, Entry, JournalStats, Room } from './entries.ts';
import { FreshReceipts } from './fresh-receipts.ts';
import type { Logger } from '../telemetry/log.ts';
import { findIn } from './recovery.ts';
import { keyOf, META_KEY, noteKeyOf, receiptIn, sealed } from './records.ts';
import { Store } from './store.ts';

interface Pending {
  entry: Entry;
  /** Not so where one that is there already gets its number: that stays, whatever becomes of the write. */
  isNew: boolean;
  value: string;
  stored: (entry: Entry) => void;
  refused: (error: unknown) => void;
}

/**
 * The journal: callbacks on the gateway's own disk from the moment they are acknowledged until their conference has them.
 * One write is under way at a time, and what comes meanwhile goes with the next one (group commit): so none is begun
 * on files that another one, a drop too, has failed on. Each opening counts its sequences anew under a random id.
 */
export class Journal {
  private readonly store: Store;
  private readonly log: Logger;
  private readonly room: Room;
  private waiting = new Map<string, Entry>();
  private readonly fresh = new FreshReceipts();
  readonly opening = randomBytes(12).toString('base64url');
  /** The openings before this one, the latest last. */
  follows: string[] = [];
  private openedAt = Date.now();
  private sequence = 0;
  private bytes = 0;
  /** Of those that wait, how many their conferences have: what became of them on their way to the customer is not known yet. */
  private reported = 0;
  private damaged = 0;
  private pending: Pending[] = [];
  /** Keys that are to go with the next write: forwarded, or not to be read, or refused, though they may be on disk. */
  private unwanted: string[] = [];
  /** What is to be noted with the next write. */
  private notes: { type: 'put'; key: string; value: string }[] = [];
  private writing: Promise<void> | undefined;
  private mending: Promise<void> | undefined;
  private readonly closed = new AbortController();
  /** Whether callbacks were refused as there was no room. */
  private wasFull = false;
  /** Called when a journal that was broken or full can be written again. */
  onMended: () => void = () => undefined;
  /** Called when a callback that was acknowledged cannot be read any more. */
  onLost: (ids: ConferenceIds) => void = () => undefined;

  private constructor(store: Store, log: Logger, room: Room) {
    this.store = store;
    this.log = log;
    this.room = room;
  }

  /** @throws when the directory cannot be used, or another gateway uses it. */
  static async open(directory: string, log: Logger, room: Partial<Room> = {}): Promise<Journal> {
    const store = await Store.open(directory, log);
    try {
      const journal = new Journal(store, log, { ...JOURNAL_ROOM, ...room });
      await journal.recover();
      return journal;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** What waits, oldest first. */
  entries(): Entry[] {
    return [...this.waiting.values()];
  }

  stats(): JournalStats {
    const [oldest] = this.waiting.values();
    return {
      state: this.mending !== undefined ? 'broken' : this.fills(1) ? 'full' : 'ok',
      waiting: this.waiting.size - this.reported,
      bytes: this.bytes,
      ...present({ oldest: oldest && new Date(oldest.arrivedAt).toISOString() }),
      damaged: this.damaged + this.store.damaged,
    };
  }

  /** The openings just before this one, for conferences to know; undefined if there are none. */
  latestBefore(): string[] | undefined {
    return this.follows.length > 0 ? this.follows.slice(-MAX_OPENINGS_SENT) : undefined;
  }

  /** Resolves when the callback is on disk, synced, in the order of the calls. @throws when it is not, and will not be. */
  append({ userId, conferenceId, ...arrival }: Arrival): Promise<Entry> {
    if (this.mending !== undefined) return Promise.reject(new Error('the journal cannot be written'));
    if (this.fills(1)) {
      this.wasFull = true;
      return Promise.reject(new Error('the journal is full'));
    }
    const { opening, openedAt } = this;
    const sequence = (this.sequence += 1);
    const key = keyOf({ openedAt, opening, sequence });
    const value = sealed(key, { userId, conferenceId, ...arrival });
    const { arrivedAt } = arrival;
    const isLent = arrival.lent !== undefined;
    const entry = { userId, conferenceId, opening, sequence, key, size: value.length, arrivedAt, isLent };
    this.fresh.keep(entry, { sequence, ...arrival });
    return this.put(entry, value, true);
  }

  /** What has been judged since it was stored gets the number it has now, synced. @throws like `append`; then it has none. */
  async number(entry: Entry, receipt: Receipt): Promise<void> {
    if (this.mending !== undefined) throw new Error('the journal cannot be written');
    const { userId, conferenceId, key } = entry;
    const { sequence: _place, ...arrival } = receipt;
    await this.put(entry, sealed(key, { userId, conferenceId, ...arrival }), false);
    this.fresh.keep(entry, receipt);
    entry.isLent = true;
  }

  private put(entry: Entry, value: string, isNew: boolean): Promise<Entry> {
    return new Promise((stored, refused) => {
      this.pending.push({ entry, isNew, value, stored, refused });
      this.writeOn();
    });
  }

  /** The callbacks of these entries; one that cannot be read any more is left out, logged, and dropped. */
  async read(entries: readonly Entry[]): Promise<Receipt[]> {
    const receipts = new Map(entries.map((entry) => [entry.key, this.fresh.get(entry)]));
    const stored = entries.filter(({ key }) => receipts.get(key) === undefined);
    const values = stored.length === 0 ? [] : await this.store.read(stored.map(({ key }) => key));
    for (const [index, entry] of stored.entries()) {
      const receipt = receiptIn(entry, values[index]);
      receipts.set(entry.key, receipt);
      if (receipt === undefined) this.noteLost(entry);
    }
    return entries.flatMap(({ key }) => receipts.get(key) ?? []);
  }

  private noteLost({ userId, conferenceId }: Entry): void {
    this.damaged += 1;
    this.log.error({ userId, conferenceId }, 'a callback in the journal is damaged; it is lost');
    this.onLost({ userId, conferenceId });
  }

  /**
   * What became of an event that was sent from here. Not synced: a process that dies after that does not have it sent again, and of a
   * machine that dies no more is known than without.
   */
  note(of: string, { id, lane, result }: DeliveryOutcome): void {
    const entry = this.waiting.get(of);
    if (entry === undefined) return;
    entry.outcome = { id, lane, result };
    const key = noteKeyOf(of);
    this.notes.push({ type: 'put', key, value: sealed(key, entry.outcome) });
    this.writeOn();
  }

  /** The conference has it, but it stays until it is known what became of it. */
  noteReported(entry: Entry): void {
    if (!entry.isReported) this.reported += 1;
    entry.isReported = true;
  }

  /** The conference has them. Not synced: one that comes again after a crash is known by its receipt. */
  drop(entries: readonly Entry[]): void {
    for (const { key, size, isReported } of entries) {
      this.fresh.drop(key);
      if (!this.waiting.delete(key)) continue;
      this.bytes -= size;
      if (isReported) this.reported -= 1;
    }
    if (this.wasFull && !this.fills(ROOM_AGAIN_SHARE)) {
      this.wasFull = false;
      this.log.info('the journal has room again');
      queueMicrotask(this.onMended);
    }
    for (const { key, outcome } of entries) this.unwanted.push(key, ...(outcome ? [noteKeyOf(key)] : []));
    this.writeOn();
  }

  async close(): Promise<void> {
    this.closed.abort();
    await Promise.all([this.writing, this.mending]);
    if (this.mending === undefined)
      await this.store.write([this.metaWrite(true)], { sync: true }).catch(() => undefined);
    await this.store.close();
  }

  private fills(part: number): boolean {
    return this.bytes >= this.room.bytes * part || this.waiting.size >= this.room.records * part;
  }

  private async recover(): Promise<void> {
    const found = await findIn(this.store);
    [this.waiting, this.bytes, this.damaged] = [found.waiting, found.bytes, found.damaged];
    [this.unwanted, this.follows, this.openedAt] = [found.unwanted, found.follows, found.openedAt];
    await this.begin().catch(async () => {
      await this.store.reopen();
      await this.begin();
    });
    this.tellOfStart(found.wasKilled);
  }

  private tellOfStart(wasKilled: boolean): void {
    const { waiting, oldest = 'none', damaged } = this.stats();
    if (wasKilled) this.log.warn(`the journal was not closed in order; ${waiting} callbacks wait in it`);
    else if (waiting > 0) this.log.info(`${waiting} callbacks wait in the journal, the oldest since ${oldest}`);
    if (damaged > 0) this.log.error(`the journal was damaged on disk: at ${damaged} places callbacks may be lost`);
  }

  private hasWork(): boolean {
    return this.mending === undefined && this.pending.length + this.unwanted.length + this.notes.length > 0;
  }

  private writeOn(): void {
    if (this.hasWork()) this.writing ??= this.write();
  }

  private async write(): Promise<void> {
    while (this.hasWork()) {
      const group = this.pending;
      const removed = this.unwanted;
      const { notes } = this;
      this.notes = [];
      this.pending = [];
      this.unwanted = [];
      const puts = group.map(({ entry, value }) => ({ type: 'put' as const, key: entry.key, value }));
      try {
        await this.store.write([...notes, ...removed.map(deletion), ...puts], { sync: group.length > 0 });
      } catch (error) {
        this.fail(error, group, removed);
        break;
      }
      for (const { entry, isNew, stored } of group) {
        this.waiting.set(entry.key, entry);
        if (isNew) this.bytes += entry.size;
        stored(entry);
      }
    }
    // Here and nowhere later: an append in between would wait for a write that is over.
    this.writing = undefined;
  }

  /**
   * What a failed write leaves may be torn, and what is written behind it lost: nothing more is, until the store has been opened
   * anew. What is refused may be on disk after all; it is deleted then, as it comes again on the fallback.
   */
  private fail(error: unknown, group: readonly Pending[], removed: readonly string[]): void {
    const refused = [...group, ...this.pending];
    this.pending = [];
    for (const { entry, isNew } of refused) if (isNew) this.fresh.drop(entry.key);
    const added = group.filter(({ isNew }) => isNew).map(({ entry }) => entry.key);
    this.unwanted = [...removed, ...added, ...this.unwanted];
    this.log.error({ err: error }, 'the journal cannot be written: callbacks are answered 503 until it can');
    this.mending = this.mend();
    for (const pending of refused) pending.refused(error);
  }

  /** The opening's id stays: its count goes on in memory, and nothing is written before what was refused is deleted. */
  private async mend(): Promise<void> {
    const { signal } = this.closed;
    await this.store.close().catch(() => undefined);
    while (await pause(REOPEN_AFTER_MS, true, { signal }).catch(() => false)) {
      try {
        await this.store.reopen();
        await this.begin();
      } catch (error) {
        this.log.debug({ err: error }, 'the journal still cannot be written');
        continue;
      }
      this.log.info('the journal can be written again');
      this.mending = undefined;
      this.writeOn();
      queueMicrotask(this.onMended);
      return;
    }
  }

  /** Says that the journal is in use, and rids it of what is not to be in it. */
  private async begin(): Promise<void> {
    const removed = this.unwanted.length;
    await this.store.write([...this.unwanted.map(deletion), this.metaWrite(false)], { sync: true });
    this.unwanted = this.unwanted.slice(removed);
  }

  private metaWrite(closed: boolean) {
    const openings = [...this.follows, this.opening].slice(-MAX_OPENINGS_KEPT);
    return { type: 'put', key: META_KEY, value: sealed(META_KEY, { closed, openings }) } as const;
  }
}

function deletion(key: string) {
  return { type: 'del', key } as const;
}
