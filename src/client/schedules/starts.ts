import { dayIn } from '../../catapult/local-time.ts';
import type { Backfill } from '../../catapult/resources.ts';
import { exactTime } from '../../catapult/resources.ts';
import type { BackfillRequest } from '../../catapult/schedule-requests.ts';
import { runIdAt, type ScheduleIds } from '../../conference/state/ids.ts';
import { MAX_BACKFILL_DAYS, MAX_CALENDAR_EVENTS, MAX_STARTED_AT_ONCE, STARTED_IN_A_ROW } from '../budget.ts';
import { inParts } from '../turns.ts';
import { withStarted } from './plan.ts';
import { wrongField } from './refusals.ts';
import { beginsAt } from './shown.ts';
import type { Found, ScheduleStore } from './store.ts';

const DAY_MS = 86_400_000;

/* What a schedule does at times that somebody names. */

/**
 * When it was to start those that were to begin in a past time (epoch milliseconds).
 * @throws CatapultError 400 for a time that has not passed, is too long ago, or holds too many.
 */
export async function startsInThePast(
  store: ScheduleStore,
  ids: ScheduleIds,
  { start }: Found,
  { from, to }: BackfillRequest,
): Promise<number[]> {
  const { leadSeconds, asked } = start.schedule;
  if (asked.jitter !== undefined) throw wrongField('from', from, 'a schedule without jitter, whose times are known');
  if (Date.parse(to) > Date.now())
    throw wrongField('to', to, `a time that has passed (it is ${exactTime(Date.now())})`);
  const first = Date.now() - MAX_BACKFILL_DAYS * DAY_MS;
  if (Date.parse(from) < first) {
    throw wrongField('from', from, `a time not before ${exactTime(first)}: conferences are kept for 30 days`);
  }
  const lead = leadSeconds * 1_000;
  const starts = await store.startsBetween(ids, Date.parse(from) - lead - 1, Date.parse(to) - lead);
  if (starts.length <= MAX_STARTED_AT_ONCE) return starts;
  const until = exactTime((starts[MAX_STARTED_AT_ONCE - 1] ?? 0) + lead);
  throw wrongField(
    'to',
    to,
    `a time in which at most ${MAX_STARTED_AT_ONCE} conferences were to begin, such as ${until}`,
  );
}

/** Starts them, and tells which were not started before. */
export async function startAll(
  store: ScheduleStore,
  ids: ScheduleIds,
  found: Found,
  starts: readonly number[],
): Promise<Backfill['conferences']> {
  const { leadSeconds } = found.start.schedule;
  return await inParts(starts, STARTED_IN_A_ROW, async (at) => ({
    id: runIdAt(ids.scheduleId, leadSeconds, at),
    startTime: beginsAt(at, leadSeconds),
    outcome: (await store.start(ids, found, at)) ? ('made' as const) : ('there' as const),
  }));
}

/**
 * Starts those that are still to begin, and that had to be started before now for their reminders: since the schedule was made, changed or
 * resumed too late for that. Whoever does it again does nothing.
 */
export async function startOverdue(store: ScheduleStore, ids: ScheduleIds, found: Found): Promise<void> {
  const { paused, runsLeft = Infinity } = found;
  const lead = found.start.schedule.leadSeconds * 1_000;
  if (lead === 0 || paused || runsLeft === 0) return;
  const now = Date.now();
  const starts = await store.startsBetween(ids, now - lead, now);
  let made = 0;
  for (const at of starts) if (made < runsLeft && (await store.start(ids, found, at))) made += 1;
  const until = (starts.at(-1) ?? 0) + lead;
  if (made > 0) await store.change(ids, (kept) => withStarted(kept, made, until));
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
  const there = runIdAt(ids.scheduleId, leadSeconds, made);
  throw wrongField('date', date, `a date whose conferences are not there yet; end ${there} instead, if it is to come`);
}

/** When it starts those of the coming year, and before them those of the last day as far as there is room (epoch milliseconds). */
export async function startsForCalendar(store: ScheduleStore, ids: ScheduleIds, found: Found): Promise<number[]> {
  const now = Date.now();
  const lead = found.start.schedule.leadSeconds * 1_000;
  // Before it was there it made none.
  const first = Math.max(now - DAY_MS - lead, found.createdAt ?? 0);
  // Each by itself: Temporal answers with the first 1,000 of a time.
  const [past, coming] = await Promise.all([
    store.startsBetween(ids, first, now),
    store.startsBetween(ids, now, now + 366 * DAY_MS - lead),
  ]);
  const left = found.paused ? 0 : (found.runsLeft ?? MAX_CALENDAR_EVENTS);
  const shown = coming.slice(0, Math.min(left, MAX_CALENDAR_EVENTS));
  return [...past, ...shown].slice(-MAX_CALENDAR_EVENTS);
}
