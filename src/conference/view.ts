import { catapultError, errorBody, type WireError } from '../catapult/errors.ts';
import {
  exactTime,
  instantOf,
  wireTime,
  withoutUserinfo,
  type Conference,
  type Member,
} from '../catapult/resources.ts';
import { MAX_RECORDS_BYTES } from './budget.ts';
import { standingOf } from './facts/watchers.ts';
import { acceptedBy } from './outbox/outbox.ts';
import { CUSTOMER_DEADLINES, deadlinesOf } from './state/deadlines.ts';
import { recordOf, type EventLog, type LoggedEvent } from './state/event-log.ts';
import { scheduleOf } from './state/ids.ts';
import type { DeadLetter, Outbox } from './state/outbox.ts';
import { bytesOf } from './state/plain-data.ts';
import { isClosed, type ConferenceState } from './state/state.ts';
import type { Standing } from './state/watchers.ts';

/** How the creation of a conference stands: what a create call answers. */
export type CreationAnswer = { outcome: 'pending' } | { outcome: 'created' } | { outcome: 'refused'; error: WireError };

/** What the `conference` query gives: the resource as GET shows it, and how its creation stands. */
export interface ConferenceView {
  conference: Conference;
  creation: CreationAnswer;
  /** Accepted in all, made up by reconciling, and dropped as repetitions. */
  events: { accepted: number; madeUp: number; repeated: number };
  /** How it stands for those who wait for it, and how many do. */
  standing: Standing;
  watchers: number;
}

export function viewOf(state: ConferenceState, conferenceId: string): ConferenceView {
  const { outbox, watch, dedupe } = state;
  const events = { accepted: acceptedBy(outbox), madeUp: watch.madeUp, repeated: dedupe.repeated };
  const watched = { standing: standingOf(state), watchers: state.watchers?.length ?? 0 };
  return { conference: resourceOf(state, conferenceId), creation: creationOf(state), events, ...watched };
}

/** Where the events of a conference are on record: in the run that accepted them, unless they were handed to a later one. */
export interface EventIndex extends Pick<EventLog, 'first' | 'earlier' | 'moved'> {
  /** The sequence that the next event will have. */
  next: number;
  /** Sequences that this run has though it did not accept them. */
  older: number[];
  dead: DeadLetter[];
  /** The first event that waits to be delivered; absent if none does. */
  waitsFrom?: number;
  isClosed: boolean;
}

/** An event on record, with when it is tried next (epoch milliseconds), if it waits. */
export type EventRecord = LoggedEvent & { nextTryAt?: number };

export function eventIndexOf({ outbox, ...state }: ConferenceState): EventIndex {
  const { first, earlier, moved, older } = outbox.log;
  const known = { first, earlier, moved, next: outbox.nextSequence, older: Object.keys(older).map(Number) };
  const waiting = Object.values(outbox.lanes).flatMap((lane) => lane.waiting.map(({ sequence }) => sequence));
  const waitsFrom = waiting.length === 0 ? {} : { waitsFrom: waiting.reduce((a, b) => Math.min(a, b)) };
  return { ...known, dead: outbox.deadLetters, ...waitsFrom, isClosed: isClosed(state) };
}

/** The records of events that this run has, in the order asked for; fewer than that if they are too large for one answer. */
export function eventRecordsOf({ outbox }: ConferenceState, sequences: readonly number[]): EventRecord[] {
  const records: EventRecord[] = [];
  let size = 0;
  for (const sequence of sequences) {
    const record = recordOf(outbox.log, sequence);
    if (record === undefined) continue;
    size += bytesOf(record);
    if (size > MAX_RECORDS_BYTES && records.length > 0) break;
    records.push({ ...record, ...nextTryOf(outbox, sequence) });
  }
  return records;
}

function nextTryOf({ lanes }: Outbox, sequence: number): { nextTryAt?: number } {
  for (const lane of Object.values(lanes)) {
    const waiting = lane.waiting.find((one) => one.sequence === sequence);
    const at = Math.max(lane.nextTryAt ?? 0, waiting?.nextTryAt ?? 0);
    if (waiting !== undefined) return at > 0 ? { nextTryAt: at } : {};
  }
  return {};
}

export function creationOf(state: ConferenceState): CreationAnswer {
  if (state.platformId !== undefined || state.timing.scheduled) return { outcome: 'created' };
  if (!isClosed(state)) return { outcome: 'pending' };
  const ended = catapultError('conference-error', 'The conference was ended before the platform had it.').wire;
  return { outcome: 'refused', error: state.error ?? ended };
}

/** The wire's three states: active from the first member on and while it ends, as lists show it; completed once the platform has confirmed it. */
function wireState(state: ConferenceState): Conference['state'] {
  if (isClosed(state) || state.platformCompleted) return 'completed';
  return state.phase === 'ending' || Object.keys(state.members).length > 0 ? 'active' : 'created';
}

function resourceOf(state: ConferenceState, id: string): Conference {
  const { callbackUrl, fallbackUrl, participants: _invited, dialIn, ...settings } = state.settings;
  const { error } = state;
  return {
    id,
    state: wireState(state),
    ...settings,
    callbackUrl: callbackUrl && withoutUserinfo(callbackUrl),
    fallbackUrl: fallbackUrl && withoutUserinfo(fallbackUrl),
    createdTime: shownTime(state.createdTime),
    completedTime: shownTime(state.completedTime),
    activeMembers: state.activeMembers,
    hold: state.hold,
    mute: state.mute,
    phase: state.phase,
    reason: state.reason,
    scheduledFor: state.phase === 'scheduled' ? settings.startAt : undefined,
    scheduleId: scheduleOf(id),
    nextTimers: nextTimersOf(state),
    participants: participantsOf(state),
    dialIn: dialIn && { asksForPin: dialIn.pin !== undefined },
    error: error && state.phase === 'failed' ? errorBody(error) : undefined,
  };
}

/** A platform's time may have fractions or an offset; what is no time at all is not shown. */
function shownTime(time: string | undefined): string | undefined {
  const at = instantOf(time);
  return Number.isNaN(at) ? undefined : wireTime(at);
}

/** What it waits for that its customer has asked for, the next one first; absent if there is nothing. */
function nextTimersOf({ deadlines, timing }: ConferenceState): Conference['nextTimers'] {
  // One that has come stays until the platform has said whether it holds.
  const asked = timing.firstJoinAt === undefined ? 'no-show' : 'alone';
  const inQuestion = timing.inQuestion === undefined ? {} : { [asked]: timing.inQuestion };
  const timers = deadlinesOf({ ...deadlines, ...inQuestion }).filter(([name]) =>
    CUSTOMER_DEADLINES.some((timed) => timed === name),
  );
  return timers.length === 0 ? undefined : timers.map(([name, at]) => ({ timer: name, time: exactTime(at) }));
}

function participantsOf({ participants }: ConferenceState): Conference['participants'] {
  if (participants.length === 0) return undefined;
  return participants.map(({ request: { to, tag }, status, attempts, reason, memberId }) => ({
    ...{ to, tag, status, attempts },
    ...(memberId === undefined ? { reason } : { memberId }),
  }));
}

/** The members in the order in which they were added, those that left included. */
export function membersOf(state: ConferenceState): Member[] {
  return Object.values(state.members);
}
