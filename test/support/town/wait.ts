import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY = 100;

/**
 * Looks until there is something to see; what throws is looked at again.
 * @throws after `within` milliseconds, with what was waited for and why the last look failed.
 */
export async function until<Seen>(
  what: string,
  look: () => Seen | undefined | Promise<Seen | undefined>,
  within = 60_000,
  every = LOOK_EVERY,
): Promise<Seen> {
  const deadline = Date.now() + within;
  for (;;) {
    let why = '';
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
    } catch (error) {
      why = `: ${messageOf(error)}`;
    }
    if (Date.now() > deadline) throw new Error(`${within / 1_000} s passed, and not yet: ${what}${why}`);
    await sleep(every);
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
