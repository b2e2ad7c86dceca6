import type { QueryDefinition } from '@temporalio/common';
import { errorBody } from '../catapult/errors.ts';
import type { Member } from '../catapult/resources.ts';
import type { Closed } from '../conference/carry.ts';
import { givenAnswer } from '../conference/facts/answers.ts';
import type { ChangeAnswer, IdempotencyKey } from '../conference/state/changes.ts';
import type { ConferenceIds } from '../conference/state/ids.ts';
import type { ConferenceState } from '../conference/state/state.ts';
import {
  eventIndexOf,
  membersOf,
  viewOf,
  type ConferenceView,
  type EventIndex,
  type EventRecord,
} from '../conference/view.ts';
import {
  changeAnswerQuery,
  conferenceQuery,
  eventIndexQuery,
  eventRecordsQuery,
  membersQuery,
  stateQuery,
} from '../workflows/messages.ts';
import { terminated } from './terminated.ts';

/** What can be asked of a workflow: by query while it is open, and of what it has left once it has closed. */
export interface Question<Value, Args extends unknown[] = []> {
  query: QueryDefinition<Value, Args>;
  /** The answer from what it has left; undefined if that does not hold it, and only its history does. */
  ofClosed: (closed: Closed, ids: ConferenceIds, ...args: Args) => Value | undefined;
  /** What is to be said of one that was terminated, which had no time to say it itself; what it was, unless given. */
  ofTerminated?: (last: Value) => Value;
}

export const theConference: Question<ConferenceView> = {
  query: conferenceQuery,
  ofClosed: ({ state }, { conferenceId }) => viewOf(state, conferenceId),
  ofTerminated: ({ conference: { nextTimers: _none, ...conference }, ...view }) => ({
    ...view,
    conference: { ...conference, phase: 'terminated', error: errorBody(terminated()) },
    standing: { ...view.standing, phase: 'terminated' },
  }),
};

export const itsMembers: Question<Member[]> = { query: membersQuery, ofClosed: ({ state }) => membersOf(state) };

export const itsState: Question<ConferenceState | null> = { query: stateQuery, ofClosed: ({ state }) => state };

export const itsEventIndex: Question<EventIndex | null> = {
  query: eventIndexQuery,
  ofClosed: ({ state }) => eventIndexOf(state),
};

/** The records of these events, by sequence. */
export const itsEvents: Question<EventRecord[], [number[]]> = {
  query: eventRecordsQuery,
  ofClosed: ({ records }, _ids, sequences) => {
    const wanted = new Set(sequences);
    const found = records.filter(({ sequence }) => wanted.has(sequence));
    return found.length === sequences.length ? found : undefined;
  },
};

/** The answer that a requester was given, or whoever used this key. */
export const itsAnswerTo: Question<ChangeAnswer | null, [string, IdempotencyKey?]> = {
  query: changeAnswerQuery,
  ofClosed: ({ state }, _ids, requester, key) => givenAnswer(state, requester, key) ?? null,
};
