import type { ConferenceIds, ScheduleIds } from '../conference/state/ids.ts';

/* The ways from the Temporal UI to what people look at, as details of workflows; none where it is not known where the console is. */

/** Where a gateway has the console that is reached there. */
export function consoleAt(gatewayUrl: string): string {
  return `${gatewayUrl.replace(/\/+$/, '')}/console`;
}

export function linkToConference(
  consoleUrl: string | undefined,
  { userId, conferenceId }: ConferenceIds,
): string | undefined {
  const query = new URLSearchParams({ p: 'conference', account: userId, id: conferenceId }).toString();
  return consoleUrl && `[The conference in the console](${consoleUrl}?${query})`;
}

/** Temporal starts all of a schedule's conferences with the same details. */
export function linkToSchedule(consoleUrl: string | undefined, { scheduleId }: ScheduleIds): string | undefined {
  const query = new URLSearchParams({ q: scheduleId }).toString();
  return consoleUrl && `[The conferences of this schedule in the console](${consoleUrl}?${query})`;
}
