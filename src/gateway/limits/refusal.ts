import { catapultError, type CatapultError } from '../../catapult/errors.ts';

/** 429: nothing was done, and when to come again. */
export function limited(message: string, waitMs: number): CatapultError {
  const headers = {
    'x-ratelimit-reset': String(Date.now() + waitMs),
    'retry-after': String(Math.max(1, Math.ceil(waitMs / 1_000))),
  };
  return catapultError('rate-limit-reached', `${message} Nothing was done.`, { headers });
}
