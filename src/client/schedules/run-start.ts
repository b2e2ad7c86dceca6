import type { Client } from '@temporalio/client';
import { present } from '../../catapult/present.ts';
import type { ScheduleIds } from '../../conference/state/ids.ts';
import { searchAttributes, type NewConference } from '../../workflows/messages.ts';
import { linkToSchedule } from '../console-links.ts';
import type { CreationOptions } from '../creation.ts';
import { indexedTexts, shownMemo, summaryOf, textAttributes } from '../indexed.ts';

/** Where workflows are started, and how they are shown there. */
export type RunOptions = Pick<CreationOptions, 'taskQueue' | 'consoleUrl'>;

/** What each of a schedule's workflows is started with, whoever starts it. */
export function runStart(
  client: Client,
  { userId, scheduleId }: ScheduleIds,
  start: NewConference,
  options: RunOptions,
) {
  const { request } = start;
  const args: [NewConference] = [present({ ...start, indexed: indexedTexts(client, userId, request) })];
  return {
    ...{ taskQueue: options.taskQueue, args },
    memo: shownMemo(client, request),
    staticSummary: summaryOf(request),
    ...present({ staticDetails: linkToSchedule(options.consoleUrl, { userId, scheduleId }) }),
    typedSearchAttributes: [
      { key: searchAttributes.state, value: 'creating' },
      ...textAttributes(client, userId, request),
      { key: searchAttributes.members, value: 0 },
      { key: searchAttributes.deadLetters, value: 0 },
      { key: searchAttributes.schedule, value: scheduleId },
    ],
  };
}
