import type { Explanation } from '../catapult/explaining-resources.ts';
import { eventName } from '../catapult/events.ts';
import { outsideText } from '../catapult/outside-text.ts';
import { present } from '../catapult/present.ts';
import { exactTime } from '../catapult/resources.ts';
import { mayClose } from '../conference/rules/ending.ts';
import { deadlinesOf } from '../conference/state/deadlines.ts';
import type { LoggedEvent } from '../conference/state/event-log.ts';
import { isClosed, type ConferenceState } from '../conference/state/state.ts';
import type { RunHistory } from './history.ts';
import { inPieces } from './pieces.ts';
import { Replay, type Taken } from './replay.ts';
import { decidedBy, tookOf } from './words.ts';

/* A run of a conference explained: what was decided when, and what has become of each promise. */

/** From how late on a timer was not in time. */
const LATE_FROM_SECONDS = 5;
const MAX_RESULT_CHARACTERS = 300;

type OnPlatform = Explanation['conferences'][number];
type Promised = Explanation['promises'][number];
type Overdue = Omit<Explanation['timers'][number], 'time'>;

/** What no history tells. */
export interface Beside {
  /** Epoch milliseconds. */
  now: number;
  /** An event with the requests that its delivery has made and not reported yet. */
  asOfNow?: (record: LoggedEvent) => LoggedEvent;
}

/** Takes the history through the rules once more, and tells what they did. */
export async function explained(run: RunHistory, { now, asOfNow }: Beside): Promise<Explanation> {
  const replay = new Replay(run);
  const { state } = replay;
  const conferences = new Map<string, OnPlatform>();
  const timers: Explanation['timers'] = [];
  const decisions: Explanation['decisions'] = [];
  for await (const taken of inPieces(replay.all())) {
    decisions.push({
      time: exactTime(taken.at),
      input: taken.input.type,
      took: tookOf(taken.input),
      decided: decidedBy(taken, state),
    });
    timers.push(...timersIn(taken));
    noteConferences(conferences, state, taken);
  }
  const events = eventsOf(state, asOfNow);
  const onPlatform = [...conferences.values()];
  const promises = [
    oneConference(onPlatform, state),
    everyEvent(events, state, run),
    inTime(timers, overdueIn(state, run, now)),
    theEnd(state, run),
  ];
  return { promises, conferences: onPlatform, events, timers, decisions };
}

function timersIn({ effects, at }: Taken): Explanation['timers'] {
  return effects.flatMap((effect) => {
    if (effect.type !== 'measure' || effect.measurement.of !== 'timer') return [];
    const { timer, seconds } = effect.measurement;
    return [{ timer, dueTime: exactTime(at - seconds * 1_000), time: exactTime(at), lateSeconds: seconds }];
  });
}

function noteConferences(known: Map<string, OnPlatform>, state: ConferenceState, { at, input }: Taken): void {
  const time = exactTime(at);
  const note = (platformId: string, is: OnPlatform['is']) => {
    if (known.has(platformId)) return;
    const attemptId = Object.entries(state.createAttempts).find(([, made]) => made === platformId)?.[0];
    known.set(platformId, { platformId, is, ...present({ attemptId }), time });
  };
  if (state.platformId !== undefined) note(state.platformId, 'adopted');
  for (const orphan of state.orphans) note(orphan, 'orphan');
  const completed = input.type === 'platform-completed' ? input.platformId : undefined;
  const adopted = isClosed(state) ? state.platformId : undefined;
  for (const id of [completed, adopted]) {
    const one = known.get(id ?? '');
    if (one !== undefined) one.completedTime ??= time;
  }
}

function eventsOf(
  { outbox: { log } }: ConferenceState,
  asOfNow: Beside['asOfNow'] = (record) => record,
): Explanation['events'] {
  const all = [...Object.values(log.older), ...log.accepted].sort((a, b) => a.sequence - b.sequence);
  return all.map((record) => explainedEvent(asOfNow(record)));
}

function explainedEvent(record: LoggedEvent): Explanation['events'][number] {
  const { sequence, id, event, source, acceptedAt, status: state, attempts } = record;
  const arrived = attempts.find(({ ok }) => ok);
  const last = attempts.at(-1);
  return present({
    ...{ sequence, id, event: eventName(event), source, acceptedTime: exactTime(acceptedAt), state },
    requests: attempts.length,
    deliveredTime: arrived && exactTime(arrived.at + arrived.milliseconds),
    result: last && outsideText(last.result, MAX_RESULT_CHARACTERS),
  });
}

function oneConference(all: OnPlatform[], { phase, completing }: ConferenceState): Promised {
  const promise = 'one-conference';
  const adopted = all.find(({ is }) => is === 'adopted');
  const orphans = all.filter(({ is }) => is === 'orphan');
  if (adopted === undefined) {
    const isOver = phase === 'failed' || phase === 'cancelled';
    return { promise, state: isOver ? 'kept' : 'open', says: isOver ? 'none was made' : 'none has turned up yet' };
  }
  const by = adopted.attemptId === undefined ? '' : ` by attempt ${adopted.attemptId}`;
  const mine = `${adopted.platformId} was adopted at ${adopted.time}${by}`;
  if (orphans.length === 0) return { promise, state: 'kept', says: `${mine}; no other has turned up` };
  const open = orphans.filter(({ platformId }) => completing.includes(platformId)).length;
  const others = `${orphans.length} other${orphans.length === 1 ? '' : 's'} turned up`;
  const state = open === 0 ? 'kept' : 'open';
  return {
    promise,
    state,
    says: `${mine}; ${others}, ${open === 0 ? 'and each was completed' : `${open} of them not completed yet`}`,
  };
}

function everyEvent(
  events: Explanation['events'],
  { phase, outbox: { unused = 0 } }: ConferenceState,
  { terminatedAt }: RunHistory,
): Promised {
  const promise = 'every-event';
  if (events.length === 0 && (phase === 'scheduled' || phase === 'creating'))
    return { promise, state: 'open', says: `none is known yet: it is ${phase}` };
  const of = (state: string) => events.filter((event) => event.state === state);
  const [delivered, recorded, waiting, dead] = [of('delivered'), of('recorded'), of('waiting'), of('dead')];
  const gap = unused > 0 ? `; ${unused} numbers belong to no event: a gateway had a lease, and did not return` : '';
  const says = `${events.length === 1 ? 'one event' : `${events.length} events`}: ${delivered.length} delivered, ${recorded.length} recorded only, ${waiting.length} waiting, ${dead.length} given up${gap}`;
  const [worst] = [...dead, ...waiting.filter(({ requests }) => requests > 0)];
  const why = worst?.result === undefined ? '' : `. Event ${worst.sequence} came to: ${worst.result}`;
  // Nobody delivers what waits in a workflow that was terminated.
  const lost = terminatedAt === undefined ? dead : [...dead, ...waiting];
  return { promise, state: lost.length > 0 ? 'broken' : waiting.length > 0 ? 'open' : 'kept', says: says + why };
}

/** The timer that nobody has acted on for too long, as no worker is there. */
function overdueIn(state: ConferenceState, { nextRunId, terminatedAt }: RunHistory, now: number): Overdue | undefined {
  const [first] = deadlinesOf(state.deadlines);
  if (isClosed(state) || nextRunId !== undefined || first === undefined) return undefined;
  const [timer, at] = first;
  const lateSeconds = ((terminatedAt ?? now) - at) / 1_000;
  return lateSeconds > LATE_FROM_SECONDS ? { timer, dueTime: exactTime(at), lateSeconds } : undefined;
}

function inTime(timers: Explanation['timers'], overdue: Overdue | undefined): Promised {
  const promise = 'in-time';
  if (overdue !== undefined) {
    const { timer, dueTime, lateSeconds } = overdue;
    const says = `${timer} was due at ${dueTime}, and nobody has acted on it for ${lateSeconds} s`;
    return { promise, state: 'broken', says };
  }
  const [latest] = [...timers].sort((a, b) => b.lateSeconds - a.lateSeconds);
  if (latest === undefined) return { promise, state: 'kept', says: 'no timer has come due' };
  const says = `${timers.length === 1 ? 'one timer' : `${timers.length} timers`} came due; the latest was ${latest.timer}, ${latest.lateSeconds} s after its time`;
  return { promise, state: latest.lateSeconds > LATE_FROM_SECONDS ? 'broken' : 'kept', says };
}

function theEnd(state: ConferenceState, { nextRunId, terminatedAt }: RunHistory): Promised {
  const promise = 'end';
  const { phase, reason, completedTime, error } = state;
  if (nextRunId !== undefined) return { promise, state: 'open', says: 'it goes on in the next run' };
  if (!isClosed(state) && terminatedAt !== undefined) {
    const says = `its workflow was terminated in Temporal at ${exactTime(terminatedAt)}, while it was ${phase}: nothing follows the conference any more`;
    return { promise, state: 'broken', says };
  }
  if (!isClosed(state)) return { promise, state: 'open', says: `it is ${phase}` };
  const why = error === undefined ? '' : `: ${error.status} ${error.code}, ${error.message}`;
  const left = mayClose(state) ? '' : '; its events are still on their way';
  const says = `${phase} (${reason ?? ''}) at ${completedTime ?? ''}${outsideText(why, MAX_RESULT_CHARACTERS)}${left}`;
  return { promise, state: 'kept', says };
}
