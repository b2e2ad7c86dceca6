import { BACK_OFFS_MS } from '../budget.ts';
import { hash32Of } from '../state/plain-data.ts';

/** How often an event has failed, with what sets it apart from others. */
interface Failing {
  failures: number;
  sequence: number;
  since: number;
}

/** A tenth more or less, so that those who failed at one time do not all come back at one time. */
export function backOffMs({ failures, sequence, since }: Failing): number {
  const pause = BACK_OFFS_MS[Math.min(failures, BACK_OFFS_MS.length) - 1] ?? 0;
  return Math.round(pause * (0.9 + 0.2 * jitter(`${since} ${sequence} ${failures}`)));
}

/** A number from 0 to 1 that is drawn from a text: chance that is the same when a history is replayed. */
export function jitter(text: string): number {
  return hash32Of(text) / 2 ** 32;
}
