import { useMemo, useState } from 'preact/hooks';
import type { Conference as Resource } from '../../catapult/resource-schemas.ts';
import type { Step } from '../../catapult/watching-resources.ts';
import { findingsOf } from '../model/findings.ts';
import { kinds, phasesOf, rowsOf, type Kind } from '../model/timeline.ts';
import { Event } from './event.tsx';
import { Findings } from './findings.tsx';
import { Badge, Link, Live, now, Problem, Time, toneOfPhase } from './parts.tsx';
import { place } from './place.ts';
import { session } from './session.ts';
import { Timeline } from './timeline.tsx';
import { useConference } from './use-conference.ts';

/** One conference: what is wrong with it, its phases, and its timeline, with the event that is open beside it. */
export function Conference() {
  const account = place.value.get('account') ?? session.value?.userId ?? '';
  const id = place.value.get('id') ?? '';
  return <Watched key={`${account}/${id}`} account={account} id={id} />;
}

/** What is told of workers and of single keys is for who looks closely. */
const atFirst: readonly Kind[] = kinds.filter((kind) => kind !== 'worker');

function Watched({ account, id }: { account: string; id: string }) {
  const { conference, events, steps, error, live } = useConference(account, id);
  const [wanted, setWanted] = useState<ReadonlySet<Kind>>(new Set(atFirst));
  const chosen = Number(place.value.get('event') ?? '') || undefined;
  const rows = useMemo(
    () => rowsOf({ conference, events, steps, now: Date.now() }, wanted),
    [conference, events, steps, wanted],
  );
  const findings = findingsOf({ conference, events, steps, now: now.value });
  const event = chosen === undefined ? undefined : events.find(({ sequence }) => sequence === chosen);
  return (
    <>
      <h1>{id}</h1>
      <Problem text={error} />
      <Findings findings={findings} />
      {conference === undefined ? '' : <Facts account={account} conference={conference} />}
      <Phases steps={steps} />
      <p class="summary">
        <span>
          {events.length} event{events.length === 1 ? '' : 's'}
        </span>
        <Live state={live.state} why={live.why} />
        <Link to={{ p: 'explained', account, id }}>Explain it</Link>
      </p>
      <Kinds wanted={wanted} setWanted={setWanted} />
      <div class={event === undefined ? 'story' : 'story open'}>
        <section aria-label="What happened">
          <Timeline rows={rows} chosen={chosen} />
        </section>
        {event === undefined ? '' : <Event account={account} conference={conference} event={event} />}
      </div>
    </>
  );
}

function Facts({ account, conference }: { account: string; conference: Resource }) {
  const { phase = '', reason, from, tag, activeMembers, callbackUrl, fallbackUrl, hold, mute, scheduleId } = conference;
  const facts = [
    ['Account', account],
    ['Number', from],
    ['Tag', tag],
    ['Members', String(activeMembers)],
    ['callbackUrl', callbackUrl ?? 'none: events are recorded only'],
    ['fallbackUrl', fallbackUrl],
    ['For all', [hold ? 'on hold' : '', mute ? 'muted' : ''].filter(Boolean).join(', ') || undefined],
    ['Schedule', scheduleId],
  ] as const;
  return (
    <dl class="facts">
      <div>
        <dt>Phase</dt>
        <dd>
          <Badge tone={toneOfPhase(phase)}>{phase}</Badge>
          {reason ?? ''}
        </dd>
      </div>
      {facts.map(([name, value]) =>
        value === undefined ? (
          ''
        ) : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

/** The phases along the top. */
function Phases({ steps }: { steps: readonly Step[] }) {
  const phases = phasesOf(steps);
  return (
    <ol class="phases" aria-label="Phases">
      {phases.map(({ phase, time }) => (
        <li key={`${phase} ${time}`}>
          <strong>{phase}</strong> <Time at={time} />
        </li>
      ))}
    </ol>
  );
}

const titles: Record<Kind, string> = {
  phase: 'phases',
  member: 'members',
  call: 'calls',
  audio: 'audio and keys',
  change: 'changes',
  platform: 'platform asked',
  worker: 'deliveries by workers',
  other: 'others',
  timer: 'timers ahead',
};

function Kinds({ wanted, setWanted }: { wanted: ReadonlySet<Kind>; setWanted: (kinds: ReadonlySet<Kind>) => void }) {
  const toggle = (kind: Kind) => {
    const next = new Set(wanted);
    if (!next.delete(kind)) next.add(kind);
    setWanted(next);
  };
  return (
    <fieldset class="kinds">
      <legend>Shown</legend>
      {kinds.map((kind) => (
        <label key={kind}>
          <input type="checkbox" checked={wanted.has(kind)} onChange={() => toggle(kind)} />
          {titles[kind]}
        </label>
      ))}
    </fieldset>
  );
}
