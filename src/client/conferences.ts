import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { CatapultError, catapultError } from '../catapult/errors.ts';
import { present } from '../catapult/present.ts';
import type {
  AddMemberRequest,
  AudioRequest,
  CallRequest,
  CreateConferenceRequest,
  UpdateConferenceRequest,
  UpdateMemberRequest,
} from '../catapult/requests.ts';
import type { Conference, EventResource, Member } from '../catapult/resources.ts';
import type { IdempotencyKey } from '../conference/state/changes.ts';
import { sequenceOf, isConferenceId, type ConferenceIds } from '../conference/state/ids.ts';
import type { CallbackBatch } from '../conference/state/inputs.ts';
import type { LeaseAnswer, LeaseAsk } from '../conference/state/lease.ts';
import type { ConferenceView } from '../conference/view.ts';
import { leaseUpdate, TASK_QUEUE } from '../workflows/messages.ts';
import { ANSWER_WITHIN_MS, LEASE_ANSWERED_WITHIN_MS, LEASE_GRANTED_WITHIN_MS } from './budget.ts';
import type { RequestOptions } from './call.ts';
import { Changes, type ChangeResult } from './changes.ts';
import { Creation, type CreateResult, type CreationAsked, type CreationOptions } from './creation.ts';
import { DeadLetters, type Period, type RedeliveryProgress } from './dead-letters.ts';
import { requestKeyOf } from './digest.ts';
import { eventResource, Events, type EventsWanted } from './events.ts';
import { conferenceHandle, conferenceOf } from './handles.ts';
import { ConferenceList, type ConferencesPage, type PageWanted } from './list.ts';
import type { Looked } from './list-query.ts';
import { queryWorkflow } from './query.ts';
import { itsMembers, theConference, type Question } from './questions.ts';
import { Reconciling } from './reconciling.ts';
import { Signals } from './signals.ts';
import { unavailable } from './unavailable.ts';
import { untilProcessed } from './updates.ts';

/** How something is asked for; the options' defaults hold. */
export type Asked = Omit<RequestOptions, 'signal'>;

/** Whose member it is, and which. */
export interface MemberIds extends ConferenceIds {
  memberId: string;
}

/**
 * Conferences, for whoever has a connection to Temporal and parsed requests: the gateway parses what comes in itself. A backend
 * service takes a `ConferenceClient`, which checks what it is given.
 */
export class Conferences {
  private readonly client: Client;
  private readonly taskQueue: string;
  private readonly creation: Creation;
  private readonly changes: Changes;
  /** @internal What the client of who watches shares with it. */
  readonly lists: ConferenceList;
  /** @internal */
  readonly eventsOf: Events;
  private readonly signals: Signals;
  private readonly reconciling: Reconciling;

  /** `CreationOptions` says what may be given. */
  constructor(client: Client, { taskQueue = TASK_QUEUE, ...options }: Partial<CreationOptions> = {}) {
    this.client = client;
    this.taskQueue = taskQueue;
    this.creation = new Creation(client, { taskQueue, ...options });
    this.changes = new Changes(client);
    this.lists = new ConferenceList(client, taskQueue);
    this.eventsOf = new Events(client);
    this.signals = new Signals(client, taskQueue);
    this.reconciling = new Reconciling(client, taskQueue, this.signals);
  }

  /**
   * Opens a conference and waits up to 10 s for the platform's word. With an idempotency key the same request again
   * gives the same conference and the first answer. A gateway may take the lease of its deliveries at the same time.
   * @throws CatapultError 409 when the key was used for another request.
   */
  async create(userId: string, request: CreateConferenceRequest, asked?: CreationAsked): Promise<CreateResult> {
    return await this.creation.create(userId, request, asked);
  }

  /**
   * A page of an account's conferences that fit all filters, from Temporal's index.
   * @throws CatapultError 400 for a pageToken of another list; 503 when Temporal does not answer.
   */
  async list(looked: Looked, page: PageWanted, { timeoutMs = ANSWER_WITHIN_MS }: Asked = {}): Promise<ConferencesPage> {
    try {
      return await this.lists.page(looked, page, Date.now() + timeoutMs);
    } catch (error) {
      if (error instanceof CatapultError) throw error;
      throw await unavailable(this.client, 'The conferences could not be listed now.', error, 'Temporal');
    }
  }

  /** The conference as GET shows it; undefined if there is none. @throws CatapultError 503 when nobody answers. */
  async get(ids: ConferenceIds, asked?: Asked): Promise<Conference | undefined> {
    return (await this.view(ids, asked))?.conference;
  }

  /** The same with how it stands for those who wait for it, and how many do. */
  async view(ids: ConferenceIds, asked?: Asked): Promise<ConferenceView | undefined> {
    return await this.read(ids, theConference, asked);
  }

  /** The members in the order in which they were added, those that left included; undefined if there is no conference. */
  async members(ids: ConferenceIds, asked?: Asked): Promise<Member[] | undefined> {
    return await this.read(ids, itsMembers, asked);
  }

  /**
   * Changes a conference, or ends it with `state: completed`. Like all changes below it is answered within 10 s; with an
   * idempotency key one that was done is not done again.
   * @returns undefined if there is no such conference.
   * @throws CatapultError 503 when the outcome is not known, with how to send it again.
   */
  async update(ids: ConferenceIds, fields: UpdateConferenceRequest, asked?: Asked): Promise<ChangeResult | undefined> {
    return await this.changes.send(ids, { kind: 'conference', fields }, asked);
  }

  /** Changes a member, or removes it with `state: completed`. */
  async updateMember(
    { memberId, ...ids }: MemberIds,
    fields: UpdateMemberRequest,
    asked?: Asked,
  ): Promise<ChangeResult | undefined> {
    return await this.changes.send(ids, { kind: 'member', memberId, fields }, asked);
  }

  /** Adds a call as a member; the answer holds the member's id. The platform is asked once. */
  async addMember(ids: ConferenceIds, member: AddMemberRequest, asked?: Asked): Promise<ChangeResult | undefined> {
    return await this.changes.send(ids, { kind: 'add-member', member }, asked);
  }

  /** Plays or speaks to all, or to one member. The platform is asked once. */
  async playAudio(
    { memberId, ...ids }: ConferenceIds & Partial<MemberIds>,
    audio: AudioRequest,
    asked?: Asked,
  ): Promise<ChangeResult | undefined> {
    return await this.changes.send(ids, present({ kind: 'audio' as const, memberId, audio }), asked);
  }

  /** Dials out into a conference; the answer holds the call's id. The platform is asked once. */
  async dial(
    userId: string,
    { conferenceId, bridgeId: _none, ...call }: CallRequest,
    asked?: Asked,
  ): Promise<ChangeResult | undefined> {
    if (!isConferenceId(conferenceId)) return undefined;
    return await this.changes.send({ userId, conferenceId }, { kind: 'dial', call }, asked);
  }

  /**
   * A page of the conference's events, with what became of each; undefined if there is no such conference.
   * @throws CatapultError 503 when nobody answers.
   */
  async events(
    ids: ConferenceIds,
    wanted: EventsWanted = {},
    { timeoutMs = ANSWER_WITHIN_MS }: Asked = {},
  ): Promise<{ events: EventResource[]; next?: number } | undefined> {
    try {
      const page = await this.eventsOf.page(ids, wanted, Date.now() + timeoutMs);
      if (page === undefined) return undefined;
      const { records, after } = page;
      return present({ events: records.map(eventResource), next: after });
    } catch (error) {
      throw await unavailable(this.client, 'The events could not be read now.', error);
    }
  }

  /**
   * Has an event delivered again, beside all others, whatever became of it; also when the conference has closed.
   * With an idempotency key it is done once, however often it is asked for.
   * @returns false if there is no such event.
   * @throws CatapultError 403 when there is no URL to send it to, or the conference was terminated; 409 when the key was used for
   * another request; 503 when nobody answers.
   */
  async redeliver(
    ids: ConferenceIds,
    eventId: string,
    { idempotencyKey, timeoutMs = ANSWER_WITHIN_MS }: Asked = {},
  ): Promise<boolean> {
    const sequence = sequenceOf(eventId, ids.conferenceId);
    if (sequence === undefined) return false;
    const deadline = Date.now() + timeoutMs;
    try {
      const record = await this.eventsOf.one(ids, sequence, deadline);
      // After a Reset another event may have its place.
      if (record?.id !== eventId) return false;
      const key = idempotencyKey === undefined ? undefined : requestKeyOf(idempotencyKey, { redeliver: eventId });
      if (key !== undefined && (await this.isAskedFor(ids, key, deadline))) return true;
      if (record.status === 'recorded' && (await this.isWithoutUrl(ids, deadline)))
        throw catapultError('conference-error', `The conference has no callbackUrl: set one, then ask again.`);
      await this.signals.redeliver(ids, [record], deadline, key);
      // Another request may have come first under the same key, at the same moment.
      if (key !== undefined && !(await this.isAskedFor(ids, key, deadline))) throw new Error('It was not taken.');
      return true;
    } catch (error) {
      if (error instanceof CatapultError) throw error;
      throw await unavailable(this.client, 'The event could not be sent again now.', error);
    }
  }

  /**
   * All dead letters of an account that were accepted in this time; see `DeadLetters.redeliver`. Asked for again under an idempotency
   * key, those that have died again since it was first asked for are left alone.
   * @throws CatapultError 409 when the key was used for another request; 503 when Temporal does not answer.
   */
  async redeliverDead(
    userId: string,
    period: Period,
    idempotencyKey?: string,
  ): Promise<AsyncGenerator<RedeliveryProgress>> {
    const letters = new DeadLetters(this.client, this.taskQueue, this.eventsOf, this.signals);
    if (idempotencyKey === undefined) return this.tellingWhy(letters.redeliver(userId, period));
    try {
      const diedBefore = await letters.firstAskedAt(userId, period, idempotencyKey);
      return this.tellingWhy(letters.redeliver(userId, period, diedBefore));
    } catch (error) {
      if (error instanceof CatapultError) throw error;
      throw await unavailable(this.client, 'Nothing has been sent again.', error);
    }
  }

  /**
   * Hands callback events to the conference, or to its aftercare if it has closed. Resolves when Temporal has them.
   * @throws when Temporal did not confirm it within 7 s; it may have them all the same.
   */
  async takeCallbacks(ids: ConferenceIds, batch: CallbackBatch): Promise<void> {
    await this.signals.callbacks(ids, batch);
  }

  /**
   * Asks a conference to lend its deliveries to this gateway, or for longer. Not granted where nobody answers in time.
   * @throws when Temporal cannot be reached.
   */
  async askForLease(ids: ConferenceIds, ask: Omit<LeaseAsk, 'until'>): Promise<LeaseAnswer> {
    const now = Date.now();
    const args: [LeaseAsk] = [{ ...ask, until: now + LEASE_GRANTED_WITHIN_MS }];
    try {
      return await this.client.withDeadline(now + LEASE_ANSWERED_WITHIN_MS, () =>
        untilProcessed(() => conferenceHandle(this.client, ids).executeUpdate(leaseUpdate, { args })),
      );
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { outcome: 'refused', why: 'the conference is over' };
      throw error;
    }
  }

  /**
   * Has a conference ask the platform what its callbacks never reported; `why` is for the log.
   * @returns false if no such conference is open.
   */
  async reconcile(ids: ConferenceIds, why: string): Promise<boolean> {
    return await this.reconciling.one(ids, why);
  }

  /** The same for every open conference, those with members first; answers how many there were. */
  async reconcileOpen(why: string, onProgress?: (done: number) => void): Promise<number> {
    return await this.reconciling.allOpen(why, onProgress);
  }

  private async isWithoutUrl(ids: ConferenceIds, deadline: number): Promise<boolean> {
    const conference = await this.get(ids, { timeoutMs: deadline - Date.now() });
    return conference?.callbackUrl === undefined;
  }

  private async *tellingWhy<Value>(work: AsyncGenerator<Value>): AsyncGenerator<Value> {
    try {
      yield* work;
    } catch (error) {
      if (error instanceof CatapultError) throw error;
      throw await unavailable(this.client, 'Not all has been sent again.', error);
    }
  }

  /** Whether something has been asked for under this key. @throws CatapultError 409 when it was something else. */
  private async isAskedFor(ids: ConferenceIds, key: IdempotencyKey, deadline: number): Promise<boolean> {
    const answer = await this.eventsOf.answerTo(ids, key, deadline);
    if (answer?.outcome === 'refused') throw new CatapultError(answer.error);
    return answer !== undefined;
  }

  private async read<Value>(
    ids: ConferenceIds,
    question: Question<Value>,
    { timeoutMs = ANSWER_WITHIN_MS }: Asked = {},
  ): Promise<Value | undefined> {
    try {
      return await queryWorkflow(this.client, conferenceOf(ids), Date.now() + timeoutMs, question);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw await unavailable(this.client, 'The conference could not be read now.', error);
    }
  }
}
