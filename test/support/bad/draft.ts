import fc from 'fast-check';
import type { Asked } from './values.ts';

/* A request on its way to become bytes, and what could be asked for with effect. */

/** Whom the requests are about; all of it exists. */
export interface Targets {
  user: string;
  authorization: string;
  host: string;
  /** Conferences by their state. */
  active: string;
  created: string;
  completed: string;
  /** A member of the active one, and a call that is up and could become one. */
  member: string;
  call: string;
  /** A schedule that makes no conference soon. */
  schedule: string;
  /** The path at the bridge where the platform's callbacks of the active one come in. */
  callback: string;
}

export interface Draft {
  method: string;
  path: string;
  headers: [string, string][];
  body: Buffer;
}

/** A request that would be taken, and would change something. */
export interface Order {
  asked: Asked;
  path: string;
  body: Record<string, unknown>;
}

export function ordersFor({ user, active, created, member, call, schedule }: Targets): Order[] {
  const root = `/v1/users/${user}`;
  const conferences = [created, active].map((id) => `${root}/conferences/${id}`);
  const memberPath = `${root}/conferences/${active}/members/${member}`;
  const ends = [{ state: 'completed' }, { mute: true }, { hold: 'true' }];
  const changes = [...ends, { tag: 'changed' }, { callbackUrl: 'http://x/' }];
  const dialled = { from: '+19195551234', to: '+19195550000', conferenceId: active };
  const schedulePath = `${root}/conference-schedules/${schedule}`;
  const weekly = { cron: '0 9 * * 1', timeZone: 'UTC', conference: { from: '+19195551234' } };
  const order = (asked: Asked, path: string, body: Order['body']): Order => ({ asked, path, body });
  return [
    ...['', '/conferences'].map((path) => order('create', root + path, { from: '+19195551234', tag: 'bad input' })),
    ...conferences.flatMap((path) => changes.map((body) => order('change', path, body))),
    ...conferences.map((path) => order('join', `${path}/members`, { callId: call })),
    ...ends.map((body) => order('changeMember', memberPath, body)),
    ...[...conferences, memberPath].map((path) => order('play', `${path}/audio`, { sentence: 'hello' })),
    order('dial', `${root}/calls`, dialled),
    order('createSchedule', `${root}/conference-schedules`, weekly),
    ...[{ note: 'changed' }, { maxRuns: 5 }].map((body) => order('changeSchedule', schedulePath, body)),
    ...['pause', 'resume'].map((verb) => order('pause', `${schedulePath}/${verb}`, { note: 'changed' })),
    order('skip', `${schedulePath}/skip`, { date: '2030-01-01' }),
    order('backfill', `${schedulePath}/backfill`, { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' }),
  ];
}

export function post(path: string, body: string | Buffer = ''): Draft {
  return { method: 'POST', path, headers: [], body: typeof body === 'string' ? Buffer.from(body) : body };
}

export function whole({ path, body }: Order): Draft {
  return post(path, JSON.stringify(body));
}

/** The header stands in the place of the usual one of that name. */
export function withHeader(draft: Draft, name: string, value: string): Draft {
  return { ...draft, headers: [...draft.headers, [name, value]] };
}

/** A body with further text in it, before its end. */
export function joined(body: object, text: string): string {
  return `${JSON.stringify(body).slice(0, -1)},${text}}`;
}

const SILENT = 'without';

/** No header of that name at all. */
export function withoutHeader(draft: Draft, name: string): Draft {
  return withHeader(draft, name, SILENT);
}

export function bytesOf({ method, path, headers, body }: Draft, { host, authorization }: Targets): Buffer {
  const given = new Set(headers.map(([name]) => name));
  const usual: [string, string][] = [
    ['host', host],
    ['authorization', authorization],
    ['content-type', 'application/json'],
    ['content-length', given.has('transfer-encoding') || body.length === 0 ? SILENT : String(body.length)],
  ];
  const lines = [...usual.filter(([name]) => !given.has(name)), ...headers]
    .filter(([, value]) => value !== SILENT)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), body]);
}

/** One of some arbitraries, made once: what is chained is made anew for every request. */
export function oneOf<Value>(arbitraries: fc.Arbitrary<Value>[]): fc.Arbitrary<Value> {
  return fc.oneof(...arbitraries);
}
