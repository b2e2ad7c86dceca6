import { setTimeout as sleep } from 'node:timers/promises';

/** Much longer than anything takes on a machine that is busy with other tests, and shorter than a test may take. */
const WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 50;

/** What is waited for cannot come any more: thrown by a look, it ends the wait at once. */
export class CannotCome extends Error {}

/**
 * Looks until there is something to see: all but `undefined` and `false`. What throws is looked at again. Tests wait by
 * this, `stays` and `timePasses` alone.
 * @throws after `withinMs`, with what was waited for and why the last look failed.
 */
export async function until<Seen>(
  what: string,
  look: () => Seen | Promise<Seen>,
  withinMs = WITHIN_MS,
  everyMs = LOOK_EVERY_MS,
): Promise<Exclude<Seen, undefined | false>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    let why = '';
    try {
      const seen = await look();
      if (isThere(seen)) return seen;
    } catch (error) {
      if (error instanceof CannotCome) throw error;
      why = `: ${messageOf(error)}`;
    }
    if (performance.now() > deadline) throw new Error(`${withinMs / 1_000} s passed, and not yet: ${what}${why}`);
    await sleep(everyMs);
  }
}

/** For where what counts is that time passes, and nothing shows it: `why` tells the reader. */
export async function timePasses(_why: string, forMs: number): Promise<void> {
  await sleep(forMs);
}

/**
 * Looks whether it stays so, for what shows by nothing that comes later.
 * @throws as soon as it does not.
 */
export async function stays(what: string, isSo: () => boolean | Promise<boolean>, forMs: number): Promise<void> {
  const end = performance.now() + forMs;
  while (performance.now() < end) {
    if (!(await isSo())) throw new Error(`it did not stay so: ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}

function isThere<Seen>(seen: Seen): seen is Exclude<Seen, undefined | false> {
  return seen !== undefined && seen !== false;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
