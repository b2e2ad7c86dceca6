import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Explanation, WhatIf } from '../../catapult/explaining-resources.ts';
import { inWords } from '../model/time.ts';
import { Badge, Link, Problem, Time } from './parts.tsx';
import { goTo, place, placeWith } from './place.ts';
import { session } from './session.ts';
import { useApi } from './use-api.ts';

/** One conference explained by its history: whether each promise was kept, what was decided when, and what other settings had led to. */
export function Explained() {
  const account = place.value.get('account') ?? session.value?.userId ?? '';
  const id = place.value.get('id') ?? '';
  const run = place.value.get('run') ?? '';
  const path = `/conferences/${encodeURIComponent(id)}`;
  const query = run === '' ? '' : `?pageToken=${encodeURIComponent(run)}`;
  const { value: explanation, error, again } = useApi<Explanation>(account, `${path}/explanation${query}`);
  return (
    <>
      <h1>{id} explained</h1>
      <p class="hint">
        Its history, taken through the rules once more.{' '}
        <Link to={{ p: 'conference', account, id }}>The conference</Link>{' '}
        <button type="button" class="quiet" onClick={again}>
          Read it again
        </button>
      </p>
      <Problem text={error} />
      {explanation === undefined ? <p>Reading …</p> : <Told explanation={explanation} />}
      <Otherwise account={account} path={path} />
    </>
  );
}

const toneOf = { kept: 'good', open: 'waits', broken: 'bad' } as const;
const promises: Record<Explanation['promises'][number]['promise'], string> = {
  'one-conference': 'Exactly one conference on the platform',
  'every-event': 'Each event came to the customer',
  'in-time': 'Time is kept',
  end: 'Its end',
};

function Told({ explanation }: { explanation: Explanation }) {
  const { decisions, timers, nextPageToken } = explanation;
  return (
    <>
      <table class="parts">
        <tbody>
          {explanation.promises.map(({ promise, state, says }) => (
            <tr key={promise}>
              <th scope="row">{promises[promise]}</th>
              <td>
                <Badge tone={toneOf[state]}>{state}</Badge> {says}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {nextPageToken === undefined ? (
        ''
      ) : (
        <Link to={placeWith({ run: nextPageToken })}>It goes on in the next run</Link>
      )}
      <Platform conferences={explanation.conferences} />
      {timers.length === 0 ? '' : <h2>Timers</h2>}
      <ul>
        {timers.map(({ timer, dueTime, lateSeconds }) => (
          <li key={`${timer} ${dueTime}`}>
            <Time at={dueTime} /> {timer}, {lateSeconds} s late
          </li>
        ))}
      </ul>
      <Events events={explanation.events} />
      <h2>Decisions</h2>
      <Some of={decisions} name="decisions">
        {(some) => (
          <ol class="decisions">
            {some.map(({ time, took, decided }, index) => (
              <li key={index}>
                <Time at={time} /> {took}
                <ul>
                  {decided.map((one, place) => (
                    <li key={place}>{one}</li>
                  ))}
                </ul>
              </li>
            ))}
          </ol>
        )}
      </Some>
    </>
  );
}

const SHOWN_AT_FIRST = 200;

/** Of very many the first ones, until the reader wants all: the browser takes seconds for those. */
function Some<Item>({ of, name, children }: { of: Item[]; name: string; children: (some: Item[]) => JSX.Element }) {
  const [isWhole, setWhole] = useState(false);
  if (isWhole || of.length <= SHOWN_AT_FIRST) return children(of);
  return (
    <>
      {children(of.slice(0, SHOWN_AT_FIRST))}
      <button type="button" class="quiet" onClick={() => setWhole(true)}>
        Show all {of.length} {name}
      </button>
    </>
  );
}

function Platform({ conferences }: Pick<Explanation, 'conferences'>) {
  return (
    <>
      <h2>On the platform</h2>
      <ul>
        {conferences.map(({ platformId, is, time, completedTime }) => (
          <li key={platformId}>
            <code>{platformId}</code> <Badge tone={is === 'adopted' ? 'good' : 'waits'}>{is}</Badge> since{' '}
            <Time at={time} />
            {completedTime === undefined ? '' : ', completed '}
            <Time at={completedTime} />
          </li>
        ))}
      </ul>
    </>
  );
}

const toneOfEvent = { waiting: 'waits', delivered: 'good', dead: 'bad', recorded: 'plain' } as const;

function Events({ events }: Pick<Explanation, 'events'>) {
  return (
    <>
      <h2>Events</h2>
      <Some of={events} name="events">
        {(some) => (
          <table class="events">
            <tbody>
              {some.map(({ sequence, event, state, requests, result = '', deliveredTime }) => (
                <tr key={sequence}>
                  <td>{sequence}</td>
                  <td>{event}</td>
                  <td>
                    <Badge tone={toneOfEvent[state]}>{state}</Badge> <Time at={deliveredTime} />
                  </td>
                  <td>{requests > 0 ? `${requests}: ${result}` : ''}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Some>
    </>
  );
}

const settings = {
  noShowTimeout: 'ends if nobody has joined for',
  aloneTimeout: 'ends if one is alone for',
  maxDuration: 'lasts at most',
  maxDurationWarning: 'warns so long before',
} as const;

/** What would have become of it. The form is a place in the address, so that the answer can be sent to somebody. */
function Otherwise({ account, path }: { account: string; path: string }) {
  const asked = Object.keys(settings).flatMap((name) => {
    const value = place.value.get(name);
    return value === null ? [] : [`${name}=${encodeURIComponent(value)}`];
  });
  const wanted = asked.length === 0 ? undefined : `${path}/what-if?${asked.join('&')}`;
  const { value, error } = useApi<WhatIf>(account, wanted);
  return (
    <>
      <h2>What if</h2>
      <Form />
      <Problem text={wanted === undefined ? '' : error} />
      {value === undefined ? '' : <Courses told={value} />}
    </>
  );
}

function Form() {
  const known = Object.keys(settings).map((name) => [name, place.value.get(name) ?? ''] as const);
  const [fields, setFields] = useState<Record<string, string>>(Object.fromEntries(known));
  return (
    <form
      class="what-if"
      onSubmit={(event) => {
        event.preventDefault();
        goTo(placeWith(fields));
      }}
    >
      {Object.entries(settings).map(([name, means]) => (
        <label key={name}>
          {means}{' '}
          <input
            name={name}
            size={8}
            placeholder="as it was"
            value={fields[name]}
            onInput={({ currentTarget }) => setFields({ ...fields, [name]: currentTarget.value.trim() })}
          />
        </label>
      ))}
      <button type="submit">What would be?</button>
      <p class="hint">Seconds, or “none”. Nothing is changed.</p>
    </form>
  );
}

function Courses({ told: { was, would, partedTime, onlyWas, onlyWould, assumed } }: { told: WhatIf }) {
  const apart =
    was.endTime === undefined || would.endTime === undefined ? 0 : Date.parse(would.endTime) - Date.parse(was.endTime);
  return (
    <div role="status">
      <table class="parts">
        <tbody>
          <CourseRow name="As it was" course={was} />
          <CourseRow name="As it would be" course={would} />
        </tbody>
      </table>
      <p>
        {partedTime === undefined ? 'It makes no difference.' : 'The two part at '}
        <Time at={partedTime} />
        {apart === 0 ? '' : `. It would end ${inWords(Math.abs(apart))} ${apart > 0 ? 'later' : 'earlier'}.`}
      </p>
      <Happenings title="Only as it was" all={onlyWas} />
      <Happenings title="Only as it would be" all={onlyWould} />
      {assumed.length === 0 ? '' : <p class="hint">Assumed: {assumed.join('; ')}.</p>}
    </div>
  );
}

function CourseRow({ name, course: { phase, reason, endTime } }: { name: string; course: WhatIf['was'] }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        {phase}
        {reason === undefined ? '' : ` (${reason})`} <Time at={endTime} />
      </td>
    </tr>
  );
}

function Happenings({ title, all }: { title: string; all: WhatIf['onlyWas'] }) {
  if (all.length === 0) return <></>;
  return (
    <>
      <h3>{title}</h3>
      <ul>
        {all.map(({ time, says }, index) => (
          <li key={index}>
            <Time at={time} /> {says}
          </li>
        ))}
      </ul>
    </>
  );
}
