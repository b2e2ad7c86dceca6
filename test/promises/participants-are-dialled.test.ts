import { describe, expect } from '@jest/globals';
import type { Conference } from '../../src/catapult/resources.ts';
import { conferencePath } from '../../src/catapult/paths.ts';
import { USER, workflowOf, type House } from '../support/house.ts';
import { inHouse } from '../support/in-house.ts';
import { stays, timePasses, until } from '../support/until.ts';

const ANNA = '+19195550001';
const BEN = '+19195550002';

async function read(house: House, id: string): Promise<Conference> {
  const answer = await house.call('GET', conferencePath(USER, id));
  if (answer.status !== 200) throw new Error(`it was answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Conference;
}

/** The participants, once each has come, or will not. */
const decided = (house: House, id: string) =>
  until('every participant has come, or will not', async () => {
    const { participants = [] } = await read(house, id);
    return participants.every(({ status }) => status !== 'waiting' && status !== 'dialing') && participants;
  });

/** The first participant, once they are as they are to be. */
const firstIs = (house: House, id: string, wanted: object) =>
  until(`the first participant: ${JSON.stringify(wanted)}`, async () => {
    const [first] = (await read(house, id)).participants ?? [];
    expect(first).toMatchObject(wanted);
    return first;
  });

const told = (house: House, eventType: string) =>
  house.customer.at('/callback').flatMap(({ body }) => (body['eventType'] === eventType ? [body] : []));

inHouse.concurrent(
  'participants are dialled when the conference opens, and join as they were wanted',
  async (house) => {
    const id = await house.create({
      participants: [
        { to: ANNA, tag: 'host' },
        { to: BEN, mute: true },
      ],
    });
    expect(await decided(house, id)).toMatchObject([
      { to: ANNA, tag: 'host', status: 'joined', attempts: 1, memberId: expect.any(String) as unknown },
      { to: BEN, status: 'joined', attempts: 1 },
    ]);
    await until('one is muted on the platform', () =>
      house.sandbox.platform.list()[0]?.members.some(({ mute }) => mute),
    );
    await house.customer.until('/callback', 5);
    expect(told(house, 'conference-participant')).toMatchObject([{ status: 'joined' }, { status: 'joined' }]);
    expect(await read(house, id)).toMatchObject({ activeMembers: 2, phase: 'active' });
  },
);

describe('who does not come', () => {
  inHouse.concurrent('is dialled again, and joins', async (house) => {
    house.sandbox.platform.phones.set(ANNA, { answers: 'busy', after: 100 });
    const participants = [{ to: ANNA, maxAttempts: 5, retryInterval: 1 }];
    const id = await house.create({ participants });
    expect(await firstIs(house, id, { attempts: 2 })).toMatchObject({ reason: 'busy' });
    house.sandbox.platform.phones.set(ANNA, { answers: 'yes', after: 100 });
    expect(await decided(house, id)).toMatchObject([{ status: 'joined' }]);
    await house.customer.until('/callback', 3);
    expect(told(house, 'conference-participant')).toMatchObject([{ status: 'joined', to: ANNA }]);
  });

  for (const [answers, reason] of [
    ['busy', 'busy'],
    ['rejects', 'rejected'],
    ['no', 'no-answer'],
  ] as const)
    inHouse.concurrent(`is told with the reason when there are no attempts left: ${answers}`, async (house) => {
      house.sandbox.platform.phones.set(ANNA, { answers, after: 100 });
      const participants = [{ to: ANNA, callTimeout: 1, maxAttempts: 2, retryInterval: 1 }];
      const id = await house.create({ participants });
      expect(await decided(house, id)).toMatchObject([{ status: 'failed', attempts: 2, reason }]);
      await house.customer.until('/callback', 2);
      expect(told(house, 'conference-participant')).toMatchObject([
        { to: ANNA, status: 'failed', attempts: 2, reason },
      ]);
    });

  inHouse.concurrent('is not dialled again once it had joined and left', async (house) => {
    house.sandbox.platform.phones.set(ANNA, { answers: 'yes', after: 100, hangsUpAfter: 500 });
    const id = await house.create({ participants: [{ to: ANNA, maxAttempts: 5, retryInterval: 1 }, { to: BEN }] });
    await firstIs(house, id, { status: 'left' });
    const isLeft = async () => (await read(house, id)).participants?.[0]?.status === 'left';
    // Longer than the pause before another dial.
    await stays('they have left', isLeft, 1_500);
    expect((await read(house, id)).participants?.[0]).toMatchObject({ status: 'left', attempts: 1 });
  });
});

inHouse.concurrent('the platform’s limit on calls is waited out: all are dialled, and each once', async (house) => {
  house.sandbox.platform.settings.callRateLimit = true;
  const participants = Array.from({ length: 5 }, (_, index) => ({ to: `+1919555010${index}` }));
  const id = await house.create({ participants });
  const all = await decided(house, id);
  expect(all.map(({ status, attempts }) => [status, attempts])).toEqual(participants.map(() => ['joined', 1]));
});

inHouse.concurrent('an answer that is lost dials nobody twice', async (house) => {
  house.sandbox.faults.add({ on: { method: 'POST', route: '/calls' }, drop: 'after', times: 1 });
  const id = await house.create({ participants: [{ to: ANNA, maxAttempts: 3, retryInterval: 1 }] });
  expect(await decided(house, id)).toMatchObject([{ status: 'joined', attempts: 1 }]);
  expect(house.sandbox.platform.calls()).toHaveLength(1);
});

inHouse.concurrent('what came due while no worker ran is done at once', async (house) => {
  const id = await house.create({ noShowTimeout: 2 });
  await house.customer.until('/callback', 1);
  await house.stopWorker();
  await timePasses('the time of the no-show comes while no worker runs', 2_500);
  expect(house.sandbox.platform.list().map(({ state }) => state)).toEqual(['created']);
  await house.startWorker();
  await workflowOf(house, id).result();
  expect(await read(house, id)).toMatchObject({ state: 'completed', reason: 'no-show' });
  expect(house.sandbox.platform.list().map(({ state }) => state)).toEqual(['completed']);
});

inHouse.concurrent('those in it are told that it will end', async (house) => {
  const id = await house.create({ maxDuration: 4, maxDurationWarning: 2, participants: [{ to: ANNA }] });
  await workflowOf(house, id).result();
  expect(told(house, 'conference-speak')).toMatchObject([{ status: 'started' }, { status: 'done' }]);
  expect(await read(house, id)).toMatchObject({ reason: 'max-duration' });
});

inHouse.concurrent('when the conference ends nobody is dialled any more', async (house) => {
  house.sandbox.platform.phones.set(ANNA, { answers: 'busy', after: 50 });
  const id = await house.create({ participants: [{ to: ANNA, maxAttempts: 20, retryInterval: 1 }] });
  await firstIs(house, id, { attempts: 1 });
  await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await workflowOf(house, id).result();
  const { participants = [] } = await read(house, id);
  expect(participants[0]?.attempts).toBeLessThan(3);
});
