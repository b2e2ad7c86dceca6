import type { Diagnosis, Health as Resource } from '../../catapult/watching-resources.ts';
import { findingsOfHealth } from '../model/findings.ts';
import { Findings } from './findings.tsx';
import { Badge, Link, Problem, Span, Time } from './parts.tsx';
import { ALL_ACCOUNTS, session } from './session.ts';
import { useApi } from './use-api.ts';

const READ_EVERY_MS = 5_000;
const EXAMINED_EVERY_MS = 60_000;

/** How the parts are, seen from the gateway that serves this page: what is wrong, and what helps. */
export function Health() {
  const { value: health, error } = useHealth();
  return (
    <>
      <h1>Health</h1>
      <p class="hint">
        As the gateway that serves this page sees it. <code>convoke doctor</code> goes through all that a deployment
        needs.
      </p>
      <Problem text={error} />
      {health === undefined ? <p>Reading …</p> : <Seen health={health} />}
      {session.value?.userId === ALL_ACCOUNTS ? <Doctor /> : ''}
    </>
  );
}

const gravest = ['wrong', 'warning', 'open', 'ok'] as const;
const toneOf = { wrong: 'bad', warning: 'waits', open: 'plain', ok: 'good' } as const;

/** What the doctor finds, the gravest first: for operators, who can put it right. */
function Doctor() {
  const { value: diagnosis, error } = useApi<Diagnosis>(ALL_ACCOUNTS, '/diagnosis', EXAMINED_EVERY_MS);
  const findings = diagnosis?.findings ?? [];
  const sorted = gravest.flatMap((level) => findings.filter((one) => one.level === level));
  return (
    <>
      <h2>What the doctor finds</h2>
      <Problem text={error} />
      {diagnosis === undefined ? (
        <p>Looking …</p>
      ) : (
        <p class="hint">
          As of <Time at={diagnosis.time} />: <code>convoke doctor</code> where this gateway runs, once a minute at
          most.
        </p>
      )}
      <table class="parts">
        <tbody>
          {sorted.map(({ check, level, found, advice }) => (
            <tr key={`${check} ${found}`}>
              <th scope="row">{check}</th>
              <td>
                <Badge tone={toneOf[level]}>{level}</Badge> {found} {advice === undefined ? '' : <em>{advice}</em>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function useHealth() {
  return useApi<Resource>(session.value?.userId ?? '', '/health', READ_EVERY_MS);
}

/** What is wrong with the parts, above every page, as it may be what the reader looks for. */
export function HealthLine() {
  const { value: health } = useHealth();
  const bad = health === undefined ? [] : findingsOfHealth(health).filter(({ tone }) => tone === 'bad');
  return (
    <div role="status">
      {bad.map(({ text }) => (
        <p key={text} class="health-line">
          {text} <Link to={{ p: 'health' }}>What helps</Link>
        </p>
      ))}
    </div>
  );
}

function Seen({ health }: { health: Resource }) {
  const { temporal, namespace = 'ready', workers, platform, journal, spared } = health;
  const findings = findingsOfHealth(health);
  const parts = [
    ['Temporal', temporal, temporal === 'reachable'],
    ['Namespace', namespace, namespace === 'ready'],
    ['Workers', workers, workers === 'working'],
    ['Platform', platform, platform === 'answers' || platform === 'unknown'],
    ['Journal', journal.state, journal.state === 'ok'],
  ] as const;
  return (
    <>
      {findings.length === 0 ? <p>All is well.</p> : <Findings findings={findings} />}
      <table class="parts">
        <tbody>
          {parts.map(([name, state, isWell]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                <Badge tone={isWell ? 'good' : 'bad'}>{state}</Badge>
              </td>
            </tr>
          ))}
          <tr>
            <th scope="row">Callbacks that wait in the journal</th>
            <td>
              {journal.waiting}
              {journal.oldestTime === undefined ? (
                ''
              ) : (
                <>
                  , the oldest since <Time at={journal.oldestTime} /> (<Span at={journal.oldestTime} />)
                </>
              )}
            </td>
          </tr>
        </tbody>
      </table>
      <h2>Spared hosts</h2>
      <p class="hint">
        Those that this gateway spares. Workers send again what has failed, and spare hosts of their own: what waits
        then is under <Link to={{ view: 'failing' }}>Failing deliveries</Link>.
      </p>
      {spared.length === 0 ? <p>None: all hosts of customers answer, as far as this gateway knows.</p> : ''}
      <ul>
        {spared.map(({ userId = '', origin, silentRounds, sparedUntil }) => (
          <li key={`${userId} ${origin}`}>
            {origin} {userId === '' ? '' : `(${userId}) `}has not answered {silentRounds} times in a row; nothing is
            sent there until <Time at={sparedUntil} />, then one request looks whether it is back
          </li>
        ))}
      </ul>
    </>
  );
}
