import type { ListedSchedule } from '../../catapult/schedule-resources.ts';
import { Badge, Link, Problem, Span, Time } from './parts.tsx';
import { ALL_ACCOUNTS, session } from './session.ts';
import { useApi } from './use-api.ts';

interface Page {
  schedules: ListedSchedule[];
  nextPageToken?: string;
}

const READ_EVERY_MS = 15_000;
const tones = { active: 'good', paused: 'waits', ended: 'plain' } as const;

/** Conferences that come again and again, with when the next ones begin. */
export function Schedules() {
  const { userId = '' } = session.value ?? {};
  const { value, error } = useApi<Page>(userId, '/conference-schedules?size=100', READ_EVERY_MS);
  const schedules = value?.schedules ?? [];
  return (
    <>
      <h1>Schedules</h1>
      <Problem text={error} />
      {value === undefined ? <p>Reading …</p> : ''}
      {value !== undefined && schedules.length === 0 ? <p>None.</p> : ''}
      {value?.nextPageToken === undefined ? '' : <p>There are more than are shown here.</p>}
      {schedules.map((one) => (
        <Schedule key={`${one.userId ?? ''} ${one.id}`} one={one} isOfAll={userId === ALL_ACCOUNTS} />
      ))}
    </>
  );
}

function Schedule({ one, isOfAll }: { one: ListedSchedule; isOfAll: boolean }) {
  const { id, state, note, cron, calendar, timeZone, nextRuns, runsLeft, userId, skippedDates } = one;
  return (
    <section class="group" aria-label={id}>
      <h2>
        {note ?? id} <Badge tone={tones[state]}>{state}</Badge>
        {isOfAll ? ` · ${userId ?? ''}` : ''}
      </h2>
      <p>
        <Link to={{ q: id }}>
          <code>{id}</code>
        </Link>{' '}
        · {cron ?? JSON.stringify(calendar)} · {timeZone}
        {runsLeft === undefined ? '' : ` · ${runsLeft} ${runsLeft === 1 ? 'run' : 'runs'} left`}
        {skippedDates === undefined ? '' : ` · skipped: ${skippedDates.join(', ')}`}
      </p>
      <ol class="runs" aria-label="Next runs">
        {nextRuns.slice(0, 5).map((at) => (
          <li key={at}>
            <Time at={at} /> (<Span at={at} />)
          </li>
        ))}
      </ol>
    </section>
  );
}
