/** The pauses kept by the workflow's alarm (ms). Shorter ones are the delivery activity's own (SHORT_PAUSES there). */
const PAUSES = [1, 2, 5, 10, 30, 60, 120, 240].map((minutes) => minutes * 60_000);

/** The longest we let the platform put us off (ms): creating is not tried for longer, and an ending or a call must not be forgotten. */
export const LONGEST_WAIT = 300_000;

/** How often an event has failed, with what tells it from others. */
interface Tries {
  failures: number;
  sequence: number;
  since: number;
}

/** A tenth more or less, so that those who failed at one time do not all come back at one time. */
export function backOffMs({ failures, sequence, since }: Tries): number {
  const pause = PAUSES[Math.min(failures, PAUSES.length) - 1] ?? 0;
  return Math.round(pause * (0.9 + 0.2 * jitter(`${since} ${sequence} ${failures}`)));
}

/** A number from 0 to 1 that is drawn from a text: chance that is the same when a history is replayed (FNV-1a). */
export function jitter(text: string): number {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}
