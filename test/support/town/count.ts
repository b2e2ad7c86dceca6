import { eventName, type CallbackEvent } from '../../../src/catapult/events.ts';
import type { PlatformCall, PlatformConference } from '../controls.ts';
import type { Delivery } from '../customer.ts';
import { adoptedOf, generatedOf, keyOf, type Generated } from './truth.ts';

/*
 * Counts at both ends: what is on the platform and what it told, against what the customer got. Pure. Everything that is not as
 * promised is a sentence that names the conference and the event.
 */

/** A conference as the gateway and its workflow see it. */
export interface OurConference {
  conferenceId: string;
  phase: string;
  /** All events accepted, those among them that reconciling made up, and arrivals dropped as repetitions. */
  events?: { accepted: number; madeUp: number; repeated: number } | undefined;
}

export interface Evidence {
  conferences: OurConference[];
  platform: PlatformConference[];
  calls: PlatformCall[];
  /** In the order in which they came. */
  deliveries: Delivery[];
}

export interface Count {
  conferences: number;
  /** Events that happened on the platform in the conferences that are ours. */
  sent: number;
  /** Events that the platform's callbacks brought. */
  takenIn: number;
  /** Events that reconciling made up. */
  madeUp: number;
  /** What the platform's state shows, or what we answered 200, and the customer never got. */
  lost: string[];
  /** Conferences left open on the platform. */
  orphans: string[];
  /** Events that the customer got as two. */
  twice: string[];
  /** Conferences of ours that have not ended. */
  open: string[];
  /** Deliveries that came again, with the same webhook-id. */
  repeated: number;
  /** Events that we never answered 200, and that left no trace in the platform's state. */
  apart: string[];
  /** Events that the customer took after a later one that came to the same path, which is of one lane. */
  outOfOrder: string[];
  /** The longest time from an event on the platform to its first arrival at the customer (ms). */
  longestPause: number;
}

const ENDED = ['completed', 'failed', 'cancelled'];

export function count(evidence: Evidence): Count {
  const counts = evidence.conferences.map((ours) => countOne(ours, evidence));
  const sum = (part: (one: Count) => number) => counts.reduce((total, one) => total + part(one), 0);
  return {
    conferences: counts.length,
    sent: sum(({ sent }) => sent),
    takenIn: sum(({ takenIn }) => takenIn),
    madeUp: sum(({ madeUp }) => madeUp),
    lost: counts.flatMap(({ lost }) => lost),
    orphans: evidence.platform.filter(({ state }) => state !== 'completed').map((left) => orphan(left, evidence)),
    twice: counts.flatMap(({ twice }) => twice),
    open: counts.flatMap(({ open }) => open),
    repeated: sum(({ repeated }) => repeated),
    apart: counts.flatMap(({ apart }) => apart),
    outOfOrder: counts.flatMap(({ outOfOrder }) => outOfOrder),
    longestPause: Math.max(0, ...counts.map(({ longestPause }) => longestPause)),
  };
}

function countOne(ours: OurConference, { platform, calls, deliveries }: Evidence): Count {
  const { conferenceId } = ours;
  const all = deliveries.filter((delivery) => delivery.conferenceId === conferenceId);
  const told = all.filter(({ webhookId }, index) => all.findIndex((other) => other.webhookId === webhookId) === index);
  const adopted = adoptedOf(platform, ours);
  const generated = adopted === undefined ? [] : generatedOf(adopted, calls);
  const missing = missingFacts(adopted, told);
  const madeUp = ours.events?.madeUp ?? 0;
  const { lost, apart } = missingEvents(generated, told, missing, madeUp > 0);
  const accepted = ours.events?.accepted ?? Math.max(0, ...told.map(({ sequence }) => sequence));
  const say = (what: string) => `${conferenceId}: ${what}`;
  return {
    conferences: 1,
    sent: generated.length,
    takenIn: accepted - madeUp,
    madeUp,
    lost: [...missing.values(), ...lost].map(say),
    orphans: [],
    twice: doubled(generated, told).map(say),
    open: ENDED.includes(ours.phase) ? [] : [say(`is still ${ours.phase}`)],
    repeated: all.length - told.length,
    apart: apart.map(say),
    outOfOrder: outOfOrder(all).map(say),
    longestPause: longestPause(generated, told),
  };
}

/** What the platform's state shows and the customer was never told, by the name of the event that would have told it. */
function missingFacts(adopted: PlatformConference | undefined, told: Delivery[]): Map<string, string> {
  const missing = new Map<string, string>();
  if (adopted === undefined) return missing;
  const lacks = (name: string, memberId?: string) =>
    !told.some(({ event }) => eventName(event) === name && event.memberId === memberId);
  if (lacks('conference created')) missing.set('conference created ', '“created” never came');
  for (const { id, state, mute, hold } of adopted.members) {
    if (lacks('conference-member active', id)) missing.set(`conference-member active ${id}`, `${id} never joined`);
    if (state === 'completed' && lacks('conference-member completed', id))
      missing.set(`conference-member completed ${id}`, `${id} never left`);
    const last = latest(told.filter(({ event }) => event.memberId === id && event.eventType === 'conference-member'));
    if (last !== undefined && (last['mute'] !== mute || last['hold'] !== hold)) {
      const known = `mute ${String(last['mute'])}, hold ${String(last['hold'])}`;
      missing.set(`mute and hold of ${id}`, `${id} has mute ${mute}, hold ${hold}; the customer knows ${known}`);
    }
  }
  if (adopted.state === 'completed' && lacks('conference completed'))
    missing.set('conference completed ', '“completed” never came');
  return missing;
}

/** Which of a member's events is the last, by its own time; of two at one time the one that came later. */
function latest(told: Delivery[]): CallbackEvent | undefined {
  const time = ({ event }: Delivery) => Date.parse(event.time ?? '') || 0;
  return told.reduce<Delivery | undefined>((last, next) => (last && time(last) > time(next) ? last : next), undefined)
    ?.event;
}

/**
 * Events of the platform that the customer did not get: lost if we answered one 200, else counted apart. So is a join that
 * reconciling has told before its event came, with the mute and hold of that moment.
 */
function missingEvents(generated: Generated[], told: Delivery[], missing: Map<string, string>, reconciled: boolean) {
  const joins = [...groupedBy(generated.filter(isOfMember), ({ event }) => event.memberId ?? '').values()].map(
    ([first]) => first,
  );
  const lost: string[] = [];
  const apart: string[] = [];
  for (const [key, events] of groupedBy(generated, ({ event }) => keyOf(event))) {
    const [first] = events;
    const name = `${eventName(first.event)} ${first.event.memberId ?? ''}`;
    if (missing.has(name)) continue;
    const got = told.filter(({ event }) => keyOf(event) === key).length;
    const isJoinMadeUp = reconciled && got === 0 && first.answered && joins.includes(first);
    const promised = events.filter(({ answered }) => answered).length - (isJoinMadeUp ? 1 : 0);
    const what = `${name.trim()} (${key})`;
    if (promised > got) lost.push(`${what} was answered 200 ${promised} times, and came ${got} times`);
    if (isJoinMadeUp) apart.push(`${what} was told by asking before it came`);
    const unanswered = events.length - Math.max(promised, got) - (isJoinMadeUp ? 1 : 0);
    if (unanswered > 0) apart.push(`${what} was not delivered to us ${unanswered} times`);
  }
  return { lost, apart };
}

function isOfMember({ event }: Generated): boolean {
  return event.eventType === 'conference-member';
}

/** Events that came to the customer as more than they were; what is sent twice on one URL and has no state is two. */
function doubled(generated: Generated[], told: Delivery[]): string[] {
  return [...groupedBy(told, ({ event }) => keyOf(event))].flatMap(([key, got]) => {
    const ids = got.map(({ sequence }) => sequence).join(', ');
    const were = generated.filter(({ event }) => keyOf(event) === key).reduce((sum, { mayCome }) => sum + mayCome, 0);
    // Made up while the platform had no way to tell it: one stands for one.
    if (got.length <= Math.max(were, 1)) return [];
    return [`${eventName(got[0].event)} (${key}) happened ${were} times, and came as events ${ids}`];
  });
}

/** In which order the customer took them, path by path. */
function outOfOrder(all: Delivery[]): string[] {
  const taken = new Set<string>();
  const latest = new Map<string, number>();
  return all.flatMap(({ webhookId, sequence, path, answered }) => {
    if (answered !== 200 || taken.has(webhookId)) return [];
    taken.add(webhookId);
    const before = latest.get(path) ?? 0;
    latest.set(path, Math.max(before, sequence));
    return sequence < before ? [`event ${sequence} was taken after event ${before}`] : [];
  });
}

/** The first arrival of each event against the time when it happened. */
function longestPause(generated: Generated[], told: Delivery[]): number {
  const happened = groupedBy(generated, ({ event }) => keyOf(event));
  const pauses = [...groupedBy(told, ({ event }) => keyOf(event))].flatMap(([key, got]) =>
    got.flatMap(({ at }, index) => {
      const event = happened.get(key)?.[index];
      return event === undefined ? [] : [at - event.at];
    }),
  );
  return Math.max(0, ...pauses);
}

function orphan({ id, state, callbackUrl }: PlatformConference, { conferences }: Evidence): string {
  const ours = conferences.find(({ conferenceId }) => callbackUrl.includes(`/${conferenceId}/`));
  return `${ours?.conferenceId ?? 'nobody’s conference'}: ${id} is left ${state} on the platform`;
}

type AtLeastOne<Value> = [Value, ...Value[]];

function groupedBy<Value>(values: Value[], key: (value: Value) => string): Map<string, AtLeastOne<Value>> {
  const groups = new Map<string, AtLeastOne<Value>>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group === undefined) groups.set(key(value), [value]);
    else group.push(value);
  }
  return groups;
}
