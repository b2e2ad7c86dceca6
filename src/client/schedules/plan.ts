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
import { wrongField } from './refusals.ts';
import { leadOf } from './spec.ts';
import type { Found, Kept } from './store.ts';

/* What is kept of a schedule: made from a request, and changed. */

export function newSchedule(
  { conference, note = '', ...asked }: CreateScheduleRequest,
  defaults: Pick<NewConference, 'retryWindowMs' | 'defaultMaxDuration'>,
): Kept {
  const schedule = {
    asked: present(asked),
    leadSeconds: leadOf(conference),
    firstDate: localDateOf(asked.timeZone, asked.startAt === undefined ? Date.now() : Date.parse(asked.startAt)),
    skippedDates: [],
    changeId: randomUUID(),
    keys: [],
  };
  return {
    start: { ...present(defaults), request: requestOf(conference), schedule },
    ...{ paused: false, note, runsLeft: asked.maxRuns },
  };
}

/** The schedule with what is given in place of what was; `maxRuns` counts from then on. */
export function changedSchedule(kept: Found, request: UpdateScheduleRequest): Kept {
  const { conference, note = kept.note, skippedDates, ...given } = request;
  const { schedule } = kept.start;
  const asked = present({ ...schedule.asked, ...withoutTheOther(given), ...present(given) });
  mustBeInOrder(asked);
  const leadSeconds = conference && leadOf(conference);
  const changes = {
    asked,
    firstDate: given.startAt && localDateOf(asked.timeZone, Date.parse(given.startAt)),
    leadSeconds,
    leadChanged:
      leadSeconds === undefined || leadSeconds === schedule.leadSeconds
        ? undefined
        : { at: Date.now(), madeUntil: madeUntilOf(kept) },
    skippedDates: skippedDates && [...new Set(skippedDates)].sort(),
  };
  const changed = { ...schedule, ...present(changes) };
  const runsLeft = given.maxRuns ?? kept.runsLeft;
  const starts = conference === undefined ? kept.start : { ...kept.start, request: requestOf(conference) };
  return { ...kept, note, runsLeft, start: { ...starts, schedule: changed } };
}

/** When the last begins that it has made: started at another time it would have another id, and be made once more. */
function madeUntilOf({ start: { schedule }, lastStart }: Found): number {
  const { leadSeconds, leadChanged = { at: 0, madeUntil: 0 } } = schedule;
  return lastStart > leadChanged.at ? lastStart + leadSeconds * 1_000 : leadChanged.madeUntil;
}

/** Of `cron` and `calendar` one takes the place of the other. */
function withoutTheOther({ cron, calendar }: UpdateScheduleRequest): Partial<ScheduleSettings> {
  if (cron !== undefined) return { calendar: undefined };
  return calendar === undefined ? {} : { cron: undefined };
}

function mustBeInOrder({ startAt, endAt }: ScheduleSettings): void {
  if (startAt === undefined || endAt === undefined || Date.parse(startAt) <= Date.parse(endAt)) return;
  throw wrongField('endAt', endAt, `a time that is not before startAt (${startAt})`);
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
