import type { ConferenceIds } from '../client/index.ts';
import { MISFITS_LOGGED_EVERY_MS } from './budget.ts';
import type { Logger } from '../telemetry/log.ts';

/** Callbacks whose signature does not fit: strangers' now and then; all of them where worker and gateway have different keys. */
export class Misfits {
  private readonly logger: Logger;
  private loggedAt = -Infinity;
  private unlogged = 0;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  /** A line a minute, whatever number comes. */
  note({ userId, conferenceId }: ConferenceIds): void {
    this.unlogged += 1;
    if (performance.now() - this.loggedAt < MISFITS_LOGGED_EVERY_MS) return;
    this.logger.warn(
      { userId, conferenceId, count: this.unlogged },
      'The signature in the URL of a callback does not fit, so it was answered 404: have worker and gateway the same CALLBACK_KEYS?',
    );
    this.loggedAt = performance.now();
    this.unlogged = 0;
  }
}
