import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { conferencePath, eventsPath } from '../../src/catapult/paths.ts';
import { AsteriskTown } from '../support/asterisk-town.ts';
import { openHouse, USER, type House } from '../support/house.ts';
import { onPlatform } from '../support/platform-client.ts';
import { untilHeard } from '../support/telephones/hearing.ts';
import { describeOnAsterisk } from '../support/two-servers.ts';
import { until } from '../support/until.ts';

/*
 * Convoke above an adapter and an Asterisk that are processes of their own. Each fault is counted at both ends: what the customer was
 * told, and how often each telephone was called, and what it heard.
 */

/** What each of three telephones says (Hz). */
const TONES = [700, 1_100, 1_900];
const JOINS = ['created', 'active 1', 'active 2', 'active 3'];
const ONE_LEFT = 'completed 2';
const END = ['completed 1', 'completed 0', 'completed'];

/** Convoke asks a platform that does not know a conference once more after 30 s. */
const LOST_WITHIN_MS = 90_000;

const eventPage = z.object({
  events: z.array(
    z.object({ id: z.string(), sequence: z.number(), state: z.string(), body: z.object({ eventType: z.string() }) }),
  ),
});

let town: AsteriskTown;
let house: House;
let tests = 0;

describeOnAsterisk('Convoke, counted at both ends', () => {
  beforeAll(async () => {
    town = await AsteriskTown.open();
    house = await openHouse({ platform: town.platform });
  });
  afterAll(async () => {
    await house.close();
    await town.close();
  });
  beforeEach(() => {
    tests += 1;
  });

  const path = () => `/${tests}`;
  const numberOf = (tone: number) => `+1919444${tests * 10_000 + tone}`;
  const told = () => house.customer.at(path()).map(({ body }) => body);
  /** What the customer was told of the conference: `created`, `active 1`, `completed 0`, … */
  const lives = () =>
    told()
      .filter(({ eventType }) => eventType === 'conference' || eventType === 'conference-member')
      .map((event) => [event['status'] ?? event['state'], event['activeMembers'] ?? []].flat().join(' '));
  const untilTold = (what: string, withinMs?: number) =>
    until(`${what} is told`, () => lives().includes(what), withinMs);

  /** A conference that calls three telephones, which answer after a while. */
  async function opened(after = 0): Promise<string> {
    for (const tone of TONES) town.exchange.number(numberOf(tone), { tone, after });
    const participants = TONES.map((tone) => ({ to: numberOf(tone), maxAttempts: 2, retryInterval: 1 }));
    return await house.create({ callbackUrl: house.customer.url(path()), participants });
  }
  const callsOf = (tone: number) =>
    town.exchange.calls.filter(({ invite }) => invite.first.startsWith(`INVITE sip:${numberOf(tone)}@`));
  const latest = (tone: number) => town.exchange.at(numberOf(tone));

  /** The telephones of these tones hear each other. */
  async function hearEachOther(...tones: number[]): Promise<void> {
    const others = (tone: number) => tones.filter((other) => other !== tone);
    const heard = await Promise.all(tones.map(async (tone) => [await latest(tone), others(tone)] as const));
    await untilHeard(
      TONES,
      heard.map(([call, expected]) => [call, expected]),
    );
  }
  async function allThere(): Promise<void> {
    await untilTold('active 3', 60_000);
    await hearEachOther(...TONES);
  }

  /** Ends it, and counts: all was told once and in order, each telephone was called as often as it should, and nothing is left open. */
  async function counted(id: string, expected: string[], calls: number): Promise<void> {
    await house.call('POST', conferencePath(USER, id), { state: 'completed' });
    await countedAtCustomer(id, expected);
    expect(TONES.map((tone) => callsOf(tone).length)).toEqual(TONES.map(() => calls));
    await until('no telephone is in a call', () => TONES.flatMap(callsOf).every(({ state }) => state === 'over'));
    expect(await town.platform.conferencesOf(`/${id}/`)).toHaveLength(1);
    expect(await onPlatform(house, id)).toMatchObject({ state: 'completed', activeMembers: 0 });
  }
  async function countedAtCustomer(id: string, expected: string[], withinMs?: number): Promise<void> {
    await untilTold('completed', withinMs);
    expect(lives()).toEqual(expected);
    const received = house.customer.at(path()).map(({ headers }) => String(headers['webhook-id']));
    const { events } = eventPage.parse(await (await house.call('GET', `${eventsPath(USER, id)}?size=100`)).json());
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
    // Those of the calls go nowhere: participants have no callbackUrl of their own.
    const ofCalls = /^(answer|hangup|timeout)$/;
    const delivered = events.filter(({ body }) => !ofCalls.test(body.eventType));
    expect(delivered.filter(({ state }) => state !== 'delivered')).toEqual([]);
    expect(received).toEqual(delivered.map((event) => event.id));
    const members = (state: string) =>
      told()
        .filter((event) => event['eventType'] === 'conference-member' && event['state'] === state)
        .map((event) => event['memberId']);
    expect(members('completed').sort()).toEqual(members('active').sort());
    expect(new Set(members('active')).size).toBe(TONES.length);
    const joined = told().filter((event) => event['eventType'] === 'conference-participant');
    expect(joined.map((event) => event['status'])).toEqual(TONES.map(() => 'joined'));
    expect(await (await house.call('GET', conferencePath(USER, id))).json()).toMatchObject({ state: 'completed' });
  }

  const faults: [name: string, begins: () => Promise<void>, ends: () => Promise<void>][] = [
    ['the adapter is killed', () => town.killAdapter(), () => town.startAdapter()],
    ['the way between adapter and Asterisk is cut', async () => town.way.cut(), async () => town.way.mend()],
    ['no worker of Convoke runs', () => house.stopWorker(), () => house.startWorker()],
  ];
  test.each(faults)('%s: who leaves meanwhile is told, and the others hear each other', async (_name, begins, ends) => {
    const id = await opened();
    await allThere();
    await begins();
    (await latest(TONES[0] ?? 0)).hangUp();
    await hearEachOther(...TONES.slice(1));
    await ends();
    await untilTold(ONE_LEFT, 60_000);
    await hearEachOther(...TONES.slice(1));
    await counted(id, [...JOINS, ONE_LEFT, ...END], 1);
  });

  test('the adapter is killed while all three ring: they are called once more, and join once', async () => {
    const id = await opened(1_500);
    await until('all three ring', () => TONES.every((tone) => callsOf(tone).length === 1));
    await town.killAdapter();
    await until('nobody rings any more', () => TONES.flatMap(callsOf).every(({ state }) => state === 'over'));
    await town.startAdapter();
    await allThere();
    await counted(id, [...JOINS, ONE_LEFT, ...END], 2);
  });

  test('Asterisk is killed: the customer is told that all have left, and that it is lost; the next conference is held', async () => {
    const id = await opened();
    await allThere();
    await town.killAsterisk();
    await town.startAsterisk();
    await house.call('POST', conferencePath(USER, id), { mute: true });
    await countedAtCustomer(id, [...JOINS, ONE_LEFT, ...END], LOST_WITHIN_MS);
    expect(told().at(-1)).toMatchObject({ status: 'completed', reason: 'platform-lost' });
    tests += 1;
    const next = await opened();
    await allThere();
    await counted(next, [...JOINS, ONE_LEFT, ...END], 1);
  }, 240_000);
});
