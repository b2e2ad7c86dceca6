import { basicAuth } from '../../src/catapult/credentials.ts';
import { errorTable, type ErrorCode } from '../../src/catapult/errors.ts';
import { customerEvents, type DescribedEvent } from '../../src/catapult/event-schemas.ts';
import type { Explanation } from '../../src/catapult/explaining-resources.ts';
import { USER_PATH } from '../../src/catapult/paths.ts';
import { pathsOf, routeNames, routes, type Route, type RouteName } from '../../src/catapult/routes.ts';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { USER, type House } from './house.ts';

/*
 * What was really asked and answered, as the examples of the description show it: with names in place of ids, addresses and times, so that
 * another run gives the same.
 */

export interface Recorded {
  routes: Partial<Record<RouteName, { request?: unknown; answer?: unknown; location?: string }>>;
  errors: Partial<Record<ErrorCode, unknown>>;
  events: Record<string, unknown>;
}

export class Recorder {
  private readonly house: House;
  private readonly routes: Recorded['routes'] = {};
  private readonly errors: Recorded['errors'] = {};
  private readonly names = new Map<string, string>();

  constructor(house: House) {
    this.house = house;
    this.called(house.url, 'https://convoke.example').called(house.customer.url(''), 'https://customer.example');
    this.called(USER, 'u-123');
  }

  /** Calls something by a name from now on; of what is called already the first name stays. */
  called(text: string, name: string): this {
    if (!this.names.has(text)) this.names.set(text, name);
    return this;
  }

  /** Asks, and keeps the first answer of each route, and of each error. Answers the id of what was made. */
  async ask(
    method: Route['method'],
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<string> {
    const answer = await fetch(this.house.url + path, {
      method,
      headers: { authorization: basicAuth(LOCAL_ACCOUNT), 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true;
    const held: unknown = isJson ? JSON.parse(text) : text;
    const location = answer.headers.get('location');
    if (answer.status >= 400) this.keepError(held);
    else
      this.keep(method, path, {
        request: body,
        answer: held === '' ? undefined : held,
        location: location ?? undefined,
      });
    return location?.split('/').pop() ?? '';
  }

  private keep(method: string, path: string, said: object): void {
    const isAt = (route: Route) =>
      pathsOf(route).some((one) =>
        new RegExp(`^${(USER_PATH + one).replace('.', '\\.').replace(/:\w+/g, '[^/]+')}$`).test(
          path.split('?')[0] ?? '',
        ),
      );
    const name = routeNames.find((one) => routes[one].method === method && isAt(routes[one]));
    if (name === undefined) throw new Error(`no route has ${method} ${path}`);
    this.routes[name] ??= name === 'explainConference' ? withLittle(said) : said;
  }

  private keepError(held: unknown): void {
    const { code } = Object(held) as { code?: unknown };
    const known = Object.keys(errorTable).find((one) => one === code) as ErrorCode | undefined;
    if (known === undefined) throw new Error(`the error ${String(code)} is not one of our table`);
    this.errors[known] ??= held;
  }

  /** All that was asked and answered, and the first event of each kind that the customer got. */
  recorded(): Recorded {
    const events: Record<string, unknown> = {};
    for (const { body } of this.house.customer.received) {
      const name = kindOf(body);
      events[name] ??= body;
    }
    return this.named({ routes: this.routes, errors: this.errors, events }) as Recorded;
  }

  private named(value: unknown, field = ''): unknown {
    if (typeof value === 'number') return NUMBERS[field] ?? value;
    if (typeof value === 'string') return this.namedText(value, field);
    if (typeof value !== 'object' || value === null) return value;
    if (field === 'nextRuns' && Array.isArray(value)) return value.map((_, index) => mondayAt(index));
    if (field === 'steps' && Array.isArray(value)) return this.named(oneOfEachKind(value as Step[]), 'oneStep');
    if (Array.isArray(value)) return value.map((inner) => this.named(inner, field));
    // Of the journal, which may be empty at that moment or not.
    const there = Object.entries(value).filter(([name, inner]) => inner !== undefined && name !== 'oldestTime');
    return Object.fromEntries(there.map(([name, inner]) => [name, this.named(inner, name)]));
  }

  private namedText(text: string, field: string): string {
    const longestFirst = [...this.names].sort(([one], [other]) => other.length - one.length);
    const plain = longestFirst.reduce((known, [one, name]) => known.replaceAll(one, name), text);
    // Epoch milliseconds, and times; those that the story names stay.
    return plain
      .replace(/^\d{13}$/, '1769860805000')
      .replace(/\b[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\b/g, '0f8fad5b-d9cb-469f-a165-70867728950e')
      .replace(/^\d{4}-\d\d-\d\d$/, '2026-02-02')
      .replace(/\b\d{8}T\d{6}Z?\b/g, '20260202T080000Z')
      .replace(/\b(?!2026-01)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (_, fraction?: string) =>
        timeOf(field, fraction),
      );
  }
}

/** Of an explanation what is the same in each run: an event that was delivered once, and what one change came to. */
function withLittle(said: object): object {
  const { answer } = said as { answer: Explanation };
  const { promises, conferences, events, timers, decisions } = answer;
  const one = decisions.find(({ input }) => input === 'change-settled');
  return {
    ...said,
    answer: {
      promises: promises.filter(({ promise }) => promise === 'end'),
      conferences: conferences.map(({ attemptId: _, ...conference }) => ({ ...conference, platformId: 'conf-1' })),
      events: events.slice(1, 2),
      timers,
      decisions: one === undefined ? [] : [{ ...one, decided: one.decided.slice(0, 1) }],
    },
  };
}

/** What differs from run to run. */
const NUMBERS: Record<string, number> = { milliseconds: 12, waiting: 0 };

interface Step {
  kind: string;
  does: string;
  state: string;
}

/** In which order a workflow does what comes at once differs: of each kind the first that is done, by its words, is shown. */
function oneOfEachKind(steps: Step[]): object[] {
  const byWords = steps.filter(({ state }) => state === 'done').sort((a, b) => a.does.localeCompare(b.does));
  const first = new Map(byWords.reverse().map((step) => [step.kind, step]));
  return [...first.values()]
    .sort((a, b) => a.kind.localeCompare(b.kind))
    .map((step, index) => ({ ...step, id: `0f8fad5b-d9cb-469f-a165-70867728950e-${index + 1}-1` }));
}

/** Of the Mondays to come the n-th, at nine. */
function mondayAt(index: number): string {
  return `${new Date(Date.UTC(2026, 1, 2 + 7 * index, 8)).toISOString().slice(0, 19)}Z`;
}

/** The conference is made at noon, and is over half an hour later; what has a fraction of a second keeps one. */
function timeOf(field: string, fraction?: string): string {
  const at = { addedTime: '12:00:20', removedTime: '12:30:00', completedTime: '12:30:00', startAt: '13:00:00' };
  const time = new Map(Object.entries(at)).get(field) ?? '12:00:00';
  return `2026-01-31T${time}${fraction === undefined ? '' : '.104'}Z`;
}

/** Which of the events that are described it is. */
function kindOf(body: unknown): string {
  const fits = Object.entries<DescribedEvent>(customerEvents).find(([, { schema }]) => schema.safeParse(body).success);
  if (fits === undefined) throw new Error(`no event is described as ${JSON.stringify(body)}`);
  return fits[0];
}
