import { CALLS_IN_A_ROW_MS, CONFERENCE_EVERY_MS, MAX_CALLS_IN_A_ROW } from './budget.ts';
import { catapultError } from '../catapult/errors.ts';
import type { Clock } from './clock.ts';
import type { Settings } from './settings.ts';

/** The platform's default rate limits, as far as the settings switch them on. What is refused does not count. */
export class Limits {
  private readonly clock: Clock;
  private readonly settings: Settings;
  private lastConference = -Infinity;
  private calls: number[] = [];

  constructor(clock: Clock, settings: Settings) {
    this.clock = clock;
    this.settings = settings;
  }

  /** @throws CatapultError 429 when the conference before was less than a second ago. */
  takeConference(): void {
    const now = this.clock.now();
    const reset = this.lastConference + CONFERENCE_EVERY_MS;
    if (this.settings.conferenceRateLimit && now < reset) throw rateLimited(reset);
    this.lastConference = now;
  }

  /** @throws CatapultError 403 when there were ten calls in the last ten seconds. */
  takeCall(): void {
    const now = this.clock.now();
    this.calls = this.calls.filter((at) => at > now - CALLS_IN_A_ROW_MS);
    if (this.settings.callRateLimit && this.calls.length >= MAX_CALLS_IN_A_ROW) {
      throw catapultError('call-rate-limit', 'There were more calls than 1 per second, averaged over 10 s.');
    }
    this.calls.push(now);
  }
}

/** 429, with the time from which on it is worth trying again (epoch milliseconds). */
export function rateLimited(reset: number) {
  return catapultError('rate-limit-reached', 'There were more requests than the limit allows.', {
    headers: { 'x-ratelimit-reset': String(reset) },
  });
}
