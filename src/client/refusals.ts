import { CatapultError, catapultError } from '../catapult/errors.ts';
import { outsideText } from '../catapult/outside-text.ts';
import { conferencePath } from '../catapult/paths.ts';
import { present } from '../catapult/present.ts';
import type { ConferenceIds } from '../conference/state/ids.ts';
import type { ChangeResult } from './changes.ts';
import type { CreateResult } from './creation.ts';

/* What has not been done, as the errors of the wire. */

/** A conference that has been asked for: on the platform, or not yet (`pending`): then Convoke goes on trying. */
export interface CreatedConference extends ConferenceIds {
  outcome: 'created' | 'pending';
}

/** What was asked for is done; an end that is `pending` goes on until the platform has confirmed it. */
export interface Done {
  outcome: 'done' | 'pending';
}

/** @throws CatapultError where there is no conference that could be waited for. */
export function createdUnlessRefused(userId: string, result: CreateResult): CreatedConference {
  const { conferenceId, outcome } = result;
  if (outcome === 'refused') throw new CatapultError(result.error);
  if (outcome !== 'unavailable') return { userId, conferenceId, outcome };
  const message =
    `${result.why} The conference may have started all the same: Location says where it is then. ` +
    'With an Idempotency-Key it is safe to send the request again.';
  // Whoever has an address puts it before.
  const headers = { location: conferencePath(userId, conferenceId) };
  throw catapultError('gateway-unavailable', message, { headers, cause: result.cause });
}

/** @throws CatapultError where it was not done. */
export function doneUnlessRefused(answer: ChangeResult | undefined, { conferenceId }: { conferenceId: string }) {
  if (answer === undefined) throw noConference(conferenceId);
  if (answer.outcome !== 'refused') return answer;
  const { error, retryAt } = answer;
  throw new CatapultError(error, present({ 'x-ratelimit-reset': retryAt === undefined ? undefined : String(retryAt) }));
}

/** The id of what was made. @throws CatapultError where nothing was. */
export function idUnlessRefused(answer: ChangeResult | undefined, ids: { conferenceId: string }): string {
  const result = doneUnlessRefused(answer, ids);
  if (result.outcome !== 'done' || result.id === undefined)
    throw new Error('what makes something is answered with its id');
  return result.id;
}

/** What was looked for. @throws CatapultError 404 where it is not there. */
export function found<Value>({ conferenceId }: ConferenceIds, value: Value | undefined): Value {
  if (value === undefined) throw noConference(conferenceId);
  return value;
}

export function noConference(conferenceId: string): CatapultError {
  // In a path it is found without being named here, in a body it is not.
  const shown = outsideText(conferenceId, 100);
  const details = [{ name: 'conferenceId', value: shown }];
  return catapultError('conference-not-found', `There is no conference ${shown} of this user.`, { details });
}

export function noAccount(userId: string): CatapultError {
  const shown = outsideText(userId, 100);
  const details = [{ name: 'userId', value: shown }];
  return catapultError('user-access-denied', `${shown} is none of the accounts that this client knows.`, { details });
}
