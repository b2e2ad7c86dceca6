import type { Entry } from './entries.ts';
import { journalRecord, meta, META_KEY, notedKeyOf, outcomeIn, positionOf, unsealed } from './records.ts';
import type { Store } from './store.ts';

/** What was in a journal when it was opened. */
export interface Found {
  /** What waits, by key, oldest first. */
  waiting: Map<string, Entry>;
  bytes: number;
  /** Keys that are not to be in it. */
  unwanted: string[];
  /** Of those the ones that can have been callbacks. */
  damaged: number;
  /** Behind all that is there, also where the clock has gone back. */
  openedAt: number;
  /** The openings before this one, the latest last. */
  follows: string[];
  /** Whether it was not closed in order. */
  wasKilled: boolean;
}

/** Reads all that a journal holds. */
export async function findIn(store: Store): Promise<Found> {
  const known = meta.safeParse(unsealed(META_KEY, (await store.read([META_KEY]))[0])).data;
  const found: Found = {
    ...{ waiting: new Map(), bytes: 0, unwanted: [], damaged: 0, openedAt: Date.now() },
    ...{ follows: known?.openings ?? [], wasKilled: known?.closed === false },
  };
  const openings = new Map<string, string>();
  for await (const [key, value] of store.all()) {
    const noted = notedKeyOf(key);
    if (noted !== undefined) findNote(found, found.waiting.get(noted), key, value);
    else if (key !== META_KEY) findRecord(found, openings, key, value);
  }
  return found;
}

function findRecord(found: Found, openings: Map<string, string>, key: string, value: string): void {
  const position = positionOf(key);
  const parsed = journalRecord.safeParse(unsealed(key, value));
  if (position === undefined || !parsed.success) {
    found.damaged += 1;
    found.unwanted.push(key);
    return;
  }
  found.openedAt = Math.max(found.openedAt, position.openedAt + 1);
  const { userId, conferenceId, arrivedAt, lent } = parsed.data;
  // One string for all of an opening: there may be very many.
  const opening = openings.get(position.opening) ?? position.opening;
  openings.set(opening, opening);
  const { sequence } = position;
  const place = { userId, conferenceId, opening, sequence, key, size: value.length, arrivedAt };
  found.waiting.set(key, { ...place, isLent: lent !== undefined });
  found.bytes += value.length;
}

/** A note stands right behind the record that it is about. */
function findNote(found: Found, entry: Entry | undefined, key: string, value: string): void {
  const outcome = outcomeIn(key, value);
  if (entry === undefined || outcome === undefined) found.unwanted.push(key);
  else entry.outcome = outcome;
}
