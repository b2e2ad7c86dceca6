import { expect } from '@jest/globals';
import { conferencePath } from '../../src/catapult/paths.ts';
import type { Conference } from '../../src/catapult/resources.ts';
import { USER, type House } from '../support/house.ts';
import { inHouse } from '../support/in-house.ts';
import { until } from '../support/until.ts';

/** The participants, once each has come, or will not. */
const decided = (house: House, id: string) =>
  until('every participant has come, or will not', async () => {
    const answer = await house.call('GET', conferencePath(USER, id));
    if (answer.status !== 200) throw new Error(`it was answered ${answer.status}: ${await answer.text()}`);
    const { participants = [] } = (await answer.json()) as Conference;
    return participants.every(({ status }) => status !== 'waiting' && status !== 'dialing') && participants;
  });

inHouse(
  '200 dials at once all go out, though the platform puts some off, and nobody is called twice',
  async (house) => {
    const answer = { status: 403, code: 'call-rate-limit', message: 'Too many calls.' };
    // More of them at any pace would make the pace ever slower, as with a platform that wants that.
    house.sandbox.faults.add({ on: { method: 'POST', route: '/calls' }, probability: 0.05, seed: 7, answer });
    const people = (conference: number) =>
      Array.from({ length: 20 }, (_, index) => ({ to: `+1919555${2_000 + conference * 20 + index}` }));
    const ids = await Promise.all(
      Array.from({ length: 10 }, (_, conference) => house.create({ participants: people(conference) })),
    );
    const all = (await Promise.all(ids.map((id) => decided(house, id)))).flat();
    expect(all.map(({ status, attempts }) => `${status} ${attempts}`)).toEqual(Array(200).fill('joined 1'));
    const called = house.sandbox.platform.calls().map((call) => call.shown().to);
    expect(new Set(called).size).toBe(200);
    expect(called).toHaveLength(200);
  },
);
