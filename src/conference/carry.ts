import { bytesOf, type EarlierRun, type LoggedEvent } from './state/event-log.ts';
import { carried, type ConferenceState } from './state/state.ts';

/** What a workflow leaves as its result: who reads a conference that has closed needs no replay, and no worker. */
export interface Closed {
  /** What it knew at the end, and what aftercare begins with. */
  state: ConferenceState;
  /** What became of its latest events, in order; older ones are in its history alone. */
  records: LoggedEvent[];
}

/** Temporal takes 2 MB. */
const MAX_CLOSED_BYTES = 1024 * 1024;

/** What a run leaves: its state, and as many of the events that it has on record as fit, the newest first. */
export function closedOf(state: ConferenceState, run: Omit<EarlierRun, 'first'>): Closed {
  const left = carried(state, run);
  const { accepted, handed } = state.outbox.log;
  const onRecord = [...Object.values(handed), ...accepted].sort((a, b) => a.sequence - b.sequence);
  let room = MAX_CLOSED_BYTES - bytesOf(left);
  const dropped = onRecord.findLastIndex((record) => (room -= bytesOf(record) + 1) < 0);
  return { state: left, records: onRecord.slice(dropped + 1) };
}
