import type { Client } from '@temporalio/client';
import { present } from '../../catapult/present.ts';
import type { ScheduleIds } from '../../conference/state/ids.ts';
import { searchAttributes, type NewConference } from '../../workflows/messages.ts';
import { indexedTexts, shownMemo, summaryOf, textAttributes } from '../indexed.ts';

/** What each of a schedule's workflows is started with, whoever starts it. */
export function runStart(client: Client, { userId, scheduleId }: ScheduleIds, start: NewConference, taskQueue: string) {
  const { request } = start;
  const args: [NewConference] = [present({ ...start, indexed: indexedTexts(client, userId, request) })];
  return {
    ...{ taskQueue, args },
    memo: shownMemo(client, request),
    staticSummary: summaryOf(request),
    typedSearchAttributes: [
      { key: searchAttributes.state, value: 'creating' },
      ...textAttributes(client, userId, request),
      { key: searchAttributes.members, value: 0 },
      { key: searchAttributes.deadLetters, value: 0 },
      { key: searchAttributes.schedule, value: scheduleId },
    ],
  };
}
