import { nextAnswerBy } from '../conference/facts/change-queue.ts';
import { isUnderLease } from '../conference/outbox/lease.ts';
import { nextTryAt } from '../conference/outbox/outbox.ts';
import { deadlineSummaries, deadlinesOf } from '../conference/state/deadlines.ts';
import type { ConferenceState } from '../conference/state/state.ts';

/** All that a conference waits for: when, and what for. `isOthers`: a lane whose next try is not the alarm's matter. */
export function wakeUpsOf(state: ConferenceState, isOthers: (lane: string) => boolean): [number, string][] {
  const answerBy = nextAnswerBy(state);
  return [
    ...(answerBy === undefined ? [] : [[answerBy, 'a change is answered'] as [number, string]]),
    ...deadlinesOf(state.deadlines).map(([name, at]): [number, string] => [at, deadlineSummaries[name]]),
    ...Object.entries(state.outbox.lanes).flatMap(([name, lane]): [number, string][] => {
      const at = isOthers(name) || isUnderLease(state, name) ? undefined : nextTryAt(lane);
      return at === undefined ? [] : [[at, 'the next try to deliver']];
    }),
  ];
}
