import { beforeEach, expect } from '@jest/globals';
import { enqueue, nextBatch, nextTryAt, settleDelivery } from '../../src/conference/outbox/outbox.ts';
import {
  emptyOutbox,
  type DeliveryBatch,
  type DeliveryResult,
  type Outbox,
} from '../../src/conference/state/outbox.ts';
import { took } from './outbox-took.ts';

/* An outbox, empty before each test, with a clock that the test moves, and customers who take what they take. */

export const LANE = 'conference';
export const START = Date.UTC(2026, 0, 1);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export let outbox: Outbox;
export let now: number;
beforeEach(() => {
  outbox = emptyOutbox();
  now = START;
});

export const context = () => ({ conferenceId: 'conf-abc', runId: 'run-1', now });
export const put = (lane: string | undefined = LANE, note = '') =>
  enqueue(outbox, lane, { eventType: 'dtmf', note }, context());
export const sequencesOf = (batch: DeliveryBatch | undefined) => batch?.events.map(({ sequence }) => sequence);
export const dueNow = (lane = LANE) => sequencesOf(nextBatch(outbox, lane, now));
export const waiting = (lane = LANE) => (outbox.lanes[lane]?.waiting ?? []).map(({ sequence }) => sequence);
export const dead = () => outbox.deadLetters.map(({ sequence }) => sequence);
export const laneOf = (name = LANE) => {
  const lane = outbox.lanes[name];
  if (lane === undefined) throw new Error(`there is no lane ${name}`);
  return lane;
};

export function settled(delivered: number[], failed?: number, lane = LANE): void {
  const result: DeliveryResult = { attempts: took(delivered, now) };
  if (failed !== undefined) result.failed = { sequence: failed, error: '500' };
  settleDelivery(outbox, lane, result, context());
}

/** Lets time pass, in milliseconds. */
export function pass(duration: number): void {
  now += duration;
}

/** Goes to an instant. */
export function goTo(at: number): void {
  now = at;
}

/** Goes to the instant of the next try; gives the minutes that passed. */
export function untilNextTry(): number {
  const at = nextTryAt(laneOf()) ?? now;
  const minutes = (at - now) / MINUTE;
  now = at;
  return withoutJitter(minutes);
}

const PAUSES = [1, 2, 5, 10, 30, 60, 120, 240];

/** The pause that this one (minutes) is, give or take the tenth by which it may differ; itself if it is none. */
export function withoutJitter(minutes: number): number {
  return PAUSES.find((pause) => Math.abs(minutes - pause) <= pause * 0.1 + 1e-9) ?? minutes;
}

/** A customer who takes some events and not others. */
export interface Customer {
  takes: (sequence: number, at: number) => boolean;
}

export interface Attempted {
  sequence: number;
  at: number;
  ok: boolean;
}

/** Delivers what is due, as the activity does: in order, until the first that fails. */
export function deliverOnce({ takes }: Customer, lane = LANE): Attempted[] {
  const batch = nextBatch(outbox, lane, now);
  if (batch === undefined) return [];
  const attempted: Attempted[] = [];
  for (const { sequence } of batch.events) {
    const ok = takes(sequence, now);
    attempted.push({ sequence, at: now, ok });
    if (!ok) break;
  }
  const passed = attempted.filter(({ ok }) => ok).map(({ sequence }) => sequence);
  settled(passed, attempted.find(({ ok }) => !ok)?.sequence, lane);
  return attempted;
}

/** Delivers until nothing waits, or until an instant; fails if the alarm does not get on. */
export function deliverAll(customer: Customer, until = Infinity): Attempted[] {
  const attempted: Attempted[] = [];
  for (let round = 0; round < 5_000; round += 1) {
    const made = deliverOnce(customer);
    attempted.push(...made);
    if (made.length > 0) continue;
    const at = outbox.lanes[LANE] && nextTryAt(outbox.lanes[LANE]);
    if (at === undefined || at >= until) {
      if (Number.isFinite(until)) now = until;
      return attempted;
    }
    expect(at).toBeGreaterThan(now);
    now = at;
  }
  throw new Error('delivering never ends');
}

export const everything: Customer = { takes: () => true };
export const nothing: Customer = { takes: () => false };
export const allBut = (...poison: number[]): Customer => ({ takes: (sequence) => !poison.includes(sequence) });
export const deliveredOf = (attempted: Attempted[]) => attempted.filter(({ ok }) => ok).map(({ sequence }) => sequence);
/** The pauses between attempts, in minutes. */
export const pausesOf = (attempted: Attempted[]) =>
  attempted.slice(1).map(({ at }, index) => withoutJitter((at - (attempted[index]?.at ?? 0)) / MINUTE));
