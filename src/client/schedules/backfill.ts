import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { dayIn } from '../../catapult/local-time.ts';
import type { Backfill } from '../../catapult/resources.ts';
import { exactTime } from '../../catapult/resources.ts';
import type { BackfillRequest } from '../../catapult/schedule-requests.ts';
import { runIdAt, type ScheduleIds } from '../../conference/state/ids.ts';
import { MAX_BACKFILL_DAYS, MAX_BACKFILLED } from '../budget.ts';
import { conferenceHandle } from '../handles.ts';
import { wrongField } from './refusals.ts';
import { beginsAt } from './shown.ts';
import type { Found, ScheduleStore } from './store.ts';

/* What a schedule does at times that somebody names. */

/**
 * Starts what was to begin in a past time and is not there. Temporal alone would start a second conference in the place of one that is over.
 * @throws CatapultError 400 for a time that has not passed, is too long ago, or holds too many.
 */
export async function backfillStarts(
  client: Client,
  store: ScheduleStore,
  ids: ScheduleIds,
  found: Found,
  { from, to }: BackfillRequest,
): Promise<Backfill> {
  const { leadSeconds, asked } = found.start.schedule;
  if (asked.jitter !== undefined) throw wrongField('from', from, 'a schedule without jitter, whose times are known');
  if (Date.parse(to) > Date.now())
    throw wrongField('to', to, `a time that has passed (it is ${exactTime(Date.now())})`);
  const first = Date.now() - MAX_BACKFILL_DAYS * 86_400_000;
  if (Date.parse(from) < first) {
    throw wrongField('from', from, `a time not before ${exactTime(first)}: conferences are kept for 30 days`);
  }
  const lead = leadSeconds * 1_000;
  const starts = await store.startsBetween(ids, Date.parse(from) - lead - 1, Date.parse(to) - lead);
  if (starts.length > MAX_BACKFILLED) {
    const until = exactTime((starts[MAX_BACKFILLED - 1] ?? 0) + lead);
    throw wrongField('to', to, `a time in which at most ${MAX_BACKFILLED} conferences were to begin, such as ${until}`);
  }
  const are = await Promise.all(starts.map((at) => isThere(client, ids, at)));
  await store.backfill(
    ids,
    starts.filter((_, index) => !are[index]),
  );
  return {
    conferences: starts.map((at, index) => ({
      id: runIdAt(ids.scheduleId, at),
      startTime: beginsAt(at, leadSeconds),
      outcome: are[index] ? ('there' as const) : ('made' as const),
    })),
  };
}

async function isThere(client: Client, { userId, scheduleId }: ScheduleIds, at: number): Promise<boolean> {
  try {
    await conferenceHandle(client, { userId, conferenceId: runIdAt(scheduleId, at) }).describe();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** @throws CatapultError 400 where nothing begins on that local date, or it has been started already. */
export async function startsOfDate(
  store: ScheduleStore,
  ids: ScheduleIds,
  { start, nextStarts }: Found,
  date: string,
): Promise<void> {
  const { asked, leadSeconds } = start.schedule;
  const { from, to } = dayIn(asked.timeZone, date);
  const lead = leadSeconds * 1_000;
  const [first, last] = [from - lead - 1, to - lead - 1];
  const now = Date.now();
  if (now < last && (await store.startsBetween(ids, Math.max(first, now), last)).length > 0) return;
  const [made] = await store.startsBetween(ids, first, last);
  const next = nextStarts.slice(0, 3).map((at) => beginsAt(at, leadSeconds));
  if (made === undefined) {
    throw wrongField('date', date, `a date on which a conference begins; the next begin at ${next.join(', ')}`);
  }
  const there = runIdAt(ids.scheduleId, made);
  throw wrongField('date', date, `a date whose conferences are not there yet; end ${there} instead, if it is to come`);
}
