import { LEASE_NUMBERS } from '../budget.ts';
import { log, type Step } from '../state/effects.ts';
import type { Postponed, Lease } from '../state/lease-state.ts';
import type { ConferenceState } from '../state/state.ts';
import { isRedelivery } from './lane-names.ts';
import { leaveGap } from './outbox.ts';

/*
 * The lease, as the workflow keeps it. While one is out, its holder alone numbers and delivers events: the workflow delivers nothing but
 * redeliveries, and what it would number itself is held until the lease is back.
 */

type Leased = Pick<ConferenceState, 'leases'>;

/** The lease that is out. */
export function leaseOf({ leases }: Leased): Lease | undefined {
  return leases?.lease;
}

/** Whether the holder of a lease delivers a lane's events. */
export function isUnderLease(state: Leased, lane: string): boolean {
  return leaseOf(state) !== undefined && !isRedelivery(lane);
}

/** It is recalled at the end of the step. */
export function wantLease(state: Leased, why: string): void {
  const lease = leaseOf(state);
  if (lease !== undefined) lease.wanted ??= why;
}

/** Keeps something until the lease is back; it is recalled at the end of the step. */
export function postpone({ leases }: Leased, postponed: Postponed): void {
  leases?.postponed.push(postponed);
}

/** What was held and may be done now. */
export function nextPostponed({ leases }: Leased): Postponed | undefined {
  return leases?.lease === undefined ? leases?.postponed.shift() : undefined;
}

/** The holder has reported everything. */
export function endLease({ leases, deadlines }: Pick<ConferenceState, 'leases' | 'deadlines'>): void {
  delete leases?.lease;
  delete deadlines.lease;
}

/** Nobody has given it back: what its holder has numbered and not reported keeps its numbers, should it come. */
export function expireLease(state: ConferenceState, step: Step): void {
  leaveGap(state.outbox, state.outbox.nextSequence + LEASE_NUMBERS);
  endLease(state);
  log(step, 'the lease has run out, and its gateway has not given it back');
}
