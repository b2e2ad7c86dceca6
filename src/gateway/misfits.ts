import { MISFITS_TOLD_EVERY_MS } from './budget.ts';
import type { Logger } from '../telemetry/log.ts';

/** Callbacks whose signature does not fit: strangers' now and then; all of them where worker and gateway have different keys. */
export class Misfits {
  private readonly logger: Logger;
  private toldAt = -Infinity;
  private untold = 0;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  /** A line a minute, whatever number comes. */
  note(conferenceId: string): void {
    this.untold += 1;
    if (performance.now() - this.toldAt < MISFITS_TOLD_EVERY_MS) return;
    this.logger.warn(
      { conferenceId, count: this.untold },
      'The signature in the URL of a callback does not fit, so it was answered 404: have worker and gateway the same CALLBACK_KEYS?',
    );
    this.toldAt = performance.now();
    this.untold = 0;
  }
}
