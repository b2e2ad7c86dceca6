import { LEASE_NUMBERS } from '../budget.ts';
import { log, type Step } from '../state/effects.ts';
import type { Held, Lease } from '../state/lending.ts';
import type { ConferenceState } from '../state/state.ts';
import { isRedelivery, leaveGap } from './outbox.ts';

/*
 * The lease, as the workflow keeps it. While one is out, its holder alone numbers and delivers events: the workflow delivers nothing but
 * redeliveries, and what it would number itself is held until the lease is back.
 */

type Lent = Pick<ConferenceState, 'lending'>;

/** The lease that is out. */
export function leaseOf({ lending }: Lent): Lease | undefined {
  return lending?.lease;
}

/** Whether the holder of a lease delivers a lane's events. */
export function isLent(state: Lent, lane: string): boolean {
  return leaseOf(state) !== undefined && !isRedelivery(lane);
}

/** It is recalled at the end of the step. */
export function wantLease(state: Lent, why: string): void {
  const lease = leaseOf(state);
  if (lease !== undefined) lease.wanted ??= why;
}

/** Keeps something until the lease is back; it is recalled at the end of the step. */
export function hold({ lending }: Lent, held: Held): void {
  lending?.held.push(held);
}

/** What was held and may be done now. */
export function nextHeld({ lending }: Lent): Held | undefined {
  return lending?.lease === undefined ? lending?.held.shift() : undefined;
}

/** The holder has reported everything. */
export function endLease({ lending, deadlines }: Pick<ConferenceState, 'lending' | 'deadlines'>): void {
  delete lending?.lease;
  delete deadlines.lease;
}

/** Nobody has given it back: what its holder has numbered and not reported keeps its numbers, should it come. */
export function expireLease(state: ConferenceState, step: Step): void {
  leaveGap(state.outbox, state.outbox.nextSequence + LEASE_NUMBERS);
  endLease(state);
  log(step, 'the lease has run out, and its gateway has not given it back');
}
