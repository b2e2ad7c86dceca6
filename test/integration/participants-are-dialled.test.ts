import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Conference } from '../../src/catapult/resources.ts';
import { conferencePath } from '../../src/catapult/paths.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';

let house: House;
beforeEach(async () => {
  house = await openHouse();
});
afterEach(() => house.close());

const ANNA = '+19195550001';
const BEN = '+19195550002';

async function read(id: string): Promise<Conference> {
  return (await (await house.call('GET', conferencePath(USER, id))).json()) as Conference;
}

/** Looks until every participant has come, or will not. */
async function decided(id: string) {
  for (;;) {
    const { participants = [] } = await read(id);
    if (participants.every(({ status }) => status !== 'waiting' && status !== 'dialing')) return participants;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const told = (eventType: string) =>
  house.customer.at('/callback').flatMap(({ body }) => (body['eventType'] === eventType ? [body] : []));

test('participants are dialled when the conference opens, and join as they were wanted', async () => {
  const id = await house.create({
    participants: [
      { to: ANNA, tag: 'host' },
      { to: BEN, mute: true },
    ],
  });
  expect(await decided(id)).toMatchObject([
    { to: ANNA, tag: 'host', status: 'joined', attempts: 1, memberId: expect.any(String) as unknown },
    { to: BEN, status: 'joined', attempts: 1 },
  ]);
  while (house.sandbox.platform.list()[0]?.members.find(({ mute }) => mute) === undefined)
    await new Promise((resolve) => setTimeout(resolve, 50));
  await house.customer.until('/callback', 5);
  expect(told('conference-participant')).toMatchObject([{ status: 'joined' }, { status: 'joined' }]);
  expect(await read(id)).toMatchObject({ activeMembers: 2, phase: 'active' });
});

describe('who does not come', () => {
  test('is dialled again, and joins', async () => {
    house.sandbox.platform.phones.set(ANNA, { answers: 'busy', after: 100 });
    const participants = [{ to: ANNA, maxAttempts: 5, retryInterval: 1 }];
    const id = await house.create({ participants });
    while ((await read(id)).participants?.[0]?.attempts !== 2) await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await read(id)).participants).toMatchObject([{ reason: 'busy' }]);
    house.sandbox.platform.phones.set(ANNA, { answers: 'yes', after: 100 });
    expect(await decided(id)).toMatchObject([{ status: 'joined' }]);
    await house.customer.until('/callback', 3);
    expect(told('conference-participant')).toMatchObject([{ status: 'joined', to: ANNA }]);
  });

  test.each([
    ['busy', 'busy'],
    ['rejects', 'rejected'],
    ['no', 'no-answer'],
  ] as const)('is told with the reason when there are no attempts left: %s', async (answers, reason) => {
    house.sandbox.platform.phones.set(ANNA, { answers, after: 100 });
    const participants = [{ to: ANNA, callTimeout: 1, maxAttempts: 2, retryInterval: 1 }];
    const id = await house.create({ participants });
    expect(await decided(id)).toMatchObject([{ status: 'failed', attempts: 2, reason }]);
    await house.customer.until('/callback', 2);
    expect(told('conference-participant')).toMatchObject([{ to: ANNA, status: 'failed', attempts: 2, reason }]);
  });

  test('is not dialled again once it had joined and left', async () => {
    house.sandbox.platform.phones.set(ANNA, { answers: 'yes', after: 100, hangsUpAfter: 500 });
    const id = await house.create({ participants: [{ to: ANNA, maxAttempts: 5, retryInterval: 1 }, { to: BEN }] });
    while ((await read(id)).participants?.[0]?.status !== 'left')
      await new Promise((resolve) => setTimeout(resolve, 50));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await read(id)).participants?.[0]).toMatchObject({ status: 'left', attempts: 1 });
  });
});

test('the platform’s limit on calls is waited out: all are dialled, and each once', async () => {
  house.sandbox.platform.settings.callRateLimit = true;
  const participants = Array.from({ length: 5 }, (_, index) => ({ to: `+1919555010${index}` }));
  const id = await house.create({ participants });
  const all = await decided(id);
  expect(all.map(({ status, attempts }) => [status, attempts])).toEqual(participants.map(() => ['joined', 1]));
});

test('200 dials at once all go out, however many of them the platform puts off, and nobody is called twice', async () => {
  const answer = { status: 403, code: 'call-rate-limit', message: 'Too many calls.' };
  house.sandbox.faults.add({ on: { method: 'POST', route: '/calls' }, probability: 0.3, seed: 7, answer });
  const people = (conference: number) =>
    Array.from({ length: 20 }, (_, index) => ({ to: `+1919555${2_000 + conference * 20 + index}` }));
  const ids = await Promise.all(
    Array.from({ length: 10 }, (_, conference) => house.create({ participants: people(conference) })),
  );
  const all = (await Promise.all(ids.map(decided))).flat();
  expect(all.map(({ status, attempts }) => `${status} ${attempts}`)).toEqual(Array(200).fill('joined 1'));
  const called = house.sandbox.platform.calls().map((call) => call.shown().to);
  expect(new Set(called).size).toBe(200);
  expect(called).toHaveLength(200);
});

test('an answer that is lost dials nobody twice', async () => {
  house.sandbox.faults.add({ on: { method: 'POST', route: '/calls' }, drop: 'after', times: 1 });
  const id = await house.create({ participants: [{ to: ANNA, maxAttempts: 3, retryInterval: 1 }] });
  expect(await decided(id)).toMatchObject([{ status: 'joined', attempts: 1 }]);
  expect(house.sandbox.platform.calls()).toHaveLength(1);
});

test('what came due while no worker ran is done at once', async () => {
  const id = await house.create({ noShowTimeout: 2 });
  await house.customer.until('/callback', 1);
  await house.stopWorker();
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(house.sandbox.platform.list().map(({ state }) => state)).toEqual(['created']);
  await house.startWorker();
  await workflowOf(house, id).result();
  expect(await read(id)).toMatchObject({ state: 'completed', reason: 'no-show' });
  expect(house.sandbox.platform.list().map(({ state }) => state)).toEqual(['completed']);
});

test('those in it are told that it will end', async () => {
  const id = await house.create({ maxDuration: 4, maxDurationWarning: 2, participants: [{ to: ANNA }] });
  await workflowOf(house, id).result();
  expect(told('conference-speak')).toMatchObject([{ status: 'started' }, { status: 'done' }]);
  expect(await read(id)).toMatchObject({ reason: 'max-duration' });
});

test('when the conference ends nobody is dialled any more', async () => {
  house.sandbox.platform.phones.set(ANNA, { answers: 'busy', after: 50 });
  const id = await house.create({ participants: [{ to: ANNA, maxAttempts: 20, retryInterval: 1 }] });
  while ((await read(id)).participants?.[0]?.attempts !== 1) await new Promise((resolve) => setTimeout(resolve, 50));
  await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await workflowOf(house, id).result();
  const { participants = [] } = await read(id);
  expect(participants[0]?.attempts).toBeLessThan(3);
});
