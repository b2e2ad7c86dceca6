import type { CallbackEvent } from '../../catapult/events.ts';
import type { PlatformMember } from '../../catapult/from-platform.ts';
import { instantOr, wireTime } from '../../catapult/resources.ts';
import { rememberMadeUp } from '../facts/dedupe.ts';
import { reasonToReconcile } from '../facts/reasons-to-reconcile.ts';
import { accept } from '../outbox/lanes.ts';
import { conferenceEvent, memberEvent } from '../outbox/own-events.ts';
import { log, measure, type Step } from '../state/effects.ts';
import { memberKey } from '../state/ids.ts';
import type { PlatformReading, Span } from '../state/inputs.ts';
import { isClosed, type ConferenceState } from '../state/state.ts';
import { applyEvent } from './callbacks.ts';
import { close, emitEnd } from './ending.ts';

/*
 * Reconciling: what the platform's callbacks never reported is found by asking it. When nothing is heard, when something is
 * missing or contradicts, or when somebody wants it, the platform's conference and members are read, and the events that
 * must have been lost are made up.
 */

const OUTCOMES = { read: undefined, missing: 'unknown-to-platform', unreadable: 'unreadable' } as const;

/** The platform has been read: events for what it knows and never reported are made up. */
export function applyReading(state: ConferenceState, reading: PlatformReading, step: Step): void {
  const { watch } = state;
  const { changedMembers = [], why = 'missing-event' } = watch.reading ?? {};
  delete watch.reading;
  const madeUpBefore = watch.madeUp;
  if (reading.outcome === 'unreadable') watch.unreadable = true;
  else delete watch.unreadable;
  if (reading.outcome === 'missing') handleMissing(state, step);
  if (reading.outcome === 'unreadable') log(step, `the platform could not be asked: ${reading.why}`);
  if (reading.outcome === 'read') {
    delete watch.missing;
    for (const event of lostEvents(state, reading, changedMembers, step)) makeUp(state, event, reading.asOf, step);
    delete watch.lastCount;
    delete watch.highestCount;
  }
  const hasMadeUp = watch.madeUp > madeUpBefore;
  measure(step, {
    of: 'reconciled',
    why,
    outcome: OUTCOMES[reading.outcome] ?? (hasMadeUp ? 'made-up' : 'nothing-new'),
  });
  watch.heardAt = step.now;
  watch.uneventfulReadings = hasMadeUp ? 0 : watch.uneventfulReadings + 1;
  watch.fruitlessReadings = reasonToReconcile(state) === undefined ? 0 : watch.fruitlessReadings + 1;
  // After the end the platform changes no more, and what it has not shown it will not show.
  if (isClosed(state) && reading.outcome !== 'missing') watch.done = true;
}

/** The platform does not know the conference: once may be a fault of its own, twice means that it is gone. */
function handleMissing(state: ConferenceState, step: Step): void {
  // It is being completed, and that finds the same.
  if (state.phase === 'ending') return;
  if (!isClosed(state) && !state.watch.missing) {
    state.watch.missing = true;
    return;
  }
  state.watch.done = true;
  state.platformCompleted = true;
  for (const member of Object.values(state.members)) {
    const reported = state.dedupe.members[memberKey(member.id)];
    const { id, callId, mute, hold, removedTime = wireTime(step.now) } = member;
    const left = { id, callId, state: 'completed', mute, hold } as const;
    if (reported?.state === 'active') makeUp(state, memberEvent(step, left, removedTime), undefined, step);
  }
  if (isClosed(state)) return;
  close(state, 'completed', 'platform-lost', step);
  emitEnd(state, 'completed', step);
}

/** An event that was lost is applied and delivered as if it had come. */
function makeUp(state: ConferenceState, event: CallbackEvent, asOf: Span | undefined, step: Step): void {
  const { dedupe, watch } = state;
  const reported = event.memberId === undefined ? undefined : dedupe.members[memberKey(event.memberId)];
  rememberMadeUp(dedupe, event, asOf ?? { from: 0, to: 0 });
  if (event.state !== 'active' || reported?.state !== 'completed') applyEvent(state, event, undefined, step);
  watch.madeUp += 1;
  const activeMembers = event.eventType === 'conference-member' ? { activeMembers: state.activeMembers } : {};
  accept(state, { ...event, ...activeMembers }, step, { source: 'reconciled' });
}

type Reading = Extract<PlatformReading, { outcome: 'read' }>;

/** What has happened by the platform's state and has not been reported, in the order in which it happened. */
function lostEvents(state: ConferenceState, reading: Reading, changedMembers: string[], step: Step): CallbackEvent[] {
  const { statuses } = state.dedupe;
  const { createdTime, completedTime } = reading.conference;
  const ofMembers = reading.members.flatMap((member) => lostOf(state, member, reading, changedMembers, step));
  ofMembers.sort((a, b) => instantOr(a.time, 0) - instantOr(b.time, 0));
  const status = (status: string, times: Pick<Reading['conference'], 'createdTime' | 'completedTime'>) =>
    statuses.includes(status) ? [] : [conferenceEvent(step, { status, ...times })];
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
  changedMembers: string[],
  step: Step,
): CallbackEvent[] {
  const key = memberKey(member.id);
  const reported = state.dedupe.members[key];
  const event = (memberState: PlatformMember['state'], time: string | undefined) =>
    memberEvent(step, { ...member, state: memberState }, time ?? wireTime(step.now));
  const joined = reported?.joined === true ? [] : [event('active', member.addedTime)];
  if (member.state === 'completed')
    return reported?.state === 'completed' ? joined : [...joined, event('completed', member.removedTime)];
  if (joined.length > 0 || reported?.state === 'completed') return joined;
  const same = (text: string | undefined, flag: boolean | undefined) => flag === undefined || text === String(flag);
  const isSame = same(reported?.mute, member.mute) && same(reported?.hold, member.hold);
  // What was heard or changed since the platform looked is newer than what it saw.
  const isOld =
    (asOf !== undefined && reported !== undefined && reported.time >= asOf.from) || changedMembers.includes(key);
  if (reported !== undefined) {
    if (isOld && !isSame) reported.unsure = true;
    else delete reported.unsure;
  }
  return isOld || isSame ? [] : [event('active', wireTime(asOf?.from ?? step.now))];
}
