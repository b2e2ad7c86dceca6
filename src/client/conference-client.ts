import type { Client } from '@temporalio/client';
import { CatapultError, catapultError } from '../catapult/errors.ts';
import { outsideText } from '../catapult/outside-text.ts';
import { parseRequest } from '../catapult/parse.ts';
import { conferenceFilters, type ConferenceFilterFields } from '../catapult/queries.ts';
import {
  addMemberRequest,
  audioRequest,
  callRequest,
  createConferenceRequest,
  updateConferenceRequest,
  updateMemberRequest,
  type AddMemberFields,
  type AudioFields,
  type CallFields,
  type CreateConferenceFields,
  type UpdateConferenceFields,
  type UpdateMemberFields,
} from '../catapult/requests.ts';
import type { Conference, EventResource, ListedConference, Member } from '../catapult/resources.ts';
import { phases } from '../catapult/words.ts';
import { unknownMember } from '../conference/facts/refusals.ts';
import type { ConferenceIds } from '../conference/state/ids.ts';
import type { Phase } from '../conference/state/state.ts';
import { requireOneOf, requireWhole, untilAborted, type CallOptions, type RequestOptions } from './call.ts';
import { CheckedCalls, type KnownAccounts } from './checked-calls.ts';
import { MAX_PAGE_CONFERENCES, MAX_PAGE_EVENTS } from './budget.ts';
import { Conferences, type MemberIds } from './conferences.ts';
import type { CreationOptions, Creator } from './creation.ts';
import type { Period, RedeliveryProgress } from './dead-letters.ts';
import type { EventsWanted } from './events.ts';
import { Following, type FollowedEvent, type FollowOptions } from './follow.ts';
import { requirePage, type ConferencesPage, type PageWanted } from './list.ts';
import {
  createdUnlessRefused,
  doneUnlessRefused,
  found,
  idUnlessRefused,
  type CreatedConference,
  type Done,
} from './refusals.ts';
import { ScheduleClient } from './schedules/schedule-client.ts';
import { untilPhase } from './until-phase.ts';
import { Watches } from './watch.ts';
import { WatchingClient } from './watching/watching-client.ts';

/** `accounts` are those that may be named, as the workers know them (ACCOUNTS_FILE): whatever else is named is refused. */
export type ClientOptions = Partial<CreationOptions> & { accounts: KnownAccounts };

/** Those that can be waited for. */
const PHASES = phases.filter((phase): phase is Phase => phase !== 'terminated');
/** All, or one member. */
type Listeners = ConferenceIds & Partial<MemberIds>;

/**
 * Conferences, for whoever has a connection to Temporal: a backend service needs no gateway, and the gateway's API uses nothing else. It
 * works wherever the workers are. A conference is named by `{ userId, conferenceId }`, which `create` returns. Every method rejects with a `CatapultError`, whose `code` tells the cases apart: 400 `validation-error` (`callback-invalid-url`) for
 * fields that are wrong, 401 `user-access-denied` for an account that is not known, 404 `conference-not-found`, 503
 * `gateway-unavailable` when Temporal or the workers do not answer in time. The others stand with the methods.
 */
export class ConferenceClient {
  /** Conferences that come again and again. */
  readonly schedules: ScheduleClient;
  readonly watching: WatchingClient;
  private readonly conferences: Conferences;
  private readonly calls: CheckedCalls;
  private readonly watches: Watches;
  private readonly following: Following;

  constructor(client: Client, { accounts, ...options }: ClientOptions) {
    this.watches = new Watches(client);
    this.conferences = new Conferences(client, options);
    this.following = new Following(this.conferences.eventsOf, this.watches);
    this.calls = new CheckedCalls(accounts);
    this.schedules = new ScheduleClient(client, this.conferences, this.calls, options);
    this.watching = new WatchingClient(client, this.conferences, this.calls, options);
  }

  /**
   * Opens a conference and waits for the platform's word. `pending` means that there was none in time: Convoke goes on trying for
   * `creationTimeout` seconds in all (300), and `waitFor(conference, 'created')` waits for what comes of it.
   * @throws CatapultError 409 `duplicate-conference` when the key was used for another request; the platform's own refusal; 503 when
   * Temporal does not answer: the conference may have started all the same, and with a key it is safe to ask again.
   */
  async create(userId: string, fields: CreateConferenceFields, options?: RequestOptions): Promise<CreatedConference> {
    return await this.createByGateway(userId, fields, options ?? {});
  }

  /** @internal The same for a gateway, which makes the first attempt to create the conference. */
  async createByGateway(
    userId: string,
    fields: CreateConferenceFields,
    { creator, ...options }: RequestOptions & { creator?: Creator | undefined },
  ): Promise<CreatedConference> {
    return await this.calls.ask(userId, options, async (asked) => {
      const request = parseRequest(createConferenceRequest, fields);
      return createdUnlessRefused(userId, await this.conferences.create(userId, request, { ...asked, creator }));
    });
  }

  /** The conference as it is now. It can be read for 30 days after its end. */
  async get(ids: ConferenceIds, options: CallOptions = {}): Promise<Conference> {
    return await this.calls.of(ids, options, async (asked) => found(ids, await this.conferences.get(ids, asked)));
  }

  /**
   * The account's conferences that fit all filters, each once: the open ones first, the youngest first. They come from Temporal's
   * index, a page at a time, so that what has happened a moment ago may not show yet. `timeoutMs` is a page's.
   */
  async *list(
    userId: string,
    filters: ConferenceFilterFields = {},
    options: CallOptions = {},
  ): AsyncGenerator<ListedConference> {
    const seen = new Set<string>();
    let pageToken: string | undefined;
    do {
      const page = await this.page(userId, filters, { size: MAX_PAGE_CONFERENCES, pageToken }, options);
      for (const conference of page.conferences) {
        // One that has ended since the last page comes once more.
        if (!seen.has(conference.id)) yield conference;
        seen.add(conference.id);
      }
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  }

  /** One page of such a list, of 1 to 100; of all accounts for the user `-`. @throws CatapultError 400 for a token of another list. */
  async page(
    userId: string,
    filters: ConferenceFilterFields,
    page: PageWanted,
    options: CallOptions = {},
  ): Promise<ConferencesPage> {
    return await this.calls.askOfAny(userId, options, async (asked) => {
      requirePage(page);
      const looked = { userId, owners: this.calls.owners(userId), filters: parseRequest(conferenceFilters, filters) };
      return await this.conferences.list(looked, page, asked);
    });
  }

  /** The members in the order in which they were added, those that left included. */
  async members(ids: ConferenceIds, options: CallOptions = {}): Promise<Member[]> {
    return await this.calls.of(ids, options, async (asked) => found(ids, await this.conferences.members(ids, asked)));
  }

  /** One of them. @throws CatapultError 404 `conference-member-not-found`. */
  async member({ memberId, ...ids }: MemberIds, options: CallOptions = {}): Promise<Member> {
    const member = (await this.members(ids, options)).find(({ id }) => id === memberId);
    if (member === undefined) throw new CatapultError(unknownMember(memberId));
    return member;
  }

  /**
   * Changes a conference: what is absent stays as it is. A change that was done under a key is not done again.
   * @throws CatapultError 403 `conference-error` where its phase does not allow it; 503 where the outcome is not known, with how to ask
   * again; the platform's own refusal. All changes below reject so.
   */
  async change(ids: ConferenceIds, fields: UpdateConferenceFields, options: RequestOptions = {}): Promise<Done> {
    return await this.calls.of(ids, options, async (asked) => {
      const request = parseRequest(updateConferenceRequest, fields);
      return doneUnlessRefused(await this.conferences.update(ids, request, asked), ids);
    });
  }

  /** Ends a conference. `pending`: the platform has not confirmed it yet, and Convoke tries until it does. */
  async end(ids: ConferenceIds, options: RequestOptions = {}): Promise<Done> {
    return await this.change(ids, { state: 'completed' }, options);
  }

  /** Changes a member; `state: 'completed'` removes it. @throws CatapultError 404 `conference-member-not-found`. */
  async changeMember(ids: MemberIds, fields: UpdateMemberFields, options: RequestOptions = {}): Promise<Done> {
    return await this.calls.of(ids, options, async (asked) => {
      const request = parseRequest(updateMemberRequest, fields);
      return doneUnlessRefused(await this.conferences.updateMember(ids, request, asked), ids);
    });
  }

  /** Adds a call as a member. The platform is asked once at most. @throws CatapultError 403 with the platform's codes for calls. */
  async addMember(ids: ConferenceIds, fields: AddMemberFields, options: RequestOptions = {}): Promise<MemberIds> {
    return await this.calls.of(ids, options, async (asked) => {
      const answer = await this.conferences.addMember(ids, parseRequest(addMemberRequest, fields), asked);
      return { userId: ids.userId, conferenceId: ids.conferenceId, memberId: idUnlessRefused(answer, ids) };
    });
  }

  /**
   * Dials somebody into the conference (`callTimeout` in seconds, 60). It answers when the platform dials: who answers the call is a
   * member some time later. The platform is asked once at most.
   */
  async dial(
    ids: ConferenceIds,
    fields: Omit<CallFields, 'conferenceId' | 'bridgeId'>,
    options: RequestOptions = {},
  ): Promise<{ callId: string }> {
    return await this.calls.of(ids, options, async (asked) => {
      const request = parseRequest(callRequest, { ...fields, conferenceId: ids.conferenceId });
      return { callId: idUnlessRefused(await this.conferences.dial(ids.userId, request, asked), ids) };
    });
  }

  /** Plays a file (WAV or MP3) to all, or to one member; `fileUrl: ''` stops it. The platform is asked once at most. */
  async play(
    listeners: Listeners,
    fields: AudioFields & { fileUrl: string },
    options: RequestOptions = {},
  ): Promise<Done> {
    return await this.say(listeners, fields, options);
  }

  /** Speaks a sentence to all, or to one member; `sentence: ''` stops it. The platform is asked once at most. */
  async speak(
    listeners: Listeners,
    fields: AudioFields & { sentence: string },
    options: RequestOptions = {},
  ): Promise<Done> {
    return await this.say(listeners, fields, options);
  }

  /** Plays or speaks, as the fields say. */
  async say(listeners: Listeners, fields: AudioFields, options: RequestOptions = {}): Promise<Done> {
    return await this.calls.of(listeners, options, async (asked) => {
      const request = parseRequest(audioRequest, fields);
      return doneUnlessRefused(await this.conferences.playAudio(listeners, request, asked), listeners);
    });
  }

  /**
   * Follows a conference: each of its events, and each again with every attempt at delivering it, as it happens, until the conference has
   * ended and its events are dealt with. While Temporal is away it waits. `after` is the `cursor` of an event that was had before: what
   * came since is told, and what may have changed since once more.
   */
  async *events(ids: ConferenceIds, options: FollowOptions = {}): AsyncGenerator<FollowedEvent, void> {
    yield* await this.follow(ids, options);
  }

  /** The same for whoever wants to know first whether there is such a conference. What is not gone through is left by the signal. */
  async follow(ids: ConferenceIds, { after = 0, signal }: FollowOptions): Promise<AsyncGenerator<FollowedEvent, void>> {
    return await this.calls.of(ids, { signal }, async () => {
      requireWhole('after', after, 0);
      return await this.following.follow(ids, after, signal);
    });
  }

  /**
   * Waits until the conference is in this phase, or past it, and answers it as it is then: look at its `phase` and `error`. One that has
   * failed, was cancelled or terminated is past all others. It waits as long as it takes, unless the signal ends that:
   * `AbortSignal.timeout(60_000)`.
   */
  async waitFor(ids: ConferenceIds, phase: Phase, { signal }: Pick<CallOptions, 'signal'> = {}): Promise<Conference> {
    return await this.calls.of(ids, { signal }, async () => {
      requireOneOf('phase', phase, PHASES);
      return await untilPhase(this.watches.follow(ids), () => this.get(ids, { signal }), phase, signal);
    });
  }

  /** A page of a conference's events, with what became of each. `next` is the `after` of the next page. */
  async eventsPage(
    ids: ConferenceIds,
    wanted: EventsWanted = {},
    options: CallOptions = {},
  ): Promise<{ events: EventResource[]; next?: number }> {
    return await this.calls.of(ids, options, async (asked) => {
      const { after = 0, size = MAX_PAGE_EVENTS, state } = wanted;
      if (state !== undefined) requireOneOf('state', state, ['dead']);
      requireWhole('after', after, 0);
      requireWhole('size', size, 1, MAX_PAGE_EVENTS);
      return found(ids, await this.conferences.events(ids, wanted, asked));
    });
  }

  /**
   * Has an event delivered again, whatever became of it, also when the conference has ended; under a key once only.
   * @throws CatapultError 404 `resource-not-found` for an event that there is not; 403 when there is no URL to send it to, or the workflow
   * was terminated; 409 `conference-update-conflict` when the key was used for another request.
   */
  async redeliver(ids: ConferenceIds, eventId: string, options: RequestOptions = {}): Promise<void> {
    await this.calls.of(ids, options, async (asked) => {
      if (await this.conferences.redeliver(ids, eventId, asked)) return;
      throw catapultError('resource-not-found', `There is no event ${outsideText(eventId, 100)} of this conference.`);
    });
  }

  /**
   * Has all dead letters of an account delivered again that were accepted in this time (epoch milliseconds), and tells how far it is.
   * Under a key those that have died again since it was first asked for are left alone. It takes as long as it takes.
   */
  async redeliverDead(
    userId: string,
    period: Period,
    { signal, idempotencyKey }: Pick<RequestOptions, 'signal' | 'idempotencyKey'> = {},
  ): Promise<AsyncGenerator<RedeliveryProgress>> {
    const work = await this.calls.ask(userId, { signal, idempotencyKey }, async () => {
      requireWhole('from', period.from, 0);
      requireWhole('to', period.to, period.from);
      return await this.conferences.redeliverDead(userId, period, idempotencyKey);
    });
    return untilAborted(signal, work);
  }
}
