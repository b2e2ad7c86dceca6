import type { Asked, Caller, Handlers } from '../catapult/server/handlers.ts';
import type { ApiOptions, Flush, Known } from './api-options.ts';
import type { AccountLimits } from './limits/account-limits.ts';
import { isConferenceId, type ConferenceClient, type ConferenceIds, type RedeliveryProgress } from '../client/index.ts';
import { handlersOfSchedules } from './api-schedules.ts';
import { handlersOfWatching } from './api-watching.ts';
import { atAddressOf, optionsOf } from './callers.ts';
import { measuringCreate } from './measuring.ts';

/** The wire, answered by conferences that are workflows: what a callback has said is found in them by whoever got it. */
export function createApi(conferences: ConferenceClient, options: ApiOptions): Handlers {
  const { flush = async () => undefined, limits } = options;
  const known = knowing(flush);
  return {
    ...handlersOfConferences(conferences, known, options),
    ...handlersOfMembers(conferences, known),
    ...handlersOfEvents(conferences, known, limits),
    ...handlersOfSchedules(conferences.schedules, options),
    ...handlersOfWatching(conferences, known, options),
  };
}

type HandlersOf<Names extends keyof Handlers> = Pick<Handlers, Names>;

function handlersOfConferences(
  conferences: ConferenceClient,
  known: Known,
  { creator, limits, refuseUses }: ApiOptions,
): HandlersOf<'createConference' | 'listConferences' | 'getConference' | 'updateConference' | 'playAudio' | 'dial'> {
  return {
    createConference: ({ request, caller }) =>
      measuringCreate(async () => {
        refuseUses?.(caller.userId, request);
        await limits?.create(caller.userId, request, caller.idempotencyKey);
        const made = conferences.createByGateway(caller.userId, request, { ...optionsOf(caller), creator });
        const { conferenceId, outcome } = await made.catch(atAddressOf(caller));
        return { status: outcome === 'created' ? 201 : 202, made: { conferenceId } };
      }),

    async listConferences({ request: { size, pageToken, follow, ...filters }, caller }) {
      if (follow) {
        const pages = await conferences.watching.follow(caller.userId, filters, { size, signal: caller.gone });
        return { status: 200, stream: numbered(pages) };
      }
      return { status: 200, body: await conferences.page(caller.userId, filters, { size, pageToken }) };
    },

    async getConference({ place, caller }) {
      return { status: 200, body: await conferences.get(await known(place, caller)) };
    },

    async updateConference({ place, request, caller }) {
      refuseUses?.(caller.userId, request);
      const { outcome } = await conferences.change(await known(place, caller), request, optionsOf(caller));
      return { status: outcome === 'pending' ? 202 : 200 };
    },

    async playAudio({ place, request, caller }) {
      await conferences.say(await known(place, caller), request, optionsOf(caller));
      return { status: 200 };
    },

    async dial({ request: { conferenceId, bridgeId: _none, ...call }, caller }) {
      refuseUses?.(caller.userId, call);
      limits?.dial(caller.userId);
      const made = await conferences.dial(await known({ conferenceId }, caller), call, optionsOf(caller));
      return { status: 201, made };
    },
  };
}

function handlersOfMembers(
  conferences: ConferenceClient,
  known: Known,
): HandlersOf<'addMember' | 'listMembers' | 'getMember' | 'updateMember' | 'playAudioToMember'> {
  return {
    async addMember({ place, request, caller }) {
      const { memberId } = await conferences.addMember(await known(place, caller), request, optionsOf(caller));
      return { status: 201, made: { memberId } };
    },

    async listMembers({ place, caller }) {
      return { status: 200, body: await conferences.members(await known(place, caller)) };
    },

    async getMember({ place, caller }) {
      return { status: 200, body: await conferences.member(await known(place, caller)) };
    },

    async updateMember({ place, request, caller }) {
      await conferences.changeMember(await known(place, caller), request, optionsOf(caller));
      return { status: 200 };
    },

    async playAudioToMember({ place, request, caller }) {
      await conferences.say(await known(place, caller), request, optionsOf(caller));
      return { status: 200 };
    },
  };
}

function handlersOfEvents(
  conferences: ConferenceClient,
  known: Known,
  limits: AccountLimits | undefined,
): HandlersOf<'listEvents' | 'redeliverEvent' | 'redeliverDeadLetters'> {
  return {
    async listEvents({ place, request, caller }) {
      const ids = await known(place, caller);
      if (request.follow) return { status: 200, stream: await followed(conferences, ids, request, caller) };
      const { pageToken, size, state } = request;
      return { status: 200, body: await conferences.eventsPage(ids, { after: pageToken, size, state }) };
    },

    async redeliverEvent({ place: { eventId, ...place }, caller }) {
      await conferences.redeliver(await known(place, caller), eventId, optionsOf(caller));
      return { status: 202 };
    },

    async redeliverDeadLetters({ request, caller }) {
      const over = await limits?.redeliver(caller.userId);
      try {
        const work = await conferences.redeliverDead(caller.userId, request, optionsOf(caller));
        return { status: 200, lines: endingWith(withEnd(work), over) };
      } catch (error) {
        over?.();
        throw error;
      }
    },
  };
}

/** Where the events go on that the caller has had, and each with where that is. */
async function followed(
  conferences: ConferenceClient,
  ids: ConferenceIds,
  { pageToken }: Asked<'listEvents'>['request'],
  { lastEventId, gone }: Caller,
) {
  const events = await conferences.follow(ids, { after: lastEventId ?? pageToken, signal: gone });
  return (async function* () {
    for await (const { cursor, ...event } of events) yield { id: String(cursor), body: event };
  })();
}

/** Progress, and at the end a line that says that all is done. */
async function* withEnd(work: AsyncIterable<RedeliveryProgress>): AsyncGenerator<object, void> {
  let reached: RedeliveryProgress = { conferences: 0, events: 0, refused: 0 };
  for await (reached of work) yield reached;
  yield { ...reached, done: true };
}

/** The same lines; `over` is called at their end, however they come to it: also when nobody has asked for the first. */
function endingWith(
  lines: AsyncGenerator<object, void>,
  over: (() => void) | undefined,
): AsyncIterableIterator<object> {
  const noted = async (step: Promise<IteratorResult<object, void>>) => {
    const result = await step.catch((error: unknown): never => {
      over?.();
      throw error;
    });
    if (result.done) over?.();
    return result;
  };
  return {
    next: () => noted(lines.next()),
    return: () => noted(lines.return()),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** A list that goes on tells all of it each time, so nothing is missed by whoever begins anew. */
async function* numbered<Page>(pages: AsyncIterable<Page>): AsyncGenerator<{ id: string; body: Page }, void> {
  let number = 0;
  for await (const body of pages) yield { id: String((number += 1)), body };
}

/** Whatever is asked of a conference, it has heard of what was taken for it. */
function knowing(flush: Flush): Known {
  return async (place, { userId }) => {
    const ids = { ...place, userId };
    if (isConferenceId(ids.conferenceId)) await flush(ids);
    return ids;
  };
}
