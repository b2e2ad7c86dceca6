import { setTimeout as sleep } from 'node:timers/promises';
import { Unexpected } from './tell.ts';

const LOOK_EVERY_MS = 50;
const WITHIN_MS = 15_000;

/** What is looked at, and how to see that it is as promised. */
export interface Observation<Seen> {
  expected: string;
  look: () => Seen | Promise<Seen>;
  is: (seen: Seen) => boolean;
  /** What was seen, in words; its JSON unless given. */
  came?: (seen: Seen) => string;
  within?: number;
}

/** Looks until it is as promised, and answers what was seen then. @throws Unexpected with what was seen last. */
export async function eventually<Seen>(observation: Observation<Seen>, signal: AbortSignal): Promise<Seen> {
  const { expected, look, is, came = (seen) => JSON.stringify(seen), within = WITHIN_MS } = observation;
  const deadline = performance.now() + within;
  for (;;) {
    const seen = await look();
    if (is(seen)) return seen;
    if (performance.now() > deadline) throw new Unexpected(`${expected}, within ${within / 1000} s`, came(seen));
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** @throws Unexpected unless it is so. */
export function expectThat(isSo: boolean, expected: string, came: unknown): asserts isSo {
  if (!isSo) throw new Unexpected(expected, typeof came === 'string' ? came : JSON.stringify(came));
}
