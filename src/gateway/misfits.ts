import type { ConferenceIds } from '../client/index.ts';
import { MISFITS_LOGGED_EVERY_MS } from './budget.ts';
import type { Logger } from '../telemetry/log.ts';

/** Why callbacks are turned away: by strangers now and then, and all of them where settings do not fit. */
export const MISFITS = {
  signature:
    'The signature in the URL of a callback does not fit, so it was answered 404: have worker and gateway the same CALLBACK_KEYS?',
  address:
    'A callback came from an address that is in none of PLATFORM_NETWORKS, so it was answered 404: has the platform others, or is there a proxy that TRUSTED_PROXIES does not name?',
} as const;

/** Callbacks that were turned away for one of these reasons. */
export class Misfits {
  private readonly logger: Logger;
  private readonly why: keyof typeof MISFITS;
  private loggedAt = -Infinity;
  private unlogged = 0;

  constructor(logger: Logger, why: keyof typeof MISFITS) {
    this.logger = logger;
    this.why = why;
  }

  /** A line a minute, whatever number comes. */
  note(about: ConferenceIds & { address?: string }): void {
    this.unlogged += 1;
    if (performance.now() - this.loggedAt < MISFITS_LOGGED_EVERY_MS) return;
    this.logger.warn({ ...about, count: this.unlogged }, MISFITS[this.why]);
    this.loggedAt = performance.now();
    this.unlogged = 0;
  }
}
