import { catapultError, type CatapultError } from '../catapult/errors.ts';

/** 503: Temporal or its workers did not answer in time. `what` says what that means to the caller. */
export function unavailable(what: string, cause: unknown): CatapultError {
  const message = `${what} Temporal or its workers do not answer; try again in a moment.`;
  return catapultError('gateway-unavailable', message, { cause });
}
