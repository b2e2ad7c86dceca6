import type { Client } from '@temporalio/client';
import { CatapultError } from '../../catapult/errors.ts';
import { parseRequest } from '../../catapult/parse.ts';
import type { Explanation, WhatIf } from '../../catapult/explaining-resources.ts';
import {
  conferenceFilters,
  whatIfQuery,
  type ConferenceFilterFields,
  type OtherSettingFields,
} from '../../catapult/queries.ts';
import type { DeadLetterResource } from '../../catapult/resources.ts';
import { present } from '../../catapult/present.ts';
import type { Counts, StepPage } from '../../catapult/watching-resources.ts';
import type { ConferenceIds } from '../../conference/state/ids.ts';
import { parseWorkflowId, TASK_QUEUE } from '../../workflows/messages.ts';
import { ANSWER_WITHIN_MS, MAX_PAGE_CONFERENCES, MAX_PAGE_EVENTS } from '../budget.ts';
import { requireWhole, type CallOptions } from '../call.ts';
import type { CheckedCalls } from '../checked-calls.ts';
import type { Asked, Conferences } from '../conferences.ts';
import { eventResource } from '../events.ts';
import type { ConferencesPage, PageWanted } from '../list.ts';
import { counted, deadLettersQuery } from '../list-query.ts';
import { noConference } from '../refusals.ts';
import { unavailable } from '../unavailable.ts';
import { Explaining } from './explaining.ts';
import { FollowedLists } from './followed-lists.ts';
import { Remembered } from './remembered.ts';
import { Steps } from './steps.ts';

/** A page of dead letters; `nextPageToken` is absent on the last one. */
export interface DeadLettersPage {
  deadLetters: DeadLetterResource[];
  nextPageToken?: string;
}

/**
 * What people who watch conferences want to see, for one account, or for all with the user `-`. Every method rejects with a
 * `CatapultError`, as those of `ConferenceClient` do.
 */
export class WatchingClient {
  private readonly client: Client;
  private readonly conferences: Conferences;
  private readonly calls: CheckedCalls;
  private readonly taskQueue: string;
  private readonly lists: FollowedLists;
  private readonly steps: Steps;
  private readonly explaining: Explaining;
  private readonly counts = new Remembered<Counts>();

  constructor(
    client: Client,
    conferences: Conferences,
    calls: CheckedCalls,
    { taskQueue = TASK_QUEUE }: { taskQueue?: string },
  ) {
    this.client = client;
    this.conferences = conferences;
    this.calls = calls;
    this.taskQueue = taskQueue;
    this.lists = new FollowedLists((looked, size) => conferences.list(looked, { size }));
    this.steps = new Steps(client);
    this.explaining = new Explaining(client);
  }

  /** How many conferences there are of each kind that is worth a look; a number may be some seconds old. */
  async count(userId: string, options: CallOptions = {}): Promise<Counts> {
    return await this.ask(userId, options, 'The conferences could not be counted now.', async (deadline) => {
      return await this.counts.of(userId, async () => {
        const kinds = Object.entries(counted).map(async ([kind, filters]) => {
          return [kind, await this.conferences.lists.countOf({ userId, filters }, deadline)] as const;
        });
        return Object.fromEntries(await Promise.all(kinds)) as unknown as Counts;
      });
    });
  }

  /**
   * The first page of a list, and again whenever it has changed, until the signal ends it. While Temporal is away it waits.
   * @throws CatapultError 503 where too many lists are followed already.
   */
  async follow(
    userId: string,
    filters: ConferenceFilterFields,
    { size = MAX_PAGE_CONFERENCES, signal }: { size?: number; signal?: AbortSignal | undefined } = {},
  ): Promise<AsyncGenerator<ConferencesPage, void>> {
    return await this.calls.askOfAny(userId, { signal }, async () => {
      requireWhole('size', size, 1, MAX_PAGE_CONFERENCES);
      const looked = { userId, owners: this.calls.owners(userId), filters: parseRequest(conferenceFilters, filters) };
      return await this.lists.follow(looked, size, signal);
    });
  }

  /** What was done for a conference, a run of its workflow at a time. @throws CatapultError 404 `conference-not-found`. */
  async stepsPage(ids: ConferenceIds, pageToken?: string, options: CallOptions = {}): Promise<StepPage> {
    return await this.read(ids, options, (deadline) => this.steps.page(ids, pageToken, deadline));
  }

  /** A conference explained by its history, a run of its workflow at a time. @throws CatapultError 404 `conference-not-found`. */
  async explanationPage(ids: ConferenceIds, pageToken?: string, options: CallOptions = {}): Promise<Explanation> {
    return await this.read(ids, options, (deadline) => this.explaining.explain(ids, pageToken, deadline));
  }

  /**
   * What had become of a conference with other settings. Nothing is changed.
   * @throws CatapultError 400; 404 `conference-not-found`; 403 where it has too many runs.
   */
  async whatIf(ids: ConferenceIds, settings: OtherSettingFields, options: CallOptions = {}): Promise<WhatIf> {
    return await this.read(ids, options, (deadline) => {
      return this.explaining.whatIf(ids, parseRequest(whatIfQuery, settings), deadline);
    });
  }

  /** Reads something from the history of a conference. */
  private async read<Value>(
    ids: ConferenceIds,
    options: CallOptions,
    work: (deadline: number) => Promise<Value | undefined>,
  ): Promise<Value> {
    return await this.calls.of(ids, options, async ({ timeoutMs = ANSWER_WITHIN_MS }) => {
      const value = await work(Date.now() + timeoutMs).catch(async (error: unknown) => {
        if (error instanceof CatapultError) throw error;
        throw await unavailable(this.client, 'The history could not be read now.', error, 'Temporal');
      });
      if (value === undefined) throw noConference(ids.conferenceId);
      return value;
    });
  }

  /** The dead letters of some conferences, of each 100 at most; `size` counts conferences. */
  async deadLettersPage(userId: string, page: PageWanted, options: CallOptions = {}): Promise<DeadLettersPage> {
    return await this.ask(userId, options, 'The dead letters could not be read now.', async (deadline) => {
      const query = deadLettersQuery(userId, this.taskQueue);
      const { runs, nextPageToken } = await this.conferences.lists.pageOfRuns(userId, query, page, deadline);
      const places = new Map(runs.map(({ workflowId }) => [parseWorkflowId(workflowId).conferenceId, workflowId]));
      const all = [...places.values()].map(parseWorkflowId).map((ids) => this.deadLettersOf(ids, deadline));
      return present({ deadLetters: (await Promise.all(all)).flat(), nextPageToken });
    });
  }

  private async deadLettersOf(ids: ConferenceIds, deadline: number): Promise<DeadLetterResource[]> {
    const page = await this.conferences.eventsOf.page(ids, { state: 'dead', size: MAX_PAGE_EVENTS }, deadline);
    return (page?.records ?? []).map((record) => ({ ...ids, event: eventResource(record) }));
  }

  /** `otherwise` says what it means when Temporal does not answer. */
  private async ask<Value>(
    userId: string,
    options: CallOptions,
    otherwise: string,
    work: (deadline: number) => Promise<Value>,
  ): Promise<Value> {
    return await this.calls.askOfAny(userId, options, async ({ timeoutMs = ANSWER_WITHIN_MS }: Asked) => {
      try {
        return await work(Date.now() + timeoutMs);
      } catch (error) {
        if (error instanceof CatapultError) throw error;
        throw await unavailable(this.client, otherwise, error);
      }
    });
  }
}
