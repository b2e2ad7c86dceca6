import { measure, type Step } from '../state/effects.ts';
import type { LoggedAttempt } from '../state/event-log.ts';
import type { WaitingEvent } from '../state/outbox.ts';

/** Counts how old an event was when its customer had it. What was sent under a lease, before it was accepted here, is counted by its gateway. */
export function measureAge(
  { since }: WaitingEvent,
  request: LoggedAttempt | undefined,
  { effects }: Partial<Pick<Step, 'effects'>>,
): void {
  if (effects === undefined || request === undefined || request.at < since) return;
  measure({ effects }, { of: 'delivered', seconds: (request.at + request.milliseconds - since) / 1_000 });
}
