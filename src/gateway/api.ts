import type { Accounts } from '../accounts/accounts.ts';
import { CatapultError, catapultError } from '../catapult/errors.ts';
import { outsideText } from '../catapult/outside-text.ts';
import { conferencePath } from '../catapult/paths.ts';
import type { Catapult, Changed } from '../catapult/serve.ts';
import {
  isConferenceId,
  unknownMember,
  type ChangeResult,
  type ConferenceClient,
  type RedeliveryProgress,
} from '../client/index.ts';

/** The wire, answered by conferences that are workflows. */
export function createApi(accounts: Accounts, conferences: ConferenceClient): Catapult {
  return {
    authenticate: (userId, credentials) => accounts.verify(userId, credentials),

    async createConference(request, { userId, baseUrl, idempotencyKey }) {
      const result = await conferences.create(userId, request, idempotencyKey);
      const { conferenceId } = result;
      switch (result.outcome) {
        case 'created':
          return { conferenceId, status: 201 };
        case 'pending':
          return { conferenceId, status: 202 };
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
    },

    async getConference({ conferenceId }, { userId }) {
      const found = isConferenceId(conferenceId) ? await conferences.get({ userId, conferenceId }) : undefined;
      return found ?? notFound(conferenceId);
    },

    async updateConference(place, change, { userId, idempotencyKey }) {
      return changed(await conferences.update(known(place, userId), change, idempotencyKey), place);
    },

    async playAudio(place, audio, { userId, idempotencyKey }) {
      changed(await conferences.playAudio(known(place, userId), audio, idempotencyKey), place);
    },

    async addMember(place, request, { userId, idempotencyKey }) {
      return { memberId: made(await conferences.addMember(known(place, userId), request, idempotencyKey), place) };
    },

    async listMembers(place, { userId }) {
      return (await conferences.members(known(place, userId))) ?? notFound(place.conferenceId);
    },

    async getMember({ memberId, ...place }, { userId }) {
      const members = (await conferences.members(known(place, userId))) ?? notFound(place.conferenceId);
      const member = members.find(({ id }) => id === memberId);
      if (member === undefined) throw new CatapultError(unknownMember(memberId));
      return member;
    },

    async updateMember(place, change, { userId, idempotencyKey }) {
      return changed(await conferences.updateMember(known(place, userId), change, idempotencyKey), place);
    },

    async dial(request, { userId, idempotencyKey }) {
      return { callId: made(await conferences.dial(userId, request, idempotencyKey), request) };
    },

    events: {
      async list(place, { pageToken, size, state }, { userId }) {
        const page = await conferences.events(known(place, userId), { after: pageToken, size, state });
        return page ?? notFound(place.conferenceId);
      },

      async redeliver({ eventId, ...place }, { userId, idempotencyKey }) {
        if (await conferences.redeliver(known(place, userId), eventId, idempotencyKey)) return;
        throw catapultError('resource-not-found', `There is no event ${outsideText(eventId, 100)} of this conference.`);
      },

      async redeliverDead(period, { userId, idempotencyKey }) {
        return withEnd(await conferences.redeliverDead(userId, period, idempotencyKey));
      },
    },
  };
}

/** Progress, and at the end a line that says that all is done. */
async function* withEnd(work: AsyncIterable<RedeliveryProgress>): AsyncGenerator<object> {
  let reached: RedeliveryProgress = { conferences: 0, events: 0, refused: 0 };
  for await (reached of work) yield reached;
  yield { ...reached, done: true };
}

/** What cannot be an id of ours need not be looked for. */
function known<Place extends { conferenceId: string }>(place: Place, userId: string): Place & { userId: string } {
  return isConferenceId(place.conferenceId) ? { ...place, userId } : notFound(place.conferenceId);
}

function changed(answer: ChangeResult | undefined, place: { conferenceId: string }): Changed {
  return { status: unlessRefused(answer, place).outcome === 'pending' ? 202 : 200 };
}

function made(answer: ChangeResult | undefined, place: { conferenceId: string }): string {
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
  throw new CatapultError(error, retryAt === undefined ? {} : { 'x-ratelimit-reset': String(retryAt) });
}

function notFound(conferenceId: string): never {
  // In a path it is found without being named here, in a body it is not.
  const shown = outsideText(conferenceId, 100);
  const details = [{ name: 'conferenceId', value: shown }];
  throw catapultError('conference-not-found', `There is no conference ${shown} of this user.`, { details });
}
