import type { CallbackEvent } from '../../catapult/events.ts';
import { outsideText } from '../../catapult/outside-text.ts';
import { instantOr } from '../../catapult/resources.ts';
import {
  MAX_STATUSES,
  MAX_CALL_EVENTS,
  MAX_CALL_EVENTS_BYTES,
  MAX_SWITCH_CHARACTERS,
  UNMEASURED_MEMBERS,
  MAX_MEMBERS,
  MAX_MEMBERS_BYTES,
  MEMBERS_MEASURED_EVERY,
  FEWEST_WHERE_FORGOTTEN,
  USUAL_MEMBER_BYTES,
  PAIRING_WINDOW_MS,
  DEDUPE_WINDOW_MS,
  MIN_ARRIVALS,
  MAX_ARRIVALS,
} from '../budget.ts';
import type { Channel, DedupeMemory, MemberMemory, Switches, RememberedArrival } from '../state/dedupe.ts';
import { memberKey } from '../state/ids.ts';
import type { Span } from '../state/inputs.ts';
import { bytesOf, latestOf } from '../state/plain-data.ts';

/*
 * Dedupe: which arrivals are repetitions. The platform sends each event at most twice, once to each of our two URLs, and gives
 * it no id: so it is classified by the kind of event. Plain data, bounded.
 */

/** The events that a call sends once, and how many of them are remembered. */
const ONCE_PER_CALL = new Set(['answer', 'hangup', 'timeout']);

const WIRES_STATUSES = new Set(['created', 'completed']);

export interface Arrival {
  event: CallbackEvent;
  /** A digest of the body: equal bodies have equal digests. */
  digest: string;
  channel: Channel;
  /** When it came to the bridge (epoch milliseconds): a gateway that was down hands it on much later. */
  arrivedAt: number;
}

/** `new` is accepted and applied, `late` is accepted but changes nothing any more, `repeated` is dropped. */
export type Verdict = 'new' | 'late' | 'repeated';

/** Classifies an arrival and remembers it. */
export function classify(memory: DedupeMemory, arrival: Arrival): Verdict {
  const verdict = classifyArrival(memory, arrival);
  if (verdict === 'repeated') memory.repeated += 1;
  return verdict;
}

/** A status that we report ourselves is remembered as taken, so that the platform's own event is a repetition should it come after all. */
export function rememberStatus({ statuses }: DedupeMemory, status: string): void {
  statuses.push(status);
}

/** What was made up is remembered as taken, so that the event itself is a repetition should it come after all. */
export function rememberMadeUp(memory: DedupeMemory, event: CallbackEvent, asOf: Span): void {
  if (event.eventType === 'conference' && event.status !== undefined) rememberStatus(memory, event.status);
  if (event.eventType !== 'conference-member' || event.memberId === undefined) return;
  const key = memberKey(event.memberId);
  const seen = memberIn(event);
  const latest = memory.members[key];
  const madeUp = { to: asOf.to, mute: seen.mute, hold: seen.hold };
  const time = Math.max(seen.time, asOf.from);
  if (seen.state === 'completed') memory.members[key] = { ...latest, ...seen, joined: latest?.joined ?? false };
  else if (latest?.joined === true) memory.members[key] = { ...latest, ...seen, time, madeUp };
  else if (latest !== undefined) Object.assign(latest, { joined: true, madeUpJoin: seen.time });
  else memory.members[key] = { ...seen, time, joined: true, madeUpJoin: seen.time, madeUp };
  forgetOldest(memory.members);
}

function classifyArrival(memory: DedupeMemory, arrival: Arrival): Verdict {
  const { event } = arrival;
  if (event.eventType === 'conference' && event.status !== undefined && isCounted(memory, event.status))
    return classifyStatus(memory, event.status);
  if (ONCE_PER_CALL.has(event.eventType) && event.callId !== undefined) return classifyCallEvent(memory, event);
  const verdict =
    event.eventType === 'conference-member' && event.memberId !== undefined
      ? classifyMemberEvent(memory, event.memberId, arrival)
      : classifyByPairing(memory, arrival);
  if (verdict !== 'repeated') rememberArrival(memory, arrival);
  return verdict;
}

function isCounted({ statuses }: DedupeMemory, status: string): boolean {
  return statuses.length < MAX_STATUSES || statuses.includes(status) || WIRES_STATUSES.has(status);
}

/** A conference takes on each status once. */
function classifyStatus(memory: DedupeMemory, status: string): Verdict {
  if (memory.statuses.includes(status)) return 'repeated';
  memory.statuses.push(status);
  return 'new';
}

/** A call is answered, given up and hung up once. */
function classifyCallEvent(memory: DedupeMemory, { eventType, callId = '' }: CallbackEvent): Verdict {
  const key = `${eventType} ${callId}`;
  if (memory.calls.includes(key)) return 'repeated';
  memory.calls = latestOf([...memory.calls, key], MAX_CALL_EVENTS, MAX_CALL_EVENTS_BYTES);
  return 'new';
}

function memberIn(event: CallbackEvent): Seen {
  return {
    state: event.state === 'completed' ? 'completed' : 'active',
    time: instantOr(event.time, 0),
    mute: switchIn(event['mute']),
    hold: switchIn(event['hold']),
  };
}

/** `true`, `false`, or what else a platform writes there; nothing if it says nothing. */
function switchIn(value: unknown): string {
  if (value === undefined) return '';
  return outsideText(typeof value === 'string' ? value : JSON.stringify(value), MAX_SWITCH_CHARACTERS);
}

type Seen = Pick<MemberMemory, 'state' | 'time' | 'mute' | 'hold'>;

/** How an event of a member stands to what is remembered of that member. */
type Relation = 'first' | 'late-join' | 'made-up-join' | 'made-up' | 'untimed' | 'older' | 'known' | 'newer';

/** A member joins once and leaves once: a second leave is a repetition. In between mute and hold change, classified by the event's `time`. */
function classifyMemberEvent(memory: DedupeMemory, memberId: string, arrival: Arrival): Verdict {
  const seen = memberIn(arrival.event);
  const key = memberKey(memberId);
  const relation = relationOf(seen, memory.members[key]);
  rememberMember(memory, key, seen, relation);
  switch (relation) {
    case 'first':
    case 'newer':
      return 'new';
    case 'late-join':
      return 'late';
    case 'older':
      return wasTakenBefore(memory, arrival) ? 'repeated' : 'late';
    case 'untimed':
      return classifyByPairing(memory, arrival);
    case 'known':
    case 'made-up':
    case 'made-up-join':
      return 'repeated';
  }
}

function relationOf(seen: Seen, latest: MemberMemory | undefined): Relation {
  if (latest === undefined) return 'first';
  if (seen.state === 'completed') return latest.state === 'active' ? 'first' : 'known';
  if (!latest.joined) return 'late-join';
  if (seen.time === 0) return 'untimed';
  if (isMadeUpJoin(latest, seen.time)) return 'made-up-join';
  if (isMadeUp(latest, seen)) return 'made-up';
  if (latest.state === 'completed' || seen.time < latest.time) return 'older';
  return seen.time === latest.time && sameSwitches(latest, seen) ? 'known' : 'newer';
}

function rememberMember({ members }: DedupeMemory, key: string, seen: Seen, relation: Relation): void {
  const latest = members[key];
  if (relation === 'first') {
    members[key] = { ...latest, ...seen, joined: seen.state === 'active' || latest !== undefined };
    forgetOldest(members);
  }
  if (latest === undefined) return;
  if (relation === 'late-join') latest.joined = true;
  if (relation === 'made-up' && isAsMadeUp(latest)) latest.time = Math.max(latest.time, seen.time);
  if (relation === 'made-up-join') {
    // It may be a mute a moment after joining instead: the platform is asked which.
    if (!sameSwitches(latest, seen) && seen.time !== latest.madeUpJoin) latest.unsure = true;
    latest.madeUpJoin = seen.time;
  }
  if (relation !== 'newer') return;
  Object.assign(latest, seen);
  if (seen.time <= (latest.madeUp?.to ?? 0)) latest.unsure = true;
  else delete latest.unsure;
}

function sameSwitches(a: Switches, b: Switches): boolean {
  return a.mute === b.mute && a.hold === b.hold;
}

/** Whether reconciling has already reported the mute and hold of an event. */
function isMadeUp(latest: MemberMemory, seen: Seen): boolean {
  const { madeUp } = latest;
  if (madeUp === undefined || seen.time > madeUp.to || !sameSwitches(madeUp, seen)) return false;
  return isAsMadeUp(latest) || seen.time <= latest.time;
}

/** Whether mute and hold are still what reconciling has found. */
function isAsMadeUp(latest: MemberMemory): boolean {
  return latest.madeUp !== undefined && sameSwitches(latest, latest.madeUp);
}

/** Made up from a resource, whose times are whole seconds; the event's own is in that second. */
function isMadeUpJoin({ madeUpJoin }: MemberMemory, time: number): boolean {
  if (madeUpJoin === undefined) return false;
  return time === madeUpJoin || (madeUpJoin % 1_000 === 0 && Math.floor(time / 1_000) * 1_000 === madeUpJoin);
}

/**
 * Keeps a record of members bounded: those that left long ago go first, then those that were not seen to leave, and the newest never.
 * Answers those that went. What they take is not measured with each: that would cost as much as all that are remembered.
 */
export function forgetOldest<Entry extends { state: string }>(members: Record<string, Entry>): Entry[] {
  const keys = Object.keys(members);
  const newest = keys.pop();
  if (newest === undefined || keys.length < UNMEASURED_MEMBERS) return [];
  const isLong = bytesOf({ [newest]: members[newest] }) > USUAL_MEMBER_BYTES;
  const isMeasured = isLong || keys.length % MEMBERS_MEASURED_EVERY === 0;
  let bytes = isMeasured ? bytesOf(members) + MEMBERS_MEASURED_EVERY * USUAL_MEMBER_BYTES : 0;
  // There is room for the next ones too, and so their number passes where they are measured.
  const most = keys.length < MAX_MEMBERS ? MAX_MEMBERS : FEWEST_WHERE_FORGOTTEN;
  const isEnough = () => keys.length - forgotten.length < most && bytes <= MAX_MEMBERS_BYTES;
  const forgotten: Entry[] = [];
  if (isEnough()) return forgotten;
  const hasLeft = (key: string) => members[key]?.state === 'completed';
  for (const key of [...keys.filter(hasLeft), ...keys.filter((one) => !hasLeft(one))]) {
    const oldest = members[key];
    if (isEnough() || oldest === undefined) break;
    bytes -= bytesOf({ [key]: oldest });
    forgotten.push(oldest);
    delete members[key];
  }
  return forgotten;
}

/** An event without state of its own: its copy on the other channel within a minute is a repetition, nothing else is. */
function classifyByPairing({ arrivals }: DedupeMemory, { digest, channel, arrivedAt }: Arrival): Verdict {
  const copy = arrivals.find(
    (one) =>
      one.digest === digest && one.channel !== channel && !one.paired && isWithin(PAIRING_WINDOW_MS, one, arrivedAt),
  );
  if (copy === undefined) return 'new';
  copy.paired = true;
  return 'repeated';
}

function wasTakenBefore({ arrivals }: DedupeMemory, { digest, arrivedAt }: Arrival): boolean {
  return arrivals.some((one) => one.digest === digest && isWithin(DEDUPE_WINDOW_MS, one, arrivedAt));
}

/** Which of two came first does not matter: what waited in a gateway that was down is taken after what came later. */
function isWithin(window: number, { at }: RememberedArrival, arrivedAt: number): boolean {
  return Math.abs(arrivedAt - at) <= window;
}

function rememberArrival({ arrivals }: DedupeMemory, { digest, channel, arrivedAt }: Arrival): void {
  const isForgotten = ({ at }: RememberedArrival) =>
    arrivals.length >= MIN_ARRIVALS && arrivedAt - at > DEDUPE_WINDOW_MS;
  while (arrivals[0] !== undefined && (arrivals.length >= MAX_ARRIVALS || isForgotten(arrivals[0]))) arrivals.shift();
  arrivals.push({ digest, channel, at: arrivedAt, paired: false });
}
