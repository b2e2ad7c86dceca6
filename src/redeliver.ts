import { Refused, type Tools } from './as-client.ts';
import { redeliverRequest } from './catapult/requests.ts';
import type { ConferenceIds, Period, RequestOptions } from './client/index.ts';

/**
 * `convoke events redeliver`: has the dead letters of an account delivered again that were accepted between two times.
 * @throws Refused when a time is none.
 */
export async function redeliver({ all, printer }: Tools, userId: string, from?: string, to?: string): Promise<void> {
  const period = periodOf(from, to);
  let done = { conferences: 0, events: 0, refused: 0 };
  for await (done of await all.redeliverDead(userId, period))
    printer.progress(() => `${done.events} events of ${done.conferences} conferences so far ...`);
  const { events, conferences, refused } = done;
  const lines = [`${events} events of ${conferences} conferences of ${userId} are delivered again.`];
  if (refused > 0) lines.push(`${refused} are not, since their conferences were terminated.`);
  printer.tell(done, lines.join('\n'));
}

/** One event, whatever became of it. @throws Refused where none is named. */
export async function redeliverOne(
  { conferences, printer }: Tools,
  { eventId, ...ids }: ConferenceIds & { eventId: string | undefined },
  options: RequestOptions,
): Promise<void> {
  if (eventId === undefined)
    throw new Refused('Name an event (evt-…) of the conference, or no conference for all dead letters.');
  await conferences.redeliver(ids, eventId, options);
  printer.tell({ eventId }, `${eventId} is delivered again.`);
}

function periodOf(from = new Date(0).toISOString(), to = new Date().toISOString()): Period {
  const { data: period } = redeliverRequest.safeParse({ from, to });
  if (period === undefined)
    throw new Refused(`"${from}" to "${to}" is no time: write it as 2026-01-31T12:00:00Z, the earlier one first.`);
  return period;
}
