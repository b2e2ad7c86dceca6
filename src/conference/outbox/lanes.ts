import { customerEvent, eventName, isEnd, type EventBody } from '../../catapult/events.ts';
import { usesOwnFields } from '../../catapult/field-uses.ts';
import { log, measure, type Step } from '../state/effects.ts';
import type { LoggedEvent, Source } from '../state/event-log.ts';
import type { ConferenceIds } from '../state/ids.ts';
import type { LeaseTerms } from '../state/lease.ts';
import type { LaneTarget } from '../state/outbox.ts';
import type { ConferenceState } from '../state/state.ts';
import { postpone, leaseOf } from './lease.ts';
import { redeliveryLane, targetLane } from './lane-names.ts';
import { deadLetterAll, enqueue, enqueueRedelivery } from './outbox.ts';

/*
 * Which events go to the customer in which lane of the outbox: one lane for the conference, one for each dialled call
 * that has a callbackUrl of its own.
 */

/** The lane of the conference's own events. */
export const CONFERENCE_LANE = 'conference';

/** The lane of a call's events, by the attempt id in its callback URLs. */
export function callLane(dialId: string): string {
  return `call ${dialId}`;
}

/** What decides where events go: the state, or the terms of a lease. */
type Addresses = Pick<LeaseTerms, 'calls' | 'settings'> & Partial<Pick<ConferenceState, 'outbox'>>;

/** Where a lane's events go now: not to a URL that has answered 410 and has not been changed since. */
export function targetOf({ calls, settings, outbox }: Addresses, lane: string): LaneTarget {
  const place = targetLane(lane);
  const call = Object.entries(calls).find(([id]) => callLane(id) === place)?.[1];
  const { callbackUrl, fallbackUrl, callbackHttpMethod, callbackTimeout } = call ?? settings;
  // What was for a call that is not known any more is for nobody.
  const isKnown = call !== undefined || place === CONFERENCE_LANE;
  const urls = isKnown ? { callbackUrl, fallbackUrl } : { callbackUrl: undefined, fallbackUrl: undefined };
  return withoutGone({ ...urls, callbackHttpMethod, callbackTimeout }, outbox?.lanes[lane]?.gone ?? []);
}

interface Urls {
  callbackUrl?: string | undefined;
  fallbackUrl?: string | undefined;
}

/** A target without the URLs that have answered 410. */
export function withoutGone<Target extends Urls>(target: Target, gone: readonly string[]): Target {
  const open = (url: string | undefined) => (url !== undefined && gone.includes(url) ? undefined : url);
  return { ...target, callbackUrl: open(target.callbackUrl), fallbackUrl: open(target.fallbackUrl) };
}

/** Whether a target has no URL left. */
export function hasNoUrl({ callbackUrl, fallbackUrl }: Urls): boolean {
  return callbackUrl === undefined && fallbackUrl === undefined;
}

/** Where no URL is left, what waits becomes dead letters. */
export function deadLetterWithoutTarget(state: ConferenceState, lane: string, step: Step): void {
  if (hasNoUrl(targetOf(state, lane))) deadLetterAll(state.outbox, lane, step);
}

/** An event is to be delivered again, beside all others. */
export function redeliver(state: ConferenceState, record: LoggedEvent, step: Step): void {
  const lane = redeliveryLane(record.lane ?? CONFERENCE_LANE);
  log(step, `event ${record.sequence} is to be delivered again`);
  enqueueRedelivery(state.outbox, lane, record, step);
  deadLetterWithoutTarget(state, lane, step);
}

interface Accepted {
  /** The dialled call on whose URL it came. */
  dialId?: string | undefined;
  source?: Source;
  /** Set where it was judged under a lease: then it has a number, or gets one here as its lease is over. */
  lent?: { eventSequence?: number | undefined } | undefined;
  trace?: string | undefined;
}

/**
 * Takes an event in, for good: from here it is delivered or becomes a dead letter. While a lease is out, an event that was not judged under
 * it gets its number when the lease is back.
 */
export function accept(
  state: ConferenceState,
  event: EventBody,
  step: Step,
  { dialId, source = 'platform', lent, trace }: Accepted = {},
): void {
  if (leaseOf(state) !== undefined && lent === undefined) return postpone(state, { event, dialId, source });
  const lane = laneFor(state, event, dialId);
  const body = withReason(eventFor(state, event, step), state);
  enqueue(state.outbox, lane, body, step, { source, numbered: lent?.eventSequence, trace });
  measure(step, { of: 'accepted', source, eventType: event.eventType });
  if (lane !== undefined) deadLetterWithoutTarget(state, lane, step);
  const notes = [source === 'platform' ? [] : source, lane === undefined ? 'no callbackUrl: recorded only' : []]
    .flat()
    .join(', ');
  log(step, `${eventName(event)}${notes === '' ? '' : ` (${notes})`}`);
}

/** An event as the customer gets it. */
export function eventFor(
  { settings, platformTag }: Pick<LeaseTerms, 'settings' | 'platformTag'>,
  event: EventBody,
  { userId, conferenceId }: ConferenceIds,
): EventBody {
  return customerEvent(event, { userId, conferenceId, tag: settings.tag, platformTag });
}

/** The reason goes to customers who have used our own fields; all others get what Catapult would have sent. */
function withReason(event: EventBody, { settings, reason }: ConferenceState): EventBody {
  return isEnd(event) && usesOwnFields(settings) && reason !== undefined ? { ...event, reason } : event;
}

/** A call's digits belong to the conference where the call has no callbackUrl of its own; its other events are its own matter. */
export function laneFor(
  { calls, settings }: Addresses,
  { eventType }: EventBody,
  dialId: string | undefined,
): string | undefined {
  const call = dialId === undefined ? undefined : calls[dialId];
  if (call === undefined || (eventType === 'dtmf' && call.callbackUrl === undefined)) {
    return settings.callbackUrl === undefined ? undefined : CONFERENCE_LANE;
  }
  return dialId === undefined || call.callbackUrl === undefined ? undefined : callLane(dialId);
}
