import type { CallbackEvent } from '../../catapult/events.ts';
import type { PlatformMember } from '../../catapult/from-platform.ts';
import { conferencePath, memberPath } from '../../catapult/paths.ts';
import { instantOf, wireTime } from '../../catapult/resources.ts';
import { doubtIn } from '../facts/reasons-to-reconcile.ts';
import { close } from './ending.ts';
import { follow } from './callbacks.ts';
import { accept, tell } from '../outbox/lanes.ts';
import type { PlatformReading, Span } from '../state/inputs.ts';
import { memberKey, rememberMadeUp } from '../facts/dedupe.ts';
import { isClosed, log, type ConferenceState, type DeadlineName, type Step } from '../state/state.ts';

/*
 * Reconciling: what the platform's callbacks never told is found by asking it. When nothing is heard, when something is
 * missing or contradicts, or when somebody wants it, the platform's conference and members are read, and the events that
 * must have been lost are made up.
 */

/** How long nothing may be heard of a conference with members, and of one without (ms); doubles while nothing is new. */
export const SILENCE = { active: 10 * 60_000, created: 6 * 3_600_000 };
const MOST_DOUBLINGS = 6;

/** How long a doubt may clear up by itself (ms): both our URLs may be tried, 10 s each. Doubles while asking settles nothing. */
export const DOUBT_CLEARS = 15_000;

/** When a platform that does not know the conference is asked once more (ms). */
export const MISSING_AGAIN = 30_000;

/** Sets the deadlines of the watch anew, and asks the platform where one has come; called after every step. */
export function keepWatch(state: ConferenceState, step: Step): void {
  const doubt = doubtIn(state);
  setDeadline(state, 'doubt', doubt === undefined ? undefined : clearsBy(state, step.now));
  setDeadline(state, 'silence', silentUntil(state));
  const { doubt: clears = Infinity, silence = Infinity } = state.deadlines;
  if (clears <= step.now) read(state, doubt ?? '', step);
  else if (silence <= step.now) read(state, 'nothing was heard of it', step);
}

/** What is as it was is left alone, so that a step which changes nothing leaves the state as it is. */
function setDeadline({ deadlines }: ConferenceState, name: DeadlineName, at: number | undefined): void {
  if (at === undefined) delete deadlines[name];
  else if (deadlines[name] !== at) deadlines[name] = at;
}

function clearsBy({ watch, deadlines }: ConferenceState, now: number): number | undefined {
  if (watch.reading !== undefined) return undefined;
  if (watch.asked !== undefined) return now;
  const pause = watch.missing ? MISSING_AGAIN : DOUBT_CLEARS * 2 ** Math.min(watch.fruitless, MOST_DOUBLINGS);
  return Math.min(deadlines.doubt ?? Infinity, now + pause);
}

function silentUntil({ watch, phase, platformId }: ConferenceState): number | undefined {
  if (platformId === undefined || watch.reading !== undefined) return undefined;
  if (phase !== 'created' && phase !== 'active') return undefined;
  return watch.heardAt + SILENCE[phase] * 2 ** Math.min(watch.quiet, MOST_DOUBLINGS);
}

/** Somebody wants the platform to be asked. */
export function askFor(state: ConferenceState, why: string): void {
  if (!isClosed(state)) state.watch.asked ??= why;
}

/** The platform is asked at once, before others and before what it is asked already: an end waits for it. */
export function askNow(state: ConferenceState, why: string, step: Step): void {
  read(state, why, step, { isUrgent: true });
}

function read(state: ConferenceState, why: string, step: Step, { isUrgent = false } = {}): void {
  if (state.platformId === undefined) return;
  state.watch.reading = { touched: [], isUrgent };
  delete state.watch.asked;
  delete state.deadlines.doubt;
  delete state.deadlines.silence;
  log(step, `the platform is asked: ${why}`);
  step.effects.push({ type: 'read-platform', platformId: state.platformId, isUrgent });
}

/** The platform has been asked: what it knows and nobody was told is made up. */
export function takeReading(state: ConferenceState, reading: PlatformReading, step: Step): void {
  const { watch } = state;
  const touched = watch.reading?.touched ?? [];
  delete watch.reading;
  const madeUpBefore = watch.madeUp;
  if (reading.outcome === 'unreadable') watch.unread = true;
  else delete watch.unread;
  if (reading.outcome === 'missing') missing(state, step);
  if (reading.outcome === 'unreadable') log(step, `the platform could not be asked: ${reading.why}`);
  if (reading.outcome === 'read') {
    delete watch.missing;
    for (const event of lostEvents(state, reading, touched, step)) makeUp(state, event, reading.asOf, step);
    delete watch.count;
    delete watch.most;
  }
  watch.heardAt = step.now;
  watch.quiet = watch.madeUp > madeUpBefore ? 0 : watch.quiet + 1;
  watch.fruitless = doubtIn(state) === undefined ? 0 : watch.fruitless + 1;
  // After the end the platform changes no more, and what it has not shown it will not show.
  if (isClosed(state) && reading.outcome !== 'missing') watch.done = true;
}

/** The platform does not know the conference: once may be a fault of its own, twice means that it is gone. */
function missing(state: ConferenceState, step: Step): void {
  // Its end is being ordered, and that finds the same.
  if (state.phase === 'ending') return;
  if (!isClosed(state) && !state.watch.missing) {
    state.watch.missing = true;
    return;
  }
  state.watch.done = true;
  state.platformCompleted = true;
  for (const member of Object.values(state.members)) {
    const told = state.memory.members[memberKey(member.id)];
    const { id, callId, mute, hold, removedTime = wireTime(step.now) } = member;
    const left = { id, callId, state: 'completed', mute, hold } as const;
    if (told?.state === 'active') makeUp(state, memberEvent(state, left, removedTime, step), undefined, step);
  }
  if (isClosed(state)) return;
  close(state, 'completed', 'platform-lost', step);
  tell(state, 'completed', step);
}

/** An event that was lost is followed and told as if it had come. */
function makeUp(state: ConferenceState, event: CallbackEvent, asOf: Span | undefined, step: Step): void {
  const { memory, watch } = state;
  const told = event.memberId === undefined ? undefined : memory.members[memberKey(event.memberId)];
  rememberMadeUp(memory, event, asOf ?? { from: 0, to: 0 });
  if (event.state !== 'active' || told?.state !== 'completed') follow(state, event, undefined, step);
  watch.madeUp += 1;
  const activeMembers = event.eventType === 'conference-member' ? { activeMembers: state.activeMembers } : {};
  accept(state, { ...event, ...activeMembers }, step, { source: 'reconciled' });
}

type Reading = Extract<PlatformReading, { outcome: 'read' }>;

/** What has happened by the platform's word and has not been told, in the order in which it happened. */
function lostEvents(state: ConferenceState, reading: Reading, touched: string[], step: Step): CallbackEvent[] {
  const { statuses } = state.memory;
  const { createdTime, completedTime } = reading.conference;
  const ofMembers = reading.members.flatMap((member) => lostOf(state, member, reading, touched, step));
  ofMembers.sort((a, b) => instant(a.time) - instant(b.time));
  const status = (status: string, times: Partial<CallbackEvent>): CallbackEvent[] =>
    statuses.includes(status) ? [] : [{ ...conferenceEvent(state, step), status, ...times }];
  return [
    ...status('created', { createdTime }),
    ...ofMembers,
    ...(reading.conference.state === 'completed' ? status('completed', { createdTime, completedTime }) : []),
  ];
}

function lostOf(
  state: ConferenceState,
  member: PlatformMember,
  { asOf }: Reading,
  touched: string[],
  step: Step,
): CallbackEvent[] {
  const key = memberKey(member.id);
  const told = state.memory.members[key];
  const event = (memberState: PlatformMember['state'], time: string | undefined) =>
    memberEvent(state, { ...member, state: memberState }, time ?? wireTime(step.now), step);
  const joined = told?.joined === true ? [] : [event('active', member.addedTime)];
  if (member.state === 'completed')
    return told?.state === 'completed' ? joined : [...joined, event('completed', member.removedTime)];
  if (joined.length > 0 || told?.state === 'completed') return joined;
  const same = (text: string | undefined, flag: boolean | undefined) => flag === undefined || text === String(flag);
  const isSame = same(told?.mute, member.mute) && same(told?.hold, member.hold);
  // What was heard or changed since the platform looked is newer than what it saw.
  const isOld = (asOf !== undefined && told !== undefined && told.time >= asOf.from) || touched.includes(key);
  if (told !== undefined) {
    if (isOld && !isSame) told.unsure = true;
    else delete told.unsure;
  }
  return isOld || isSame ? [] : [event('active', wireTime(asOf?.from ?? step.now))];
}

function conferenceEvent({ platformId }: ConferenceState, { userId, conferenceId }: Step): CallbackEvent {
  return {
    eventType: 'conference',
    conferenceId: platformId,
    conferenceUri: conferencePath(userId, conferenceId),
  };
}

function memberEvent(
  { platformId }: ConferenceState,
  { id, callId, state, mute, hold }: PlatformMember,
  time: string,
  { userId, conferenceId }: Step,
): CallbackEvent {
  return {
    eventType: 'conference-member',
    conferenceId: platformId,
    ...(callId === undefined ? {} : { callId }),
    memberId: id,
    memberUri: memberPath(userId, conferenceId, id),
    state,
    ...(hold === undefined ? {} : { hold }),
    ...(mute === undefined ? {} : { mute }),
    time,
  };
}

function instant(time: string | undefined): number {
  return instantOf(time) || 0;
}
