import type { Client } from '@temporalio/client';
import { randomBytes } from 'node:crypto';
import { CatapultError, catapultError } from '../../catapult/errors.ts';
import { parseRequest } from '../../catapult/parse.ts';
import { present } from '../../catapult/present.ts';
import type { CreateConferenceRequest } from '../../catapult/requests.ts';
import type { Backfill, ListedSchedule, Schedule, SchedulesPage } from '../../catapult/resources.ts';
import {
  backfillRequest,
  createScheduleRequest,
  noteRequest,
  skipRequest,
  updateScheduleRequest,
  type BackfillRequest,
  type CreateScheduleFields,
  type NoteRequest,
  type SkipRequest,
  type UpdateScheduleFields,
} from '../../catapult/schedule-requests.ts';
import { isScheduleId, scheduleIdOf, type ScheduleIds } from '../../conference/state/ids.ts';
import { TASK_QUEUE } from '../../workflows/messages.ts';
import type { CheckedCalls } from '../checked-calls.ts';
import { ANSWER_WITHIN_MS, MAX_CALENDAR_EVENTS } from '../budget.ts';
import type { CallOptions, RequestOptions } from '../call.ts';
import type { Asked, Conferences } from '../conferences.ts';
import { conferenceIdFor, type CreationOptions, type Creator } from '../creation.ts';
import { digestOf, requestKeyOf, sha256 } from '../digest.ts';
import type { PageWanted } from '../list.ts';
import { placeIn, tokenOf } from '../page-token.ts';
import { createdUnlessRefused, type CreatedConference } from '../refusals.ts';
import { unavailable } from '../unavailable.ts';
import { backfillStarts, startsOfDate } from './backfill.ts';
import { calendarOf } from './calendar.ts';
import { changedSchedule, isChangedUnder, marked, newSchedule, withSkipped } from './plan.ts';
import { noSchedule, refusedByTemporal, refusedSpec } from './refusals.ts';
import { shownSchedule } from './shown.ts';
import { ScheduleStore, type Found, type Kept } from './store.ts';

/** What a gateway has to do with it: it makes the first attempt, and holds accounts to their limits by throwing. */
interface TriggerOptions {
  creator?: Creator | undefined;
  admit?: ((request: CreateConferenceRequest) => Promise<void>) | undefined;
}

/** In milliseconds. */
const DAY = 86_400_000;

/**
 * Conferences that come again and again, each a Temporal Schedule. A schedule is named by `{ userId, scheduleId }`, which `create` returns.
 * Every method rejects with a `CatapultError`, as those of `ConferenceClient` do; 404 `schedule-not-found` where there is none; a change
 * also with 409 `schedule-update-conflict` for a key that was used for another one.
 */
export class ScheduleClient {
  private readonly client: Client;
  private readonly conferences: Conferences;
  private readonly calls: CheckedCalls;
  private readonly options: CreationOptions;
  private readonly store: ScheduleStore;

  constructor(
    client: Client,
    conferences: Conferences,
    calls: CheckedCalls,
    { taskQueue = TASK_QUEUE, ...options }: Partial<CreationOptions>,
  ) {
    this.client = client;
    this.conferences = conferences;
    this.calls = calls;
    this.options = { ...options, taskQueue };
    this.store = new ScheduleStore(client, taskQueue);
  }

  /**
   * Makes a schedule, which makes a conference for each of its times.
   * @throws CatapultError 409 `duplicate-schedule` when the key was used for another request.
   */
  async create(userId: string, fields: CreateScheduleFields, options: RequestOptions = {}): Promise<ScheduleIds> {
    return await this.ask(userId, options, 'The schedule could not be created now.', async ({ idempotencyKey }) => {
      const request = parseRequest(createScheduleRequest, fields);
      const bytes = idempotencyKey === undefined ? randomBytes(17) : sha256(`schedule\n${userId}\n${idempotencyKey}`);
      const ids = { userId, scheduleId: scheduleIdOf(bytes) };
      const fingerprint = digestOf(request);
      // How many schedules an account may have belongs here.
      const { retryWindowMs, defaultMaxDurationOf } = this.options;
      const kept = newSchedule(request, { retryWindowMs, defaultMaxDuration: defaultMaxDurationOf?.(userId) });
      if (!(await this.store.create(ids, kept, fingerprint))) {
        await this.mustBe(ids, fingerprint);
        return ids;
      }
      const { nextStarts } = await this.found(ids);
      if (nextStarts.length > 0) return ids;
      await this.store.delete(ids);
      throw refusedSpec(request, 'a time that is still to come: it makes no conference');
    });
  }

  /** The schedule as it is, with its next runs and ten of its conferences. */
  async get(ids: ScheduleIds, options: CallOptions = {}): Promise<Schedule> {
    return await this.of(ids, options, 'The schedule could not be read now.', async (asked) => {
      const page = { size: 10 };
      const [found, { conferences }] = await Promise.all([
        this.found(ids),
        this.conferences.list({ userId: ids.userId, filters: { scheduleId: ids.scheduleId } }, page, asked),
      ]);
      return { ...shownSchedule(ids, found), conferences };
    });
  }

  /** All schedules of the account. `timeoutMs` is a page's. */
  async *list(userId: string, options: CallOptions = {}): AsyncGenerator<ListedSchedule> {
    let pageToken: string | undefined;
    do {
      const page = await this.page(userId, { size: 100, pageToken }, options);
      yield* page.schedules;
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  }

  /** One page of them. A schedule that was made a moment ago may not show yet. @throws CatapultError 400 for a token of another list. */
  async page(userId: string, { size, pageToken }: PageWanted, options: CallOptions = {}): Promise<SchedulesPage> {
    const otherwise = 'The schedules could not be listed now.';
    const work = async () => {
      const query = `schedules\n${this.store.queryOf(userId)}`;
      const place = pageToken === undefined ? undefined : placeIn(query, pageToken);
      const { ids, next } = await this.store.page(userId, size, place);
      const found = await Promise.all(ids.map(async (one) => [one, await this.store.read(one)] as const));
      // Those of other workers stand in the same list.
      const schedules = found.flatMap(([one, its]) =>
        its?.taskQueue === this.options.taskQueue ? [shownSchedule(one, its, userId)] : [],
      );
      return present({ schedules, nextPageToken: next && tokenOf(query, next) });
    };
    return await this.calls.askOfAny(userId, options, (asked) => this.answered(asked, otherwise, work));
  }

  /** Changes a schedule: what is absent stays as it is, as do the conferences that it has made. `maxRuns` counts from now on. */
  async change(ids: ScheduleIds, fields: UpdateScheduleFields, options: RequestOptions = {}): Promise<void> {
    await this.ofChange(ids, options, async (asked) => {
      const request = parseRequest(updateScheduleRequest, fields);
      await this.changed(ids, asked, { change: request }, (kept) => changedSchedule(kept, request));
    });
  }

  /** What would begin meanwhile is left out. Conferences that it has made already go on, those that wait for their reminders too. */
  async pause(ids: ScheduleIds, fields: NoteRequest = {}, options: RequestOptions = {}): Promise<void> {
    await this.setPaused(ids, true, fields, options);
  }

  /** Lets it go on, from now on. */
  async resume(ids: ScheduleIds, fields: NoteRequest = {}, options: RequestOptions = {}): Promise<void> {
    await this.setPaused(ids, false, fields, options);
  }

  /** Makes one of its conferences now, beside all others, also while it is paused. It counts for no `maxRuns`. */
  async trigger(ids: ScheduleIds, options: RequestOptions & TriggerOptions = {}): Promise<CreatedConference> {
    const { creator, admit } = options;
    return await this.of(ids, options, 'The conference could not be created now.', async (asked) => {
      const { start } = await this.found(ids);
      await admit?.(start.request);
      const creation = { ...asked, creator, scheduleId: ids.scheduleId };
      try {
        return createdUnlessRefused(ids.userId, await this.conferences.create(ids.userId, start.request, creation));
      } catch (error) {
        if (!(error instanceof CatapultError) || error.code !== 'duplicate-conference') throw error;
        // The schedule was changed since the key was used: what it made then is the answer.
        return { userId: ids.userId, conferenceId: conferenceIdFor(ids.userId, creation), outcome: 'created' };
      }
    });
  }

  /** Leaves out what would begin on one local date. @throws CatapultError 400 where nothing does, or it has been made already. */
  async skip(ids: ScheduleIds, fields: SkipRequest, options: RequestOptions = {}): Promise<void> {
    await this.ofChange(ids, options, async (asked) => {
      const { date } = parseRequest(skipRequest, fields);
      const found = await this.found(ids);
      const isKnown = found.start.schedule.skippedDates.includes(date);
      if (!isKnown) await startsOfDate(this.store, ids, found, date);
      await this.changed(ids, asked, { skip: date }, (kept) => withSkipped(kept, date));
    });
  }

  /**
   * Makes now the conferences that were to begin in a past time, of 30 days at most, and that it has not made; also those of skipped times
   * in which it was paused.
   */
  async backfill(ids: ScheduleIds, fields: BackfillRequest, options: RequestOptions = {}): Promise<Backfill> {
    return await this.ofChange(ids, options, async ({ idempotencyKey }) => {
      const request = parseRequest(backfillRequest, fields);
      const found = await this.found(ids);
      const key = idempotencyKey === undefined ? undefined : requestKeyOf(idempotencyKey, { backfill: request });
      isChangedUnder(found.start.schedule, key);
      const made = await backfillStarts(this.client, this.store, ids, found, request);
      if (key !== undefined)
        await this.store.change(ids, (kept) =>
          isChangedUnder(kept.start.schedule, key) ? undefined : marked(kept, key),
        );
      return made;
    });
  }

  /** Deletes a schedule. Conferences that it has made go on. */
  async delete(ids: ScheduleIds, options: CallOptions = {}): Promise<void> {
    await this.of(ids, options, 'The schedule could not be deleted now.', async () => {
      if (!(await this.store.delete(ids))) throw noSchedule(ids);
    });
  }

  /** Its runs of the coming year, and before them those of the last day as far as there is room: 500 at most, as a calendar (RFC 5545). */
  async calendar(ids: ScheduleIds, options: CallOptions = {}): Promise<string> {
    return await this.of(ids, options, 'The schedule could not be read now.', async () => {
      const found = await this.found(ids);
      const now = Date.now();
      const lead = found.start.schedule.leadSeconds * 1_000;
      // Before it was there it made none.
      const first = Math.max(now - DAY - lead, found.createdAt ?? 0);
      // Each by itself: Temporal answers with the first 1,000 of a time.
      const [past, coming] = await Promise.all([
        this.store.startsBetween(ids, first, now),
        this.store.startsBetween(ids, now, now + 366 * DAY - lead),
      ]);
      const left = found.paused ? 0 : (found.runsLeft ?? MAX_CALENDAR_EVENTS);
      const shown = coming.slice(0, Math.min(left, MAX_CALENDAR_EVENTS));
      return calendarOf(ids, found, [...past, ...shown].slice(-MAX_CALENDAR_EVENTS));
    });
  }

  private async setPaused(ids: ScheduleIds, paused: boolean, fields: NoteRequest, options: RequestOptions) {
    await this.ofChange(ids, options, async (asked) => {
      const { note } = parseRequest(noteRequest, fields);
      await this.changed(ids, asked, { paused, note }, (kept) => ({ ...kept, paused, note: note ?? kept.note }));
    });
  }

  /** Changes what is kept, under a key once only; `what` is asked for. */
  private async changed(ids: ScheduleIds, { idempotencyKey }: Asked, what: object, change: (kept: Found) => Kept) {
    const key = idempotencyKey === undefined ? undefined : requestKeyOf(idempotencyKey, what);
    const isThere = await this.store.change(ids, (found) =>
      isChangedUnder(found.start.schedule, key) ? undefined : marked(change(found), key),
    );
    if (!isThere) throw noSchedule(ids);
  }

  /** @throws CatapultError 409 where another request has made it. */
  private async mustBe(ids: ScheduleIds, fingerprint: string): Promise<void> {
    if ((await this.found(ids)).fingerprint === fingerprint) return;
    const message = 'Idempotency-Key: was used for another schedule; wants a new key for a new schedule.';
    throw catapultError('duplicate-schedule', message);
  }

  private async found(ids: ScheduleIds): Promise<Found> {
    const found = await this.store.read(ids);
    if (found === undefined) throw noSchedule(ids);
    return found;
  }

  private async ofChange<Value>(ids: ScheduleIds, options: RequestOptions, work: (asked: Asked) => Promise<Value>) {
    return await this.of(ids, options, 'Nobody knows whether the schedule was changed.', work);
  }

  private async of<Value>(
    ids: ScheduleIds,
    options: RequestOptions,
    otherwise: string,
    work: (asked: Asked) => Promise<Value>,
  ): Promise<Value> {
    return await this.ask(ids.userId, options, otherwise, async (asked) => {
      if (!isScheduleId(ids.scheduleId)) throw noSchedule(ids);
      return await work(asked);
    });
  }

  /** `otherwise` says what it means when Temporal does not answer. */
  private async ask<Value>(
    userId: string,
    options: RequestOptions,
    otherwise: string,
    work: (asked: Asked) => Promise<Value>,
  ): Promise<Value> {
    return await this.calls.ask(userId, options, (asked) => this.answered(asked, otherwise, work));
  }

  private async answered<Value>(asked: Asked, otherwise: string, work: (asked: Asked) => Promise<Value>) {
    const { timeoutMs = ANSWER_WITHIN_MS } = asked;
    try {
      return await this.client.withDeadline(Date.now() + timeoutMs, () => work(asked));
    } catch (error) {
      if (error instanceof CatapultError) throw error;
      throw refusedByTemporal(error) ?? (await unavailable(this.client, otherwise, error));
    }
  }
}
