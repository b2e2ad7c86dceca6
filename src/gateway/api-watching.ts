import type { Handlers } from '../catapult/server/handlers.ts';
import type { ConferenceClient } from '../client/index.ts';
import type { ApiOptions, Known } from './api-options.ts';

/** What people who watch are shown. */
export function handlersOfWatching(
  { watching }: ConferenceClient,
  known: Known,
  { health, diagnose }: Pick<ApiOptions, 'health' | 'diagnose'>,
): Pick<
  Handlers,
  'countConferences' | 'listSteps' | 'explainConference' | 'whatIf' | 'listDeadLetters' | 'getHealth' | 'diagnose'
> {
  return {
    async countConferences({ caller: { userId } }) {
      return { status: 200, body: await watching.count(userId) };
    },

    async listSteps({ place, request: { pageToken }, caller }) {
      return { status: 200, body: await watching.stepsPage(await known(place, caller), pageToken) };
    },

    async explainConference({ place, request: { pageToken }, caller }) {
      return { status: 200, body: await watching.explanationPage(await known(place, caller), pageToken) };
    },

    async whatIf({ place, request, caller }) {
      return { status: 200, body: await watching.whatIf(await known(place, caller), request) };
    },

    async listDeadLetters({ request, caller: { userId } }) {
      return { status: 200, body: await watching.deadLettersPage(userId, request) };
    },

    async getHealth({ caller: { userId } }) {
      return { status: 200, body: await health(userId) };
    },

    async diagnose() {
      return { status: 200, body: await diagnose() };
    },
  };
}
