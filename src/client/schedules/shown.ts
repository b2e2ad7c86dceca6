import { ALL_ACCOUNTS } from '../../catapult/paths.ts';
import { present } from '../../catapult/present.ts';
import { exactTime, withoutUserinfo, type ListedSchedule } from '../../catapult/resources.ts';
import type { ScheduleIds } from '../../conference/state/ids.ts';
import { DEFAULT_CATCHUP_SECONDS, DEFAULT_OVERLAP, type Found } from './store.ts';

/** A schedule as a list shows it, `by` whom it is asked for: of all accounts (`-`) it says whose it is. */
export function shownSchedule({ userId, scheduleId }: ScheduleIds, found: Found, by = userId): ListedSchedule {
  const { start, paused, note, runsLeft, nextStarts, createdAt } = found;
  const { asked, leadSeconds, skippedDates } = start.schedule;
  const { callbackUrl, fallbackUrl, dialIn, ...conference } = start.request;
  const urls = {
    callbackUrl: callbackUrl && withoutUserinfo(callbackUrl),
    fallbackUrl: fallbackUrl && withoutUserinfo(fallbackUrl),
  };
  const { overlap = DEFAULT_OVERLAP, catchupWindow = DEFAULT_CATCHUP_SECONDS, ...others } = asked;
  return present({
    userId: by === ALL_ACCOUNTS ? userId : undefined,
    id: scheduleId,
    state: stateOf(found),
    note: note === '' ? undefined : note,
    ...others,
    ...{ runsLeft, overlap, catchupWindow },
    skippedDates: skippedDates.length === 0 ? undefined : skippedDates,
    conference: present({ ...conference, ...urls, dialIn: dialIn && { asksForPin: dialIn.pin !== undefined } }),
    nextRuns: paused || runsLeft !== 0 ? nextStarts.map((at) => beginsAt(at, leadSeconds)) : [],
    createdTime: createdAt === undefined ? undefined : exactTime(Math.floor(createdAt / 1_000) * 1_000),
  });
}

function stateOf({ paused, runsLeft, nextStarts }: Found): ListedSchedule['state'] {
  if (runsLeft === 0 || nextStarts.length === 0) return 'ended';
  return paused ? 'paused' : 'active';
}

/** When the conference begins that is started then. */
export function beginsAt(start: number, leadSeconds: number): string {
  return exactTime(start + leadSeconds * 1_000);
}
