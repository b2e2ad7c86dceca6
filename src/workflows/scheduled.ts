import type { CreateConferenceRequest } from '../catapult/requests.ts';
import { exactTime } from '../catapult/resources.ts';
import { runTimeOf, type ConferenceIds } from '../conference/state/ids.ts';
import type { NewConference } from './messages.ts';

/** A run of a schedule begins at the time in its id, and by so much later as the schedule starts it earlier for its reminders. */
export function withTimeOfRun(
  { request, schedule }: NewConference,
  { conferenceId }: ConferenceIds,
): CreateConferenceRequest {
  const time = runTimeOf(conferenceId);
  if (schedule === undefined || time === undefined) return request;
  return { ...request, startAt: exactTime(time + schedule.leadSeconds * 1_000) };
}
