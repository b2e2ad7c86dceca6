import { catapultError, type WireError } from '../catapult/errors.ts';

/** What is said of a conference whose workflow was terminated: what it was on the platform then, it may be still. */
export function terminated(): WireError {
  const message = 'The conference’s workflow was terminated: nothing follows the conference any more.';
  return catapultError('conference-error', message).wire;
}
