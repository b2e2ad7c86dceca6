import { useEffect, useRef, useState } from 'preact/hooks';
import type { ListedConference } from '../../catapult/resource-schemas.ts';
import type { Counts } from '../../catapult/watching-resources.ts';
import { merged, searchesFor, viewNamed, views, type Filters } from '../model/search.ts';
import type { StreamState } from './api.ts';
import { Badge, Link, Live, Problem, Span, Time, toneOfPhase } from './parts.tsx';
import { goTo, place, placeWith } from './place.ts';
import { ALL_ACCOUNTS, session } from './session.ts';
import { useApi, useStream } from './use-api.ts';

interface Page {
  conferences: ListedConference[];
  nextPageToken?: string;
}

const COUNTED_EVERY_MS = 5_000;

/** The list of conferences: views with their counts, a search, and rows that change by themselves. */
export function Conferences() {
  const { userId = '' } = session.value ?? {};
  const view = viewNamed(place.value.get('view') ?? 'all');
  const wanted = place.value.get('q') ?? '';
  const counts = useApi<Counts>(userId, '/conference-counts', COUNTED_EVERY_MS);
  return (
    <>
      <h1>Conferences</h1>
      <nav aria-label="Views" class="views">
        {views.map(({ name, title, count }) => (
          <Link key={name} to={{ view: name === 'all' ? '' : name, q: wanted }} current={name === view.name}>
            {title}
            {count === undefined ? '' : <span class="count">{counts.value?.[count] ?? '…'}</span>}
          </Link>
        ))}
      </nav>
      <Search wanted={wanted} />
      <Problem text={counts.error} />
      <Found key={`${view.name} ${wanted}`} userId={userId} searches={searchesFor(wanted)} filters={view.filters} />
    </>
  );
}

function Search({ wanted }: { wanted: string }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // As many pages have it: a slash goes to the search.
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  const submit = (event: Event) => {
    event.preventDefault();
    goTo(placeWith({ q: input.current?.value.trim() ?? '' }));
  };
  return (
    <form role="search" onSubmit={submit} class="search">
      <label>
        <span class="label">Find a conference by its id, a call’s id, its number, its tag or its schedule</span>
        <input ref={input} key={wanted} type="search" name="q" defaultValue={wanted} spellcheck={false} />
      </label>
      <button type="submit">Find</button>
    </form>
  );
}

/** Two searches at most: what is looked for may be a call's id or a tag. */
function Found({ userId, searches, filters }: { userId: string; searches: Filters[]; filters: Filters }) {
  const [first, second] = searches;
  const one = useList(userId, first && { ...first, ...filters });
  const other = useList(userId, second && { ...second, ...filters });
  const all = merged([one.conferences, other.conferences]);
  const { state, why } = one;
  if (searches.length === 0) return <p>No tag, number or id can be written so.</p>;
  return (
    <>
      <p class="summary">
        <span>
          {all.length} conference{all.length === 1 ? '' : 's'}
          {one.hasMore || other.hasMore ? ', and more' : ''}
        </span>
        <Live state={state} why={why} />
      </p>
      {all.length === 0 && state === 'live' ? <p>None now.</p> : <Table conferences={all} userId={userId} />}
    </>
  );
}

interface List {
  conferences: ListedConference[];
  hasMore: boolean;
  state: StreamState;
  why: string;
}

function useList(userId: string, filters: Filters | undefined): List {
  const [page, setPage] = useState<Page>({ conferences: [] });
  const query = filters && new URLSearchParams({ ...filters, size: '100', follow: 'true' }).toString();
  const path = query === undefined ? undefined : `/conferences?${query}`;
  const told = useStream(userId, path, (came) => setPage(came.at(-1) as Page));
  return { conferences: page.conferences, hasMore: page.nextPageToken !== undefined, ...told };
}

function Table({ conferences, userId }: { conferences: ListedConference[]; userId: string }) {
  const isOfAll = userId === ALL_ACCOUNTS;
  return (
    <div class="scroll">
      <table class="conferences">
        <thead>
          <tr>
            <th scope="col">Conference</th>
            {isOfAll ? <th scope="col">Account</th> : ''}
            <th scope="col">Phase</th>
            <th scope="col">Number</th>
            <th scope="col">Tag</th>
            <th scope="col">Members</th>
            <th scope="col">Deliveries</th>
            <th scope="col">Begins or has begun</th>
          </tr>
        </thead>
        <tbody>
          {conferences.map((one) => (
            <Line key={`${one.userId ?? ''}/${one.id}`} one={one} isOfAll={isOfAll} userId={one.userId ?? userId} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Line({ one, isOfAll, userId }: { one: ListedConference; isOfAll: boolean; userId: string }) {
  const { id, phase, reason, from, tag, activeMembers, deadLetters, failing, startTime } = one;
  return (
    <tr>
      <th scope="row" data-label="Conference">
        <Link to={{ p: 'conference', account: userId, id }}>{id}</Link>
      </th>
      {isOfAll ? <td data-label="Account">{userId}</td> : ''}
      <td data-label="Phase">
        <Badge tone={toneOfPhase(phase)}>{phase}</Badge>
        {reason === undefined ? '' : <span class="reason"> {reason}</span>}
      </td>
      <td data-label="Number">{from}</td>
      <td data-label="Tag">{tag ?? '–'}</td>
      <td data-label="Members">{activeMembers}</td>
      <td data-label="Deliveries">
        {failing === true ? <Badge tone="bad">failing</Badge> : ''}
        {deadLetters > 0 ? <Badge tone="bad">{deadLetters} dead</Badge> : ''}
        {failing !== true && deadLetters === 0 ? '–' : ''}
      </td>
      <td data-label="Begins or has begun">
        <Time at={startTime} />
        {startTime === undefined ? '' : <small class="ago"> {<Span at={startTime} />}</small>}
      </td>
    </tr>
  );
}
