import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { CallbackEvent } from '../catapult/events.ts';
import { callbackEvent } from '../catapult/from-platform.ts';
import type { ConferenceIds, Receipt } from '../client/index.ts';
import type { Logger } from '../telemetry/log.ts';
import { Store } from './store.ts';

/** What may wait in all (bytes); beyond it the bridge answers 503, and the platform turns to its fallback. */
export const MAX_WAITING = 1024 * 1024 * 1024;

/** Below which part of that a journal that was full counts as having room again. */
const ROOM_AGAIN = 0.9;

/** The pause before a broken store is opened again (ms). */
const REOPEN_AFTER = 2_000;

const META_KEY = '!meta';

const meta = z.object({ id: z.string(), run: z.number().int(), closed: z.boolean() });

const journalRecord = z.object({
  userId: z.string(),
  conferenceId: z.string(),
  arrivedAt: z.number(),
  channel: z.enum(['primary', 'fallback']),
  attemptId: z.string(),
  digest: z.string(),
  event: callbackEvent,
});

/** A callback as it arrives at the bridge. */
export interface Arrival extends ConferenceIds, Omit<Receipt, 'sequence' | 'arrivedAt'> {
  event: CallbackEvent;
}

/** A callback that is in the journal and has not been forwarded. Its body stays on disk. */
export interface Entry extends ConferenceIds {
  /** Which opening of which journal took it; sequences are counted within it. */
  journal: string;
  sequence: number;
  key: string;
  size: number;
  arrivedAt: number;
}

export interface JournalStats {
  state: 'ok' | 'full' | 'broken';
  waiting: number;
  bytes: number;
  /** When the oldest that waits has arrived (ISO 8601). */
  oldest?: string;
  /** Records that were lost to damage on disk, as far as that shows. */
  damaged: number;
}

interface Pending {
  entry: Entry;
  value: string;
  stored: (entry: Entry) => void;
  refused: (error: unknown) => void;
}

/**
 * The journal: callbacks on the gateway's own disk from the moment they are acknowledged until their conference has them.
 * What arrives while a write is being synced goes with the next one (group commit). Each opening counts its sequences anew
 * under an id of its own, so that none is ever used twice, whatever happened to the disk.
 */
export class Journal {
  private readonly store: Store;
  private readonly log: Logger;
  private readonly waiting = new Map<string, Entry>();
  private id = '';
  private run = 0;
  private sequence = 0;
  private bytes = 0;
  private damaged = 0;
  private pending: Pending[] = [];
  private committing: Promise<void> | undefined;
  /** Keys that may be on disk and are not to be: their write failed, or they cannot be read. */
  private refusedKeys: string[] = [];
  private mending: Promise<void> | undefined;
  private readonly closed = new AbortController();
  /** Whether callbacks were refused as there was no room. */
  private wasFull = false;
  private readonly maxWaiting: number;
  /** Called when a journal that was broken or full can be written again. */
  onMended: () => void = () => undefined;
  /** Called when a callback that was acknowledged cannot be read any more. */
  onLost: (ids: ConferenceIds) => void = () => undefined;

  private constructor(store: Store, log: Logger, maxWaiting: number) {
    this.store = store;
    this.log = log;
    this.maxWaiting = maxWaiting;
  }

  /** @throws when the directory cannot be used, or another gateway uses it. */
  static async open(directory: string, log: Logger, maxWaiting = MAX_WAITING): Promise<Journal> {
    const journal = new Journal(await Store.open(directory, log), log, maxWaiting);
    await journal.recover();
    return journal;
  }

  /** What waits, oldest first. */
  entries(): Entry[] {
    return [...this.waiting.values()];
  }

  stats(): JournalStats {
    const [oldest] = this.waiting.values();
    const state = this.mending !== undefined ? 'broken' : this.bytes >= this.maxWaiting ? 'full' : 'ok';
    return {
      state,
      waiting: this.waiting.size,
      bytes: this.bytes,
      ...(oldest === undefined ? {} : { oldest: new Date(oldest.arrivedAt).toISOString() }),
      damaged: this.damaged + this.store.damaged,
    };
  }

  /** Resolves when the callback is on disk, synced, in the order of the calls. @throws when it is not, and will not be. */
  append({ userId, conferenceId, ...arrival }: Arrival): Promise<Entry> {
    const arrivedAt = Date.now();
    if (this.mending !== undefined) return Promise.reject(new Error('the journal cannot be written'));
    if (this.bytes >= this.maxWaiting) {
      this.wasFull = true;
      return Promise.reject(new Error('the journal is full'));
    }
    const sequence = (this.sequence += 1);
    const place = { journal: this.journalId(this.run), sequence, key: keyOf(this.run, sequence) };
    const value = sealed(place.key, { userId, conferenceId, arrivedAt, ...arrival });
    const entry: Entry = { userId, conferenceId, ...place, size: value.length, arrivedAt };
    return new Promise((stored, refused) => {
      this.pending.push({ entry, value, stored, refused });
      this.committing ??= this.commit();
    });
  }

  /** The callbacks of these entries; one that cannot be read any more is left out, told of, and dropped. */
  async read(entries: readonly Entry[]): Promise<Receipt[]> {
    const values = await this.store.read(entries.map(({ key }) => key));
    return entries.flatMap((entry, index) => {
      const parsed = journalRecord.safeParse(unsealed(entry.key, values[index]));
      if (!parsed.success) {
        this.damaged += 1;
        this.log.error({ conferenceId: entry.conferenceId }, 'a callback in the journal is damaged; it is lost');
        this.onLost({ userId: entry.userId, conferenceId: entry.conferenceId });
        return [];
      }
      const { channel, attemptId, digest, event, arrivedAt } = parsed.data;
      return [{ sequence: entry.sequence, arrivedAt, channel, attemptId, digest, event }];
    });
  }

  /** The conference has them. Not synced: one that comes again after a crash is known by its sequence. */
  drop(entries: readonly Entry[]): void {
    for (const { key, size } of entries) if (this.waiting.delete(key)) this.bytes -= size;
    if (this.wasFull && this.bytes < this.maxWaiting * ROOM_AGAIN) {
      this.wasFull = false;
      this.log.info('the journal has room again');
      queueMicrotask(this.onMended);
    }
    const removed = entries.map(({ key }) => ({ type: 'del' as const, key }));
    // Should it fail, they come again after a restart, and are known.
    this.store.write(removed, { sync: false }).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.closed.abort();
    await Promise.all([this.committing, this.mending]);
    await this.store.write([this.metaWrite(true)], { sync: true }).catch(() => undefined);
    await this.store.close();
  }

  private async recover(): Promise<void> {
    const known = meta.safeParse(unsealed(META_KEY, (await this.store.read([META_KEY]))[0]));
    this.id = known.success ? known.data.id : randomBytes(9).toString('base64url');
    let lastRun = known.success ? known.data.run : 0;
    for await (const [key, value] of this.store.all()) {
      if (key === META_KEY) continue;
      const [, run = 0, sequence = 0] = (KEY.exec(key) ?? []).map(Number);
      lastRun = Math.max(lastRun, run);
      const parsed = journalRecord.safeParse(unsealed(key, value));
      if (!parsed.success) {
        this.damaged += 1;
        this.refusedKeys.push(key);
        continue;
      }
      const { userId, conferenceId, arrivedAt } = parsed.data;
      const place = { journal: this.journalId(run), sequence, key };
      this.waiting.set(key, { userId, conferenceId, ...place, size: value.length, arrivedAt });
      this.bytes += value.length;
    }
    this.run = lastRun + 1;
    await this.start();
    this.tellOfStart(known.success && !known.data.closed);
  }

  private tellOfStart(wasKilled: boolean): void {
    const { waiting, oldest = 'none', damaged } = this.stats();
    if (wasKilled) this.log.warn(`the journal was not closed in order; ${waiting} callbacks wait in it`);
    else if (waiting > 0) this.log.info(`${waiting} callbacks wait in the journal, the oldest since ${oldest}`);
    if (damaged > 0) this.log.error(`the journal was damaged on disk: at ${damaged} places callbacks may be lost`);
  }

  private async commit(): Promise<void> {
    while (this.pending.length > 0) {
      const group = this.pending;
      this.pending = [];
      const puts = group.map(({ entry, value }) => ({ type: 'put' as const, key: entry.key, value }));
      try {
        await this.store.write(puts, { sync: true });
      } catch (error) {
        this.refuse(group, error);
        continue;
      }
      for (const { entry, stored } of group) {
        this.waiting.set(entry.key, entry);
        this.bytes += entry.size;
        stored(entry);
      }
    }
    // Here and nowhere later: an append in between would wait for a commit that is over.
    this.committing = undefined;
  }

  /** What is refused may be on disk after all; it is deleted once that can be, as it comes again on the fallback. */
  private refuse(group: readonly Pending[], error: unknown): void {
    this.refusedKeys.push(...group.map(({ entry }) => entry.key));
    for (const { refused } of group) refused(error);
    if (this.mending !== undefined) return;
    this.log.error({ err: error }, 'the journal cannot be written: callbacks are answered 503 until it can');
    this.mending = this.mend().finally(() => (this.mending = undefined));
  }

  /** After a failed write the store takes no other until it is opened anew. */
  private async mend(): Promise<void> {
    const { signal } = this.closed;
    while (!signal.aborted) {
      await pause(REOPEN_AFTER, undefined, { signal }).catch(() => undefined);
      try {
        await this.store.reopen();
        await this.start();
      } catch (error) {
        this.log.debug({ err: error }, 'the journal still cannot be written');
        continue;
      }
      this.log.info('the journal can be written again');
      queueMicrotask(this.onMended);
      return;
    }
  }

  /** Says that the journal is in use, and rids it of what is not to be in it. */
  private async start(): Promise<void> {
    const refused = this.refusedKeys.map((key) => ({ type: 'del' as const, key }));
    await this.store.write([...refused, this.metaWrite(false)], { sync: true });
    this.refusedKeys = [];
  }

  private metaWrite(closed: boolean) {
    const value = sealed(META_KEY, { id: this.id, run: this.run, closed });
    return { type: 'put', key: META_KEY, value } as const;
  }

  private journalId(run: number): string {
    return `${this.id}-${run}`;
  }
}

/** The key of a callback; another one is damaged, or not of a journal. */
const KEY = /^(\d{9})\.(\d{15})$/;

function keyOf(run: number, sequence: number): string {
  return `${String(run).padStart(9, '0')}.${String(sequence).padStart(15, '0')}`;
}

/** A checksum of key and content in front, as the store's own checks end where it has merged its files. */
function sealed(key: string, content: object): string {
  const json = JSON.stringify(content);
  return `${crc32(key + json).toString(16)} ${json}`;
}

/** Undefined when it is not what was written under this key. */
function unsealed(key: string, value = ''): unknown {
  const json = value.slice(value.indexOf(' ') + 1);
  return value === `${crc32(key + json).toString(16)} ${json}` ? JSON.parse(json) : undefined;
}
