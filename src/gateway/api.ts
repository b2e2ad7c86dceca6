import type { Accounts } from '../accounts/accounts.ts';
import { CatapultError, catapultError } from '../catapult/errors.ts';
import { conferencePath } from '../catapult/paths.ts';
import type { Catapult } from '../catapult/serve.ts';
import { isConferenceId, type ConferenceClient } from '../client/index.ts';

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
            'Temporal does not answer. The conference may have started all the same: Location says where it is then. ' +
            'With an Idempotency-Key it is safe to send the request again.';
          const location = baseUrl + conferencePath(userId, conferenceId);
          throw catapultError('gateway-unavailable', message, { headers: { location }, cause: result.cause });
        }
      }
    },

    async getConference(conferenceId, { userId }) {
      const found = isConferenceId(conferenceId) ? await conferences.get({ userId, conferenceId }) : undefined;
      return found ?? notFound(conferenceId);
    },

    async updateConference(conferenceId, change, { userId }) {
      const answer = isConferenceId(conferenceId)
        ? await conferences.change({ userId, conferenceId }, change)
        : undefined;
      if (answer === undefined) return notFound(conferenceId);
      if (answer.outcome === 'refused') throw new CatapultError(answer.error);
      return { status: answer.outcome === 'done' ? 200 : 202 };
    },
  };
}

function notFound(conferenceId: string): never {
  throw catapultError('conference-not-found', `There is no conference ${conferenceId.slice(0, 100)} of this user.`);
}
