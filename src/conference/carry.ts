import { MAX_CLOSED_BYTES, MAX_CARRIED_BYTES } from './budget.ts';
import { isEmpty, deadLetterOldest } from './outbox/outbox.ts';
import type { Context, Effect } from './state/effects.ts';
import { carriedLog, type EarlierRun, type LoggedEvent } from './state/event-log.ts';
import { bytesOf, latestOf } from './state/plain-data.ts';
import type { ConferenceState } from './state/state.ts';

/** What a workflow leaves as its result: who reads a conference that has closed needs no replay, and no worker. */
export interface Closed {
  /** What it knew at the end, and what aftercare begins with. */
  state: ConferenceState;
  /** What became of its latest events, in order; older ones are in its history alone. */
  records: LoggedEvent[];
}

/** What a run leaves: its state, and as many of the events that it has on record as fit, the newest first. */
export function closedOf(state: ConferenceState, run: Omit<EarlierRun, 'first'>): Closed {
  const left = carried(state, run);
  const { accepted, older } = state.outbox.log;
  const onRecord = [...Object.values(older), ...accepted].sort((a, b) => a.sequence - b.sequence);
  return { state: left, records: latestOf(onRecord, Infinity, MAX_CLOSED_BYTES - bytesOf(left)) };
}

/** Where too much waits to be carried, the oldest becomes dead letters. */
export function makeRoom(
  state: ConferenceState,
  run: Omit<EarlierRun, 'first'>,
  context: Pick<Context, 'conferenceId' | 'now'>,
): Effect[] {
  const effects: Effect[] = [];
  for (;;) {
    const over = bytesOf(carried(state, run)) - MAX_CARRIED_BYTES;
    if (over <= 0 || isEmpty(state.outbox)) return effects;
    deadLetterOldest(state.outbox, over, { ...context, effects });
  }
}

/** What the next run, or aftercare, begins with: of the events only those that wait; this run has the rest. */
export function carried(state: ConferenceState, { workflowId, runId }: Omit<EarlierRun, 'first'>): ConferenceState {
  const { outbox } = state;
  const waiting = Object.values(outbox.lanes).flatMap((lane) => lane.waiting.map(({ sequence }) => sequence));
  return {
    ...state,
    outbox: {
      ...outbox,
      log: carriedLog(outbox.log, { workflowId, runId }, { sequence: outbox.nextSequence, waiting }),
    },
  };
}

/** The same for whoever asks a run that goes on, or has been terminated: of the run itself nothing becomes a dead letter. */
export function carriedCopy(
  state: ConferenceState,
  run: Omit<EarlierRun, 'first'>,
  context: Pick<Context, 'conferenceId' | 'now'>,
): ConferenceState {
  const copy = JSON.parse(JSON.stringify(state)) as ConferenceState;
  makeRoom(copy, run, context);
  return carried(copy, run);
}
