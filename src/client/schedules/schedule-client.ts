import type { Client } from '@temporalio/client';
import { randomBytes } from 'node:crypto';
import { CatapultError } from '../../catapult/errors.ts';
import { parseRequest } from '../../catapult/parse.ts';
import { present } from '../../catapult/present.ts';
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
import { ANSWER_WITHIN_MS } from '../budget.ts';
import { requireText, type CallOptions, type RequestOptions } from '../call.ts';
import type { Asked, Conferences } from '../conferences.ts';
import { conferenceIdFor, type CreationOptions } from '../creation.ts';
import { digestOf, requestKeyOf, sha256 } from '../digest.ts';
import { GRPC, grpcStatusOf } from '../grpc.ts';
import { requirePage, type PageWanted } from '../list.ts';
import { placeIn, tokenOf } from '../page-token.ts';
import { createdUnlessRefused, type CreatedConference } from '../refusals.ts';
import { unavailable } from '../unavailable.ts';
import type { ScheduleAsked, ScheduleOptions, StartOptions } from './asked.ts';
import { calendarOf } from './calendar.ts';
import { changedSchedule, hasOtherTimes, isChangedUnder, marked, newSchedule, withSkipped } from './plan.ts';
import { mustMakeAll, noSchedule, otherSchedule, refusedByTemporal, scheduleUnavailable } from './refusals.ts';
import { shownSchedule } from './shown.ts';
import { mayStartOverdue, startAll, startOverdue, startsForCalendar, startsInThePast, startsOfDate } from './starts.ts';
import { ScheduleStore, type Found, type Kept } from './store.ts';

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
    this.store = new ScheduleStore(client, this.options);
  }

  /**
   * Makes a schedule, which makes a conference for each of its times.
   * @throws CatapultError 409 `duplicate-schedule` when the key was used for another request; 503 with a `location` where it may be.
   */
  async create(userId: string, fields: CreateScheduleFields, options: ScheduleOptions = {}): Promise<ScheduleIds> {
    return await this.ask(userId, options, 'The schedule could not be created now.', async ({ idempotencyKey }) => {
      const request = parseRequest(createScheduleRequest, fields);
      const bytes = idempotencyKey === undefined ? randomBytes(17) : sha256(`schedule\n${userId}\n${idempotencyKey}`);
      const ids = { userId, scheduleId: scheduleIdOf(bytes) };
      const fingerprint = digestOf(request);
      const isThere = idempotencyKey !== undefined && (await this.store.read(ids)) !== undefined;
      if (!isThere) {
        const kept = newSchedule(request, this.defaultsFor(userId));
        await this.foresee(userId, kept, { isNew: true, admit: options.admit });
        await this.store.create(ids, kept, fingerprint).catch(scheduleUnavailable(this.client, ids));
      }
      const found = await this.found(ids);
      if (found.fingerprint !== fingerprint) throw otherSchedule();
      await startOverdue(this.store, ids, found);
      return ids;
    });
  }

  /** The schedule as it is, with its next runs and ten of its conferences. */
  async get(ids: ScheduleIds, options: CallOptions = {}): Promise<Schedule> {
    return await this.of(ids, options, 'The schedule could not be read now.', async (asked) => {
      const [found, { conferences }] = await Promise.all([
        this.found(ids),
        this.conferences.list({ userId: ids.userId, filters: { scheduleId: ids.scheduleId } }, { size: 10 }, asked),
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
  async page(userId: string, page: PageWanted, options: CallOptions = {}): Promise<SchedulesPage> {
    const otherwise = 'The schedules could not be listed now.';
    const work = async () => {
      requirePage(page);
      const { size, pageToken } = page;
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
  async change(ids: ScheduleIds, fields: UpdateScheduleFields, options: ScheduleOptions = {}): Promise<void> {
    await this.ofChange(ids, options, async (asked) => {
      const request = parseRequest(updateScheduleRequest, fields);
      const change = (kept: Found) => changedSchedule(kept, request, this.defaultsFor(ids.userId));
      const found = await this.found(ids);
      const wanted = change(found);
      const [before, after] = [found.start.schedule, wanted.start.schedule];
      const isOther = hasOtherTimes(before, after);
      // Times that stay were let in when they were asked for.
      const admit = isOther ? options.admit : undefined;
      if (isOther || before.asked.overlap !== after.asked.overlap)
        await this.foresee(ids.userId, wanted, { isNew: false, admit });
      await this.changed(ids, asked, { change: request }, change);
      await startOverdue(this.store, ids, await this.found(ids));
    });
  }

  /** What would begin meanwhile is left out. Conferences that it has made already go on, those that wait for their reminders too. */
  async pause(ids: ScheduleIds, fields: NoteRequest = {}, options: RequestOptions = {}): Promise<void> {
    await this.setPaused(ids, true, fields, options);
  }

  /** Lets it go on, from now on: what is still to begin is made. */
  async resume(ids: ScheduleIds, fields: NoteRequest = {}, options: RequestOptions = {}): Promise<void> {
    await this.setPaused(ids, false, fields, options);
  }

  /** Makes one of its conferences now, beside all others, also while it is paused. It counts for no `maxRuns`. */
  async trigger(ids: ScheduleIds, options: StartOptions = {}): Promise<CreatedConference> {
    return await this.of(ids, options, 'The conference could not be created now.', async (asked) => {
      const { start } = await this.found(ids);
      await options.admit?.(start.request, 1);
      const creation = { ...asked, creator: options.creator, scheduleId: ids.scheduleId };
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
   * in which it was paused. Each is made once, whoever asks at the same time.
   */
  async backfill(ids: ScheduleIds, fields: BackfillRequest, options: StartOptions = {}): Promise<Backfill> {
    return await this.ofChange(ids, options, async ({ idempotencyKey }) => {
      const request = parseRequest(backfillRequest, fields);
      const found = await this.found(ids);
      const key = idempotencyKey === undefined ? undefined : requestKeyOf(idempotencyKey, { backfill: request });
      const isAgain = isChangedUnder(found.start.schedule, key);
      const starts = await startsInThePast(this.store, ids, found, request);
      if (!isAgain) await options.admit?.(found.start.request, starts.length);
      const conferences = await startAll(this.store, ids, found, starts);
      if (key !== undefined && !isAgain)
        await this.store.change(ids, (kept) =>
          isChangedUnder(kept.start.schedule, key) ? undefined : marked(kept, key),
        );
      return { conferences };
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
      return calendarOf(ids, found, await startsForCalendar(this.store, ids, found));
    });
  }

  private async setPaused(ids: ScheduleIds, paused: boolean, fields: NoteRequest, options: RequestOptions) {
    await this.ofChange(ids, options, async (asked) => {
      const { note } = parseRequest(noteRequest, fields);
      if (!paused) await mayStartOverdue(this.store, ids, await this.found(ids));
      await this.changed(ids, asked, { paused, note }, (kept) => ({ ...kept, paused, note: note ?? kept.note }));
      if (!paused) await startOverdue(this.store, ids, await this.found(ids));
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

  /** What it comes to in Temporal's eyes, before anything is done. @throws CatapultError 400 where that is nothing, or too much; what `admit` throws. */
  private async foresee(userId: string, kept: Kept, { isNew, admit }: Pick<ScheduleAsked, 'isNew'> & ScheduleOptions) {
    const { request, schedule } = kept.start;
    const { begins, overdue } = await this.store.foresee(userId, kept);
    mustMakeAll(schedule, begins, overdue);
    await admit?.({ request, isNew, begins, startedAtOnce: overdue.length });
  }

  private defaultsFor(userId: string) {
    const { retryWindowMs, defaultMaxDurationOf } = this.options;
    return { retryWindowMs, defaultMaxDuration: defaultMaxDurationOf?.(userId) };
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
    // Whoever calls from JavaScript may give the id alone.
    const { userId, scheduleId } = Object(ids) as Partial<ScheduleIds>;
    requireText('userId', userId, 'the user id of an account, beside the scheduleId, as `create` answers them');
    return await this.ask(userId, options, otherwise, async (asked) => {
      requireText('scheduleId', scheduleId, 'the id of a schedule');
      if (!isScheduleId(scheduleId)) throw noSchedule(ids);
      return await work(asked).catch((error: unknown): never => {
        // It was deleted meanwhile.
        throw grpcStatusOf(error)?.code === GRPC.notFound ? noSchedule(ids) : error;
      });
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
      throw refusedByTemporal(error) ?? (await unavailable(this.client, otherwise, error, 'Temporal'));
    }
  }
}
