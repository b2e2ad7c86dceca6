import { setTimeout as pause } from 'node:timers/promises';
import type { ConferenceIds } from '../client/index.ts';
import { FLUSHED_WITHIN_MS } from './budget.ts';
import type { Forwarder } from './forwarder.ts';

/** Has a conference hear of all that was taken for it; while Temporal does not take it, nobody waits for long. */
export async function flushSoon(forwarder: Forwarder, ids: ConferenceIds): Promise<void> {
  const tooLong = new AbortController();
  const late = pause(FLUSHED_WITHIN_MS, undefined, { signal: tooLong.signal, ref: false }).catch(() => undefined);
  await Promise.race([forwarder.flush(ids), late]);
  tooLong.abort();
}
