import { useState } from 'preact/hooks';
import type { Conference, EventResource } from '../../catapult/resource-schemas.ts';
import { hintFor } from '../model/findings.ts';
import { stateInWords } from '../model/words.ts';
import { post, wordsOf } from './api.ts';
import { Badge, Link, now, Problem, Span, Time } from './parts.tsx';
import { placeWith } from './place.ts';

const toneOfState = { waiting: 'waits', delivered: 'good', dead: 'bad', recorded: 'plain' } as const;
const sources = {
  platform: 'from the platform',
  reconciled: 'made up from the platform’s state, as no callback brought it',
  convoke: 'Convoke’s own',
} as const;

/** All that is known of an event: what it says, how it was sent, and when it is tried next. */
export function Event({ account, conference, event }: EventProps) {
  const { id, sequence, state, source, acceptedTime, body, attempts, nextTryTime } = event;
  const last = attempts.at(-1);
  return (
    <aside class="event" aria-label={`Event ${sequence}`}>
      <div class="event-head">
        <h2>Event {sequence}</h2>
        <Link to={placeWith({ event: '' })}>Close</Link>
      </div>
      <p>
        <Badge tone={toneOfState[state]}>{stateInWords[state]}</Badge> {sources[source]}
      </p>
      <dl>
        <dt>Accepted</dt>
        <dd>
          <Time at={acceptedTime} /> (<Span at={acceptedTime} />)
        </dd>
        <dt>webhook-id</dt>
        <dd>
          <code>{id}</code>
        </dd>
        <NextTry state={state} nextTryTime={nextTryTime} />
      </dl>
      <Redeliver key={id} account={account} conferenceId={conference?.id ?? ''} event={event} />
      <h3>Requests</h3>
      {attempts.length === 0 ? <p>None yet.</p> : <Attempts attempts={attempts} conference={conference} body={body} />}
      {last === undefined || last.ok ? '' : <p class="hint">{hintFor(last.result)}</p>}
      <Answers attempts={attempts} />
      <h3>Body</h3>
      <pre tabIndex={0}>{JSON.stringify(body, undefined, 2)}</pre>
    </aside>
  );
}

interface EventProps {
  account: string;
  conference: Conference | undefined;
  event: EventResource;
}

function NextTry({ state, nextTryTime }: { state: EventResource['state']; nextTryTime: string | undefined }) {
  if (state !== 'waiting') return <></>;
  const isAhead = nextTryTime !== undefined && Date.parse(nextTryTime) > now.value;
  return (
    <>
      <dt>Next try</dt>
      <dd>
        {isAhead ? (
          <>
            <Time at={nextTryTime} /> (<Span at={nextTryTime} />)
          </>
        ) : (
          'now, or as soon as the events before it are through'
        )}
      </dd>
    </>
  );
}

function Attempts({
  attempts,
  conference,
  body,
}: Pick<EventResource, 'attempts' | 'body'> & Pick<EventProps, 'conference'>) {
  // A call that was dialled with URLs of its own has others, which are shown nowhere.
  const isOfCall = ['answer', 'timeout', 'hangup'].includes(body.eventType);
  return (
    <table class="attempts">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Where</th>
          <th scope="col">Came to</th>
          <th scope="col">Took</th>
        </tr>
      </thead>
      <tbody>
        {attempts.map(({ time, url, ok, result, milliseconds }) => (
          <tr key={`${time} ${url}`}>
            <td>
              <Time at={time} />
            </td>
            <td title={isOfCall ? '' : conference?.[url]}>{url}</td>
            <td>
              <Badge tone={ok ? 'good' : 'bad'}>{result}</Badge>
            </td>
            <td>{milliseconds} ms</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What the customer's servers have answered last, as they wrote it. */
function Answers({ attempts }: Pick<EventResource, 'attempts'>) {
  return (
    <>
      {attempts.map(({ time, url, answer }) =>
        answer === undefined ? (
          ''
        ) : (
          <figure key={`${time} ${url}`}>
            <figcaption>
              What {url} answered at <Time at={time} />, its first 512 bytes
            </figcaption>
            <pre tabIndex={0}>{answer}</pre>
          </figure>
        ),
      )}
    </>
  );
}

/** Has the event delivered again; what comes of it shows by itself. */
function Redeliver({ account, conferenceId, event }: { account: string; conferenceId: string; event: EventResource }) {
  const [said, setSaid] = useState('');
  const [error, setError] = useState('');
  const ask = async () => {
    setError('');
    try {
      await post(account, `/conferences/${conferenceId}/events/${encodeURIComponent(event.id)}/redeliver`);
      setSaid('Noted: it is sent now. What comes of it shows here.');
    } catch (cause) {
      setError(wordsOf(cause));
    }
  };
  return (
    <>
      <button type="button" onClick={() => void ask()}>
        {event.state === 'waiting' ? 'Try it now' : 'Deliver it again'}
      </button>
      <span role="status" class="said">
        {said}
      </span>
      <Problem text={error} />
    </>
  );
}
