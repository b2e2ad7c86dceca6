import type { CreateConferenceRequest } from '../catapult/requests.ts';
import { exactTime } from '../catapult/resources.ts';
import { runBeginsAt, type ConferenceIds } from '../conference/state/ids.ts';
import type { NewConference } from './messages.ts';

/** A conference that a schedule starts begins at the time in its id, and later by as much as it is started earlier for its reminders. */
export function withTimeOfRun(
  { request, schedule }: NewConference,
  { conferenceId }: ConferenceIds,
): CreateConferenceRequest {
  const time = runBeginsAt(conferenceId);
  return schedule === undefined || time === undefined ? request : { ...request, startAt: exactTime(time) };
}
