import { CatapultError, catapultError } from '../catapult/errors.ts';
import { present } from '../catapult/present.ts';
import { outsideText } from '../catapult/outside-text.ts';
import { conferencePath } from '../catapult/paths.ts';
import type { Answer, Caller, Handlers } from '../catapult/server/handlers.ts';
import {
  isConferenceId,
  type ConferenceIds,
  unknownMember,
  type ChangeResult,
  type Conferences,
  type CreateResult,
  type LeaseTaker,
  type RedeliveryProgress,
} from '../client/index.ts';

/** What the leases of this gateway have to do with its API. */
type Leases = LeaseTaker & { flush: Flush };

/** Has a conference hear of the callbacks that were taken for it. */
type Flush = (ids: ConferenceIds) => Promise<void>;

/** The wire, answered by conferences that are workflows: whoever has got a callback finds in them what it told. */
export function createApi(conferences: Conferences, leases?: Leases): Handlers {
  const known = knowing(async (ids) => leases?.flush(ids));
  return {
    ...handlersOfConferences(conferences, known, leases),
    ...handlersOfMembers(conferences, known),
    ...handlersOfEvents(conferences, known),
  };
}

type HandlersOf<Names extends keyof Handlers> = Pick<Handlers, Names>;

function handlersOfConferences(
  conferences: Conferences,
  known: Known,
  taker: LeaseTaker | undefined,
): HandlersOf<'createConference' | 'listConferences' | 'getConference' | 'updateConference' | 'playAudio' | 'dial'> {
  return {
    async createConference({ request, caller }) {
      return created(await conferences.create(caller.userId, request, { ...caller, taker }), caller);
    },

    async listConferences({ request: { size, pageToken, ...filters }, caller }) {
      return { status: 200, body: await conferences.list(caller.userId, filters, { size, pageToken }) };
    },

    async getConference({ place, caller }) {
      return { status: 200, body: (await conferences.get(await known(place, caller))) ?? notFound(place.conferenceId) };
    },

    async updateConference({ place, request, caller }) {
      const answer = await conferences.update(await known(place, caller), request, caller.idempotencyKey);
      return { status: unlessRefused(answer, place).outcome === 'pending' ? 202 : 200 };
    },

    async playAudio({ place, request, caller }) {
      unlessRefused(await conferences.playAudio(await known(place, caller), request, caller.idempotencyKey), place);
      return { status: 200 };
    },

    async dial({ request, caller }) {
      await known(request, caller);
      const answer = await conferences.dial(caller.userId, request, caller.idempotencyKey);
      return { status: 201, made: { callId: idOf(answer, request) } };
    },
  };
}

function handlersOfMembers(
  conferences: Conferences,
  known: Known,
): HandlersOf<'addMember' | 'listMembers' | 'getMember' | 'updateMember' | 'playAudioToMember'> {
  return {
    async addMember({ place, request, caller }) {
      const answer = await conferences.addMember(await known(place, caller), request, caller.idempotencyKey);
      return { status: 201, made: { memberId: idOf(answer, place) } };
    },

    async listMembers({ place, caller }) {
      const members = await conferences.members(await known(place, caller));
      return { status: 200, body: members ?? notFound(place.conferenceId) };
    },

    async getMember({ place: { memberId, ...place }, caller }) {
      const members = (await conferences.members(await known(place, caller))) ?? notFound(place.conferenceId);
      const member = members.find(({ id }) => id === memberId);
      if (member === undefined) throw new CatapultError(unknownMember(memberId));
      return { status: 200, body: member };
    },

    async updateMember({ place, request, caller }) {
      unlessRefused(await conferences.updateMember(await known(place, caller), request, caller.idempotencyKey), place);
      return { status: 200 };
    },

    async playAudioToMember({ place, request, caller }) {
      unlessRefused(await conferences.playAudio(await known(place, caller), request, caller.idempotencyKey), place);
      return { status: 200 };
    },
  };
}

function handlersOfEvents(
  conferences: Conferences,
  known: Known,
): HandlersOf<'listEvents' | 'redeliverEvent' | 'redeliverDeadLetters'> {
  return {
    async listEvents({ place, request: { pageToken, size, state }, caller }) {
      const page = await conferences.events(await known(place, caller), { after: pageToken, size, state });
      return { status: 200, body: page ?? notFound(place.conferenceId) };
    },

    async redeliverEvent({ place: { eventId, ...place }, caller }) {
      if (await conferences.redeliver(await known(place, caller), eventId, caller.idempotencyKey))
        return { status: 202 };
      throw catapultError('resource-not-found', `There is no event ${outsideText(eventId, 100)} of this conference.`);
    },

    async redeliverDeadLetters({ request, caller: { userId, idempotencyKey } }) {
      return { status: 200, lines: withEnd(await conferences.redeliverDead(userId, request, idempotencyKey)) };
    },
  };
}

function created(result: CreateResult, { userId, baseUrl }: Caller): Answer<'createConference'> {
  const { conferenceId } = result;
  switch (result.outcome) {
    case 'created':
      return { status: 201, made: { conferenceId } };
    case 'pending':
      return { status: 202, made: { conferenceId } };
    case 'refused':
      throw new CatapultError(result.error);
    case 'unavailable': {
      const message =
        `${result.why} The conference may have started all the same: Location says where it is then. ` +
        'With an Idempotency-Key it is safe to send the request again.';
      const location = baseUrl + conferencePath(userId, conferenceId);
      throw catapultError('gateway-unavailable', message, { headers: { location }, cause: result.cause });
    }
  }
}

/** Progress, and at the end a line that says that all is done. */
async function* withEnd(work: AsyncIterable<RedeliveryProgress>): AsyncGenerator<object> {
  let reached: RedeliveryProgress = { conferences: 0, events: 0, refused: 0 };
  for await (reached of work) yield reached;
  yield { ...reached, done: true };
}

type Known = <Place extends { conferenceId: string }>(
  place: Place,
  caller: Caller,
) => Promise<Place & { userId: string }>;

/** What cannot be an id of ours need not be looked for. */
function knowing(flush: Flush): Known {
  return async (place, { userId }) => {
    const { conferenceId } = place;
    if (!isConferenceId(conferenceId)) return notFound(conferenceId);
    await flush({ userId, conferenceId });
    return { ...place, userId };
  };
}

/** The id of what was made. */
function idOf(answer: ChangeResult | undefined, place: { conferenceId: string }): string {
  const result = unlessRefused(answer, place);
  if (result.outcome !== 'done' || result.id === undefined)
    throw new Error('what makes something is answered with its id');
  return result.id;
}

type Answered = Exclude<ChangeResult, { outcome: 'refused' }>;

function unlessRefused(answer: ChangeResult | undefined, { conferenceId }: { conferenceId: string }): Answered {
  if (answer === undefined) return notFound(conferenceId);
  if (answer.outcome !== 'refused') return answer;
  const { error, retryAt } = answer;
  throw new CatapultError(error, present({ 'x-ratelimit-reset': retryAt === undefined ? undefined : String(retryAt) }));
}

function notFound(conferenceId: string): never {
  // In a path it is found without being named here, in a body it is not.
  const shown = outsideText(conferenceId, 100);
  const details = [{ name: 'conferenceId', value: shown }];
  throw catapultError('conference-not-found', `There is no conference ${shown} of this user.`, { details });
}
