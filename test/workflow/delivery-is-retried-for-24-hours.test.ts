import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { searchAttributes } from '../../src/workflows/messages.ts';
import {
  CUSTOMER_URL,
  digitEvent,
  platformId,
  startTimeMachine,
  statusEvent,
  type RunningConference,
  type TimeMachine,
  type Try,
} from '../support/time-skipping.ts';
import { until } from '../support/until.ts';

const HOUR = 3_600;
const P1 = platformId(1);
const NEW_URL = 'https://customer.example/moved';

let machine: TimeMachine;
beforeEach(async () => {
  machine = await startTimeMachine();
});
afterEach(() => machine.close());

const SECONDS = [1, 2, 5, 10, 30];
const MINUTES = [1, 2, 5, 10, 30, 60, 120, 240];

/** The pauses between tries: those of these that they are, give or take a tenth, and half a second for the work itself. */
function pauses(tries: Try[], unit: 'seconds' | 'minutes'): number[] {
  const [known, length] = unit === 'seconds' ? [SECONDS, 1_000] : [MINUTES, 60_000];
  return tries.slice(1).map(({ at }, index) => {
    const pause = (at - (tries[index]?.at ?? 0)) / length;
    return known.find((one) => pause >= one * 0.9 - 0.01 && pause <= one * 1.1 + 500 / length) ?? pause;
  });
}

const statusOf = async ({ handle }: RunningConference) => (await handle.describe()).status.name;

test('pauses grow from seconds to 4 hours; 24 hours after its acceptance an event is a dead letter, and the workflow closes', async () => {
  machine.customer.takes = ({ status }) => status === 'created';
  const conference = await machine.created();
  await machine.send(conference, [statusEvent(P1, 'created')]);
  await until('the customer is told', () => machine.customer.told.length === 1);
  const acceptedAt = await machine.env.currentTimeMs();
  await machine.send(conference, [statusEvent(P1, 'completed')]);
  await machine.skip(23 * HOUR);
  expect(await statusOf(conference)).toBe('RUNNING');

  expect(await machine.closed(conference)).toBe('COMPLETED');
  const tries = machine.customer.tries.filter(({ event }) => event.status !== 'created');
  expect(machine.customer.told).toEqual(['created']);
  expect(pauses(tries.slice(0, 6), 'seconds')).toEqual([1, 2, 5, 10, 30]);
  expect(pauses(tries.slice(5), 'minutes').slice(0, 11)).toEqual([...MINUTES, 240, 240, 240]);
  const hours = ((tries.at(-1)?.at ?? 0) - acceptedAt) / 3_600_000;
  expect(Math.floor(hours)).toBe(24);
  const { typedSearchAttributes } = await conference.handle.describe();
  expect(typedSearchAttributes.get(searchAttributes.deadLetters)).toBe(1);
});

test('a customer who is back after two minutes gets everything in order', async () => {
  let isUp = false;
  machine.customer.takes = () => isUp;
  const conference = await machine.created();
  await machine.send(conference, [statusEvent(P1, 'created'), digitEvent(P1, 1)]);
  await machine.skip(2 * 60);
  await machine.send(conference, [digitEvent(P1, 2), statusEvent(P1, 'completed')]);
  isUp = true;
  expect(await machine.closed(conference)).toBe('COMPLETED');
  expect(machine.customer.told).toEqual(['created', 'dtmf 1', 'dtmf 2', 'completed']);
});

test('the workflow stays open until the customer is back; the first event taken brings all others, in order', async () => {
  let isUp = false;
  machine.customer.takes = () => isUp;
  const conference = await machine.created();
  await machine.send(conference, [statusEvent(P1, 'created'), digitEvent(P1, 1)]);
  await machine.skip(HOUR);
  await machine.send(conference, [digitEvent(P1, 2), digitEvent(P1, 3), statusEvent(P1, 'completed')]);
  await machine.skip(2 * HOUR);
  expect(await machine.view(conference)).toMatchObject({ conference: { phase: 'completed' } });
  expect(await statusOf(conference)).toBe('RUNNING');
  expect(machine.customer.told).toEqual([]);

  isUp = true;
  expect(await machine.closed(conference)).toBe('COMPLETED');
  const [first = 0, ...others] = machine.customer.tries.filter(({ ok }) => ok).map(({ sequence }) => sequence);
  expect(others).toEqual([1, 2, 3, 4, 5].filter((sequence) => sequence !== first));
  const [backAt = 0, ...deliveredAt] = machine.customer.tries.filter(({ ok }) => ok).map(({ at }) => at);
  expect(Math.floor(((deliveredAt.at(-1) ?? 0) - backAt) / 1_000)).toBeLessThan(10);
});

test('after 5 minutes of failing each try takes the next event: one that cannot be delivered holds no other', async () => {
  machine.customer.takes = () => false;
  const conference = await machine.created();
  await machine.send(conference, [statusEvent(P1, 'created'), digitEvent(P1, 1), digitEvent(P1, 2)]);
  await machine.skip(5 * 60);
  expect(new Set(machine.customer.tries.map(({ sequence }) => sequence))).toEqual(new Set([1]));
  const before = machine.customer.tries.length;
  await machine.skip(3 * HOUR);
  expect(machine.customer.tries.slice(before).map(({ sequence }) => sequence)).toEqual([2, 3, 1, 2]);
});

describeChangeOfUrl('waits for its next try', async (conference) => {
  await machine.send(conference, [statusEvent(P1, 'created'), digitEvent(P1, 1), digitEvent(P1, 2)]);
  await machine.skip(HOUR);
});

describeChangeOfUrl('makes its short retries', async (conference) => {
  await machine.send(conference, [statusEvent(P1, 'created'), digitEvent(P1, 1), digitEvent(P1, 2)]);
  await machine.skip(10);
});

function describeChangeOfUrl(what: string, prepare: (conference: RunningConference) => Promise<void>): void {
  test(`a new callbackUrl is used at once by a delivery that ${what}`, async () => {
    machine.customer.takes = (_event, url) => url === NEW_URL;
    const conference = await machine.created();
    await prepare(conference);
    expect(machine.customer.tries.every(({ url }) => url === CUSTOMER_URL)).toBe(true);
    await machine.conferences.update(conference, { callbackUrl: NEW_URL });
    await until('the customer is told', () => machine.customer.told.length === 3);
    expect(machine.customer.told).toEqual(['created', 'dtmf 1', 'dtmf 2']);
  });
}
