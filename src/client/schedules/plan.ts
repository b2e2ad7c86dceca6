import { randomUUID } from 'node:crypto';
import { catapultError } from '../../catapult/errors.ts';
import { localDateOf } from '../../catapult/local-time.ts';
import { present } from '../../catapult/present.ts';
import type { CreateConferenceRequest } from '../../catapult/requests.ts';
import type {
  CreateScheduleRequest,
  ScheduleSettings,
  UpdateScheduleRequest,
} from '../../catapult/schedule-requests.ts';
import type { IdempotencyKey } from '../../conference/state/changes.ts';
import type { NewConference, SchedulePlan } from '../../workflows/messages.ts';
import { MAX_SCHEDULE_KEYS, MAX_SKIPPED_DATES } from '../budget.ts';
import { digestOf } from '../digest.ts';
import { wrongField } from './refusals.ts';
import { leadOf } from './spec.ts';
import type { Found, Kept } from './store.ts';

/* What is kept of a schedule: made from a request, and changed. */

/** What conferences are given where their request does not say. */
type Defaults = Pick<NewConference, 'retryWindowMs' | 'defaultMaxDuration'>;

export function newSchedule(request: CreateScheduleRequest, defaults: Defaults): Kept {
  const { conference, note = '', ...asked } = request;
  const schedule = {
    asked: present(asked),
    leadSeconds: leadOf(conference),
    firstDate: localDateOf(asked.timeZone, asked.startAt === undefined ? Date.now() : Date.parse(asked.startAt)),
    skippedDates: [],
    changeId: randomUUID(),
    keys: [],
  };
  mustFit(schedule);
  return {
    start: { ...present(defaults), request: requestOf(conference), schedule },
    ...{ paused: false, note, runsLeft: asked.maxRuns },
  };
}

/** The schedule with what is given in place of what was; `maxRuns` counts from then on. */
export function changedSchedule(kept: Found, request: UpdateScheduleRequest, defaults: Defaults): Kept {
  const { conference, note = kept.note, skippedDates, ...given } = request;
  const { schedule } = kept.start;
  const asked = withoutNulls({ ...schedule.asked, ...withoutTheOther(given), ...present(given) });
  const changes = {
    asked,
    firstDate: given.startAt ? localDateOf(asked.timeZone, Date.parse(given.startAt)) : undefined,
    leadSeconds: conference && leadOf(conference),
    skippedDates: skippedDates && [...new Set(skippedDates)].sort(),
  };
  const changed = { ...schedule, ...present(changes) };
  mustFit(changed);
  const hasLead = schedule.leadSeconds + changed.leadSeconds > 0;
  const { startedUntil: _past, ...others } = changed;
  const madeUntil = madeUntilOf(kept);
  return {
    ...kept,
    note: note ?? '',
    runsLeft: given.maxRuns === undefined ? kept.runsLeft : asked.maxRuns,
    start: {
      ...present(defaults),
      request: conference === undefined ? kept.start.request : requestOf(conference),
      schedule: hasLead && hasOtherTimes(schedule, changed) ? { ...others, madeUntil } : changed,
    },
  };
}

/** Whether conferences begin, or are started, at other times. */
export function hasOtherTimes(one: SchedulePlan, other: SchedulePlan): boolean {
  const timesOf = ({ asked, leadSeconds, skippedDates }: SchedulePlan) => {
    const { cron, calendar, timeZone, startAt, endAt } = asked;
    return digestOf({ cron, calendar, timeZone, startAt, endAt, leadSeconds, skippedDates });
  };
  return timesOf(one) !== timesOf(other);
}

/** When the last begins that it has made: started at another time it would have another id, and be made once more. */
function madeUntilOf({ start: { schedule }, lastBegins }: Found): number {
  const { madeUntil = 0, startedUntil = 0 } = schedule;
  return Math.max(lastBegins, madeUntil, startedUntil);
}

/** Of `cron` and `calendar` one takes the place of the other. */
function withoutTheOther({ cron, calendar }: UpdateScheduleRequest): Partial<ScheduleSettings> {
  if (cron !== undefined) return { calendar: undefined };
  return calendar === undefined ? {} : { cron: undefined };
}

type WithNulls = { [Name in keyof ScheduleSettings]: ScheduleSettings[Name] | null };

function withoutNulls(asked: WithNulls): ScheduleSettings {
  return Object.fromEntries(
    Object.entries(present(asked)).filter(([, value]) => value !== null),
  ) as unknown as ScheduleSettings;
}

/** @throws CatapultError 400 where what it is by now does not fit together, whichever request said what. */
function mustFit({ asked: { startAt, endAt, jitter }, leadSeconds }: SchedulePlan): void {
  if (startAt !== undefined && endAt !== undefined && Date.parse(startAt) > Date.parse(endAt))
    throw wrongField('endAt', endAt, `a time that is not before startAt (${startAt})`);
  if (jitter !== undefined && leadSeconds > 0)
    throw wrongField('jitter', String(jitter), 'nothing beside reminders: these come at known times');
}

/** Without the dates that have passed. @throws CatapultError 400 where there are too many. */
export function withSkipped(kept: Kept, date: string): Kept {
  const { schedule } = kept.start;
  const yesterday = localDateOf(schedule.asked.timeZone, Date.now() - 86_400_000);
  const skippedDates = [...new Set([...schedule.skippedDates, date])].filter((one) => one >= yesterday).sort();
  if (skippedDates.length > MAX_SKIPPED_DATES) {
    throw wrongField('date', date, `at most ${MAX_SKIPPED_DATES} dates to be skipped: pause the schedule instead`);
  }
  return { ...kept, start: { ...kept.start, schedule: { ...schedule, skippedDates } } };
}

/** Marked as changed once more, under a key perhaps. */
export function marked(kept: Kept, key: IdempotencyKey | undefined): Kept {
  const { schedule } = kept.start;
  const keys = key === undefined ? schedule.keys : [...schedule.keys, key].slice(-MAX_SCHEDULE_KEYS);
  return { ...kept, start: { ...kept.start, schedule: { ...schedule, keys, changeId: randomUUID() } } };
}

/** Whether it was changed under this key. @throws CatapultError 409 where the key was for another change. */
export function isChangedUnder({ keys }: SchedulePlan, key: IdempotencyKey | undefined): boolean {
  const known = keys.find(({ id }) => id === key?.id);
  if (known === undefined || key === undefined) return false;
  if (known.fingerprint === key.fingerprint) return true;
  const message = 'Idempotency-Key: was used for another change of this schedule; wants a new key for a new change.';
  throw catapultError('schedule-update-conflict', message);
}

function requestOf({ startAt: _none, timeZone: _neither, ...conference }: CreateScheduleRequest['conference']) {
  return conference as CreateConferenceRequest;
}

/** So many of its conferences have been started at once, the last of which begins then (epoch milliseconds). */
export function withStarted(kept: Kept, count: number, startedUntil: number): Kept {
  const { start, runsLeft } = kept;
  const left = runsLeft === undefined ? undefined : Math.max(0, runsLeft - count);
  return marked(
    { ...kept, runsLeft: left, start: { ...start, schedule: { ...start.schedule, startedUntil } } },
    undefined,
  );
}
