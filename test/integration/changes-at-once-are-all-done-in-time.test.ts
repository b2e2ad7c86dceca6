import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { callsPath, conferencePath } from '../../src/catapult/paths.ts';
import { ConferenceClient } from '../../src/client/index.ts';
import type { RequestFault } from '../../src/sandbox/faults.ts';
import { openHouse, USER, type House } from '../support/house.ts';

/*
 * However many change a conference at one moment, and from however many gateways: on a platform that takes 2 s for each, all are
 * done within 5 s. Temporal takes 10 updates in flight per run.
 */

const PLATFORM_TAKES_MS = 2_000;
const ALL_WITHIN_MS = 5_000;

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
afterEach(() => house.sandbox.faults.endAll());

/** The platform takes its time for all that goes to this route. */
function slow(route: NonNullable<RequestFault['on']>['route']): void {
  house.sandbox.faults.add({ on: { method: 'POST', route }, delay: PLATFORM_TAKES_MS });
}

const numberOf = (index: number) => `+1919555${1_000 + index}`;

/** The numbers that were dialled into a conference, each as often as it was. */
function dialled(conferenceId: string): string[] {
  const there = house.sandbox.platform.list().find(({ callbackUrl }) => callbackUrl?.includes(conferenceId));
  const calls = house.sandbox.platform.calls().map((call) => call.shown());
  return calls.filter((call) => call.conferenceId === there?.id).map(({ to }) => to);
}

async function timed<Value>(work: Promise<Value>[]): Promise<{ values: Value[]; slowestMs: number }> {
  const startedAt = performance.now();
  const values = await Promise.all(work);
  return { values, slowestMs: performance.now() - startedAt };
}

test('19 dials at once', async () => {
  const conferenceId = await house.create();
  slow('/calls');
  const numbers = Array.from({ length: 19 }, (_, index) => numberOf(index));
  const { values, slowestMs } = await timed(
    numbers.map((to) => house.call('POST', callsPath(USER), { from: '+19195551234', to, conferenceId })),
  );
  expect(values.map(({ status }) => status)).toEqual(numbers.map(() => 201));
  expect(dialled(conferenceId).sort()).toEqual(numbers);
  expect(slowestMs).toBeLessThan(ALL_WITHIN_MS);
});

test('16 mutes at once', async () => {
  const path = conferencePath(USER, await house.create());
  const members: string[] = [];
  for (let index = 0; index < 16; index += 1) {
    const { id: callId } = house.sandbox.platform.callIn();
    const added = await house.call('POST', `${path}/members`, { callId });
    members.push(new URL(added.headers.get('location') ?? '').pathname);
  }
  slow('/conferences/:conferenceId/members/:memberId');
  const { values, slowestMs } = await timed(members.map((member) => house.call('POST', member, { mute: true })));
  expect(values.map(({ status }) => status)).toEqual(members.map(() => 200));
  const shown = (await (await house.call('GET', `${path}/members`)).json()) as { mute: boolean }[];
  expect(shown.map(({ mute }) => mute)).toEqual(members.map(() => true));
  expect(slowestMs).toBeLessThan(ALL_WITHIN_MS);
});

test('60 dials at once from three gateways, and a change of another conference meanwhile', async () => {
  const conferenceId = await house.create();
  const other = conferencePath(USER, await house.create());
  slow('/calls');
  const clients = [1, 2, 3].map(
    () => new ConferenceClient(house.client, { accounts: new Set([USER]), taskQueue: house.taskQueue }),
  );
  const numbers = Array.from({ length: 60 }, (_, index) => numberOf(index));
  // The sandbox has room for 20 in a conference.
  for (const number of numbers) house.sandbox.platform.phone(number).doesNotAnswer();
  const dials = timed(
    clients.flatMap((client, index) =>
      numbers
        .filter((_, which) => which % clients.length === index)
        .map((to) =>
          client.dial({ userId: USER, conferenceId }, { from: '+19195551234', to }).catch((error: unknown) => error),
        ),
    ),
  );
  const { values: others, slowestMs: otherMs } = await timed([house.call('POST', other, { mute: true })]);
  expect(others.map(({ status }) => status)).toEqual([200]);
  expect(otherMs).toBeLessThan(PLATFORM_TAKES_MS);
  const { values, slowestMs } = await dials;
  expect(values).toEqual(numbers.map(() => ({ callId: expect.any(String) })));
  expect(dialled(conferenceId).sort()).toEqual(numbers);
  expect(slowestMs).toBeLessThan(ALL_WITHIN_MS);
});
