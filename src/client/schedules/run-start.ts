import { markdownLine } from '../../catapult/outside-text.ts';
import type { ScheduleIds } from '../../conference/state/ids.ts';
import { searchableTag, searchAttributes, type NewConference } from '../../workflows/messages.ts';

/** What each of a schedule's workflows is started with, whoever starts it. */
export function runStart<Start extends NewConference>(
  { userId, scheduleId }: ScheduleIds,
  start: Start,
  taskQueue: string,
) {
  const { from, tag } = start.request;
  const args: [Start] = [start];
  return {
    taskQueue,
    args,
    staticSummary: `conference from ${from}${tag === undefined ? '' : `, ${markdownLine(tag)}`}`,
    typedSearchAttributes: [
      { key: searchAttributes.state, value: 'creating' },
      { key: searchAttributes.user, value: userId },
      { key: searchAttributes.from, value: from },
      ...(tag === undefined ? [] : [{ key: searchAttributes.tag, value: searchableTag(tag) }]),
      { key: searchAttributes.members, value: 0 },
      { key: searchAttributes.deadLetters, value: 0 },
      { key: searchAttributes.schedule, value: scheduleId },
    ],
  };
}
