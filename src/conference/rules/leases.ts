import { isEnd, saidBy, type CallbackEvent, type EventBody } from '../../catapult/events.ts';
import { usesOwnFields } from '../../catapult/field-uses.ts';
import { present } from '../../catapult/present.ts';
import type { CreateConferenceRequest } from '../../catapult/requests.ts';
import { LEASE_MS, MAX_LEASE_TERMS_BYTES, RECALLED_WITHIN_MS } from '../budget.ts';
import { classify } from '../facts/dedupe.ts';
import { changesAddresses, waitsForHolder } from '../facts/refusals.ts';
import { eventFor, hasNoUrl, laneFor, targetOf } from '../outbox/lanes.ts';
import { endLease, expireLease, leaseOf, wantLease } from '../outbox/lease.ts';
import { isEmpty, nextTryAt } from '../outbox/outbox.ts';
import { log, type Step } from '../state/effects.ts';
import { eventIdOf, isDialId, type ConferenceIds } from '../state/ids.ts';
import type { Input, Receipt } from '../state/inputs.ts';
import type { FirstHolder, LeaseAnswer, LeaseAsk, LeaseTerms } from '../state/lease.ts';
import type { LaneTarget } from '../state/outbox.ts';
import { bytesOf } from '../state/plain-data.ts';
import { initialState, isClosed, type ConferenceState } from '../state/state.ts';
import { digestOf, isOfConference } from './callbacks.ts';
import { adoptOrComplete, takeOverCreation } from './creating.ts';

/*
 * Leases: who judges, numbers and delivers a conference's events. It is the workflow, unless it has lent that to the gateway that
 * journals them: then an event goes to the customer as soon as it is on disk, and the workflow hears of both together.
 */

/** Lends to a gateway that asks, or for longer, if nothing speaks against it. */
export function grantLease(state: ConferenceState, ask: LeaseAsk, step: Step): void {
  adoptSeen(state, ask, step);
  const lease = leaseOf(state);
  const { epoch = 0 } = state.leases ?? {};
  if (ask.epoch !== undefined) {
    const isItsOwn = lease?.opening === ask.opening && ask.epoch === epoch && lease.returning === undefined;
    if (isItsOwn) lease.until = step.now + LEASE_MS;
    return;
  }
  // Who has asked so long ago has gone; and may have asked again since, and have it.
  if (step.now > ask.until) return;
  // Who asks for a new one has reported all of what it had before.
  if (lease !== undefined && [ask.opening, ...ask.follows].includes(lease.opening)) endLease(state);
  else wantLease(state, 'another gateway asks for it');
  if (refusalOfLease(state) !== undefined) return;
  const { opening, url } = ask;
  state.leases = { epoch: epoch + 1, lease: { opening, url, until: step.now + LEASE_MS }, postponed: [] };
}

function adoptSeen(state: ConferenceState, { seen }: LeaseAsk, step: Step): void {
  if (seen === undefined || state.platformId !== undefined || isClosed(state)) return;
  state.createAttempts[seen.attemptId] ??= seen.platformId;
  if (state.createAttempts[seen.attemptId] === seen.platformId)
    adoptOrComplete(state, seen.platformId, 'shown by an event that waits at the bridge', step);
}

/** What became of it; as seen at once, before anything else is taken. */
export function leaseAnswerOf(state: ConferenceState, { opening, epoch, until }: LeaseAsk, now: number): LeaseAnswer {
  const lease = leaseOf(state);
  if (epoch === undefined && now > until) return { outcome: 'refused', why: 'it was asked for too late' };
  if (lease === undefined) {
    const why = refusalOfLease(state) ?? 'it has run out';
    return { outcome: 'refused', why, ...present({ isPassing: lendsSoon(state) || undefined }) };
  }
  if (lease.opening !== opening || lease.returning !== undefined) return { outcome: 'refused', why: 'it is recalled' };
  return epoch !== undefined && epoch !== state.leases?.epoch
    ? { outcome: 'refused', why: 'it has run out' }
    : epoch !== undefined
      ? { outcome: 'renewed' }
      : { outcome: 'granted', terms: termsOf(state) };
}

/** Why nothing is lent now, in words; undefined if it may be. */
export function refusalOfLease(state: ConferenceState): string | undefined {
  const refusal = lastingRefusalOf(state);
  if (refusal !== undefined) return refusal;
  if (!isEmpty(state.outbox)) return 'events wait for the customer';
  return bytesOf(termsOf(state)) > MAX_LEASE_TERMS_BYTES ? 'it remembers too much' : undefined;
}

/** Whether nothing is lent only because of events that are on their way to a customer who takes them. */
export function lendsSoon(state: ConferenceState): boolean {
  const isBackingOff = Object.values(state.outbox.lanes).some((lane) => (nextTryAt(lane) ?? 0) > 0);
  return !isEmpty(state.outbox) && !isBackingOff && lastingRefusalOf(state) === undefined;
}

function lastingRefusalOf({ platformId, phase, outbox, participants, changes, leases }: ConferenceState) {
  if (platformId === undefined || (phase !== 'created' && phase !== 'active')) return `the conference is ${phase}`;
  if (leases?.lease !== undefined || (leases?.postponed.length ?? 0) > 0) return 'another gateway has it';
  if (Object.values(outbox.lanes).some(({ gone }) => gone !== undefined)) return 'a URL has answered 410';
  if (participants.some(({ status }) => status === 'waiting' || status === 'dialing'))
    return 'participants are dialled';
  if (changes.open.some(({ change }) => changesAddresses(change))) return 'the callback fields are being changed';
  return undefined;
}

/** What the holder judges by. */
export function termsOf({ leases, outbox, settings, ...state }: ConferenceState): LeaseTerms {
  const { callbackUrl, fallbackUrl, callbackHttpMethod, callbackTimeout, tag } = settings;
  return {
    epoch: leases?.epoch ?? 0,
    nextSequence: outbox.nextSequence,
    platformId: state.platformId ?? '',
    createAttempts: state.createAttempts,
    settings: { callbackUrl, fallbackUrl, callbackHttpMethod, callbackTimeout, tag },
    ...present({ platformTag: state.platformTag }),
    calls: state.calls,
    dedupe: state.dedupe,
    tellsReason: usesOwnFields(settings),
  };
}

/** What the gateway judges by that has started a conference, once its attempt has created it on the platform. */
export function firstTermsOf(
  request: CreateConferenceRequest,
  holder: FirstHolder,
  { platformId, now }: { platformId: string; now: number },
): LeaseTerms {
  return termsOf({
    ...initialState(request, now, { holder }),
    platformId,
    createAttempts: { [holder.attemptId]: platformId },
  });
}

/** What is to be done with an event: nothing if it is a repetition; else it has a number, and goes to its target, if it has one. */
export type Judgement =
  | { verdict: 'repeated' }
  | { verdict: 'accepted'; sequence: number; id: string; event: EventBody; delivery?: Delivery };

interface Delivery {
  lane: string;
  target: LaneTarget;
}

/**
 * Judges an event by what was lent, as the workflow will when it hears of it, and remembers it there. Undefined for what only the
 * workflow can judge: then the lease is to be given back.
 */
export function judge(
  terms: LeaseTerms,
  receipt: Omit<Receipt, 'sequence'>,
  ids: ConferenceIds,
): Judgement | undefined {
  const event = saidBy(receipt.event);
  const dialId = isDialId(receipt.attemptId) ? receipt.attemptId : undefined;
  const isOurs = dialId === undefined ? isAdopted(terms, receipt.attemptId, event) : isOfCall(terms, dialId, event);
  if (!isOurs || (terms.tellsReason && isEnd(event))) return undefined;
  const verdict = classify(terms.dedupe, { ...receipt, event, digest: digestOf(receipt) });
  if (verdict === 'repeated') return { verdict };
  const sequence = terms.nextSequence++;
  const body = eventFor(terms, receipt.event, ids);
  const lane = laneFor(terms, receipt.event, dialId);
  const target = lane === undefined ? undefined : targetOf(terms, lane);
  const delivery = lane === undefined || target === undefined || hasNoUrl(target) ? undefined : { lane, target };
  const id = eventIdOf(ids.conferenceId, sequence, body);
  return { verdict: 'accepted', sequence, id, event: body, ...present({ delivery }) };
}

function isAdopted(
  { createAttempts: attempts, platformId }: LeaseTerms,
  attemptId: string,
  { conferenceId }: CallbackEvent,
): boolean {
  const ofAttempt = attempts[attemptId];
  if (conferenceId === undefined) return (ofAttempt ?? platformId) === platformId;
  return ofAttempt === platformId && conferenceId === platformId;
}

function isOfCall({ calls }: LeaseTerms, dialId: string, event: CallbackEvent): boolean {
  return calls[dialId] !== undefined && !isOfConference(event);
}

/** Whether this must not be judged before the holder has reported: it may have taken and delivered the same event. */
export function waitsForLease(state: ConferenceState, input: Input): boolean {
  const lease = leaseOf(state);
  if (lease === undefined) return false;
  if (input.type === 'platform-read') return true;
  return input.type === 'callbacks' && ![input.batch.opening, ...(input.batch.follows ?? [])].includes(lease.opening);
}

/**
 * Whether this is judged by all callbacks that have come, and some wait. What is due may have been reported long ago, by one that waited with it
 * for a worker; and a lease is back when all is taken that was reported under it. What the platform says is judged by those of another gateway
 * too, which wait for the lease (`hasWork`: some may be taken now).
 */
export function waitsForCallbacks(
  { rules }: ConferenceState,
  { type }: Input,
  { isEmpty: nothingWaits, hasWork }: { isEmpty: boolean; hasWork: boolean },
): boolean {
  if (type === 'platform-read' && rules > 1) return !nothingWaits;
  return ['clock', 'platform-read', 'lease-recalled'].includes(type) && hasWork;
}

/** The holder was asked for it, and has it not, or does not answer. */
export function noteRecalled(state: ConferenceState, epoch: number, isBack: boolean, step: Step): void {
  const lease = leaseOf(state);
  if (lease === undefined || state.leases?.epoch !== epoch) return;
  if (isBack) endLease(state);
  else if (lease.until <= step.now) expireLease(state, step);
}

/** Recalls the lease where something waits for it, and sees that it is waited for no longer than it holds; called after every step. */
export function keepLease(state: ConferenceState, step: Step): void {
  const lease = leaseOf(state);
  // Its holder has died, or given it back without a attempt.
  if (lease === undefined && state.creation === 'lent') takeOverCreation(state, { mayHaveMade: true }, step);
  if (lease === undefined || state.leases === undefined) return;
  const why = reasonToRecall(state);
  if (why !== undefined && lease.returning === undefined) {
    lease.returning = 'asked';
    // One that has run out, for nobody needed it, may be given back all the same.
    lease.until = Math.max(lease.until, step.now + RECALLED_WITHIN_MS);
    const { opening, url, until } = lease;
    log(step, `the lease is recalled: ${why}`);
    step.effects.push({ type: 'recall-lease', epoch: state.leases.epoch, opening, url, until });
  }
  if (why !== undefined || !isEmpty(state.outbox)) state.deadlines.lease = lease.until;
  else delete state.deadlines.lease;
}

function reasonToRecall(state: ConferenceState): string | undefined {
  if (isClosed(state)) return 'the conference is over';
  if (state.creation === 'lent' && state.phase === 'ending') return 'the conference is to end';
  const { wanted } = leaseOf(state) ?? {};
  if (wanted !== undefined) return wanted;
  if ((state.leases?.postponed.length ?? 0) > 0) return 'something waits that its gateway must not judge';
  const isWaitedFor = state.changes.open.some(({ change }) => waitsForHolder(state, change));
  return isWaitedFor ? 'a change waits for it' : undefined;
}
