import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runLoad } from '../../bench/cells/load.ts';
import { send, serve, type Serving } from '../../bench/http.ts';
import { faultsInWords, type Counts } from '../../bench/results.ts';
import type { Pace } from '../../bench/town/platform.ts';
import { Town } from '../../bench/town/town.ts';

/* A system that does what none should, under the load that is to find it. */

type Body = Record<string, unknown>;

/** What a system sends on when it gets an event: all as they come, unless it is a bad one. */
type Relaying = (event: Body, earlier: Body[]) => Body[];

const isThirdJoin = ({ state, activeMembers }: Body) => state === 'active' && activeMembers === 3;
const isFourthJoin = ({ state, activeMembers }: Body) => state === 'active' && activeMembers === 4;

const systems: Record<string, Relaying> = {
  honest: (event) => [event],
  loses: (event) => (isThirdJoin(event) ? [] : [event]),
  doubles: (event) => (isThirdJoin(event) ? [event, event] : [event]),
  swaps: (event, earlier) => {
    if (isThirdJoin(event)) return [];
    return isFourthJoin(event) ? [event, ...earlier.filter(isThirdJoin)] : [event];
  },
  'tells of another conference': (event) => (isThirdJoin(event) ? [{ ...event, conferenceId: 'conf-other' }] : [event]),
};

let town: Town;
let system: Serving | undefined;

beforeEach(async () => {
  town = new Town({ platform: 0, customer: 0 }, 500);
  await town.open();
});
afterEach(() => {
  town.close();
  system?.close();
});

/** Serves conferences: creates them on the platform, and sends on what it is told. */
async function open(relaying: Relaying): Promise<string> {
  const conferences = new Map<string, { callbackUrl: string; earlier: Body[]; sending: Promise<unknown> }>();
  const post = (url: string, body: Body) => send('POST', new URL(url), body, { timeoutMs: 5_000 });
  const serving = await serve(0, ({ url = '' }, text, response) => {
    const body = JSON.parse(text) as Body;
    const id = url.split('/').pop() ?? '';
    const conference = conferences.get(id);
    if (conference !== undefined) {
      response.writeHead(200, { 'content-length': 0 }).end();
      const events = relaying(body, conference.earlier);
      conference.earlier.push(body);
      for (const event of events) {
        const own = {
          conferenceId: id,
          ...(event['conferenceId'] === 'conf-other' ? event : { ...event, conferenceId: id }),
        };
        conference.sending = conference.sending.then(() => post(conference.callbackUrl, own));
      }
      return;
    }
    const name = `conf-${conferences.size}`;
    conferences.set(name, { callbackUrl: String(body['callbackUrl']), earlier: [], sending: Promise.resolve() });
    void post(`${town.platform.url}/v1/users/u/conferences`, {
      ...body,
      callbackUrl: `http://127.0.0.1:${serving.port}/${name}`,
    }).then(() => response.writeHead(201, { location: `${url}/${name}` }).end());
  });
  system = serving;
  return `http://127.0.0.1:${serving.port}`;
}

async function countsOf(name: string, pace: Pace = { gapMs: 0 }): Promise<Counts> {
  const baseUrl = await open(systems[name] ?? (() => []));
  const running = { baseUrl, programs: {}, stop: async () => undefined };
  const load = { atOnce: 2, pace, seconds: 0.2, warmUpSeconds: 0.1 };
  const { counts } = await runLoad({ town, running, say: () => undefined }, load);
  expect(counts.lifecycles).toBeGreaterThan(0);
  return counts;
}

test.each<[string, Pace]>([
  ['one after the other', { gapMs: 0 }],
  ['all at once', 'burst'],
])('nothing is found of an honest system, its events told %s', async (_how, pace) => {
  expect(faultsInWords(await countsOf('honest', pace))).toBe('');
});

test.each([
  ['loses', 'lost'],
  ['doubles', 'doubled'],
  ['swaps', 'outOfOrder'],
] as const)('of a system that %s an event of each conference it is found, and nothing else', async (name, fault) => {
  const counts = await countsOf(name);
  expect(faultsInWords(counts)).toBe(`${fault} ${counts.lifecycles}`);
});

test('an event that names another conference is lost to its own', async () => {
  const counts = await countsOf('tells of another conference');
  expect(faultsInWords(counts)).toBe(`lost ${counts.lifecycles}, misaddressed ${counts.lifecycles}`);
});

test('a create call that is refused is found', async () => {
  system = await serve(0, (_request, _text, response) => response.writeHead(503).end());
  expect(await town.create(`http://127.0.0.1:${system.port}`, [{ kind: 'created' }])).toBeUndefined();
  expect([...town.failures]).toEqual([['a create call was answered 503: ', 1]]);
});
