import { present } from '../../catapult/present.ts';
import ical, { ICalCalendarMethod } from 'ical-generator';
import { wireTime } from '../../catapult/resources.ts';
import type { ScheduleIds } from '../../conference/state/ids.ts';
import type { Found } from './store.ts';

/** How long a meeting is shown that nothing ends (seconds). */
const SHOWN_SECONDS = 3_600;

/**
 * The conferences that are started at these times (epoch milliseconds), for calendars. Each is an event of its own, at an instant: a rule
 * would have to say what Temporal's calendars say, and what is skipped, in the words and by the clocks of whoever reads it.
 */
export function calendarOf({ scheduleId }: ScheduleIds, { start, note }: Found, starts: readonly number[]): string {
  const { request, schedule } = start;
  const summary = request.tag ?? `Conference of ${request.from}`;
  const calendar = ical({
    name: escaped(summary),
    prodId: { company: 'Convoke', product: 'schedules' },
    method: ICalCalendarMethod.PUBLISH,
    // How often whoever has subscribed to it is to read it again (seconds).
    ttl: 3_600,
  });
  for (const at of starts) {
    const begins = at + schedule.leadSeconds * 1_000;
    calendar.createEvent(
      present({
        // The same however its reminders change.
        id: `${scheduleId}-${wireTime(begins)}`,
        start: new Date(begins),
        end: new Date(begins + (request.maxDuration ?? SHOWN_SECONDS) * 1_000),
        summary,
        description: note === '' ? undefined : note,
      }),
    );
  }
  // Each line ends so, the last one too.
  return `${calendar.toString()}\r\n`;
}

/** As TEXT is written: the library does it for events, but not for a calendar's name. */
function escaped(text: string): string {
  return text.replace(/[\\;,]/g, '\\$&').replace(/\r\n|[\r\n]/g, '\\n');
}
