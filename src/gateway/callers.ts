import { CatapultError } from '../catapult/errors.ts';
import type { Caller } from '../catapult/server/handlers.ts';

/* What a handler of the API makes of who asks. */

export function optionsOf({ idempotencyKey }: Caller) {
  return { idempotencyKey };
}

/** A `Location` that is a path becomes one at the address that the caller used. */
export function atAddressOf({ baseUrl }: Caller): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof CatapultError) || error.headers['location'] === undefined) throw error;
    const headers = { ...error.headers, location: baseUrl + error.headers['location'] };
    throw new CatapultError(error.wire, headers, error.cause);
  };
}
