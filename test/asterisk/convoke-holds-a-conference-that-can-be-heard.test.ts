import { afterAll, beforeAll, expect, test } from '@jest/globals';
import Bandwidth from 'node-bandwidth';
import { z } from 'zod';
import { openHouse, USER, type House } from '../support/house.ts';
import type { AsteriskPlatform } from '../support/platforms.ts';
import { untilHeard } from '../support/telephones/hearing.ts';
import { describeOnAsterisk } from '../support/two-servers.ts';
import { until } from '../support/until.ts';

const [ANN, BEN] = [700, 1_100];
const [ANNS, BENS] = ['+19195557001', '+19195557002'];

let house: House;

describeOnAsterisk('Convoke above an Asterisk', () => {
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());

  const told = (path: string) => house.customer.at(path).map(({ body }) => body);
  const telephones = () => (house.platform as AsteriskPlatform).exchange;

  /** Two telephones are called into a conference. */
  async function opened(path: string, fields: object = {}) {
    telephones().number(ANNS, { tone: ANN, after: 0 });
    telephones().number(BENS, { tone: BEN, after: 0 });
    const participants = [ANNS, BENS].map((to) => ({ to }));
    const id = await house.create({ callbackUrl: house.customer.url(path), participants, ...fields });
    return { id, ann: await telephones().at(ANNS), ben: await telephones().at(BENS) };
  }

  test('dials people, who hear each other; one is muted by an SDK’s call; maxDuration ends it', async () => {
    const { id, ann, ben } = await opened('/heard', { maxDuration: 20 });
    await untilHeard(
      [ANN, BEN],
      [
        [ann, [BEN]],
        [ben, [ANN]],
      ],
    );
    const { Conference } = new Bandwidth({
      userId: USER,
      apiToken: 't-local',
      apiSecret: 's-local',
      baseUrl: house.url,
    });
    const { participants } = await Conference.get(id);
    // As they were asked for: Ann is the first.
    const [anns] = z.array(z.object({ to: z.string(), memberId: z.string() })).parse(participants);
    expect(anns?.to).toBe(ANNS);
    await Conference.updateMember(id, anns?.memberId ?? '', { mute: true });
    await untilHeard(
      [ANN, BEN],
      [
        [ann, [BEN]],
        [ben, []],
      ],
    );
    await until('the conference has ended', () => told('/heard').find((event) => event['status'] === 'completed'));
    expect(told('/heard').at(-1)).toMatchObject({
      eventType: 'conference',
      status: 'completed',
      reason: 'max-duration',
    });
    await until('both calls are over', () => ann.state === 'over' && ben.state === 'over');
  });

  test('who hangs up has left, and the last one ends it: every join and leave is told once', async () => {
    const { ann, ben } = await opened('/left');
    await until('both are there', () => told('/left').some((event) => event['activeMembers'] === 2));
    ann.hangUp();
    await until('the leave is told', () => told('/left').some((event) => event['state'] === 'completed'));
    ben.hangUp();
    await until('the end is told', () => told('/left').some((event) => event['status'] === 'completed'));
    const counts = told('/left')
      .map((event) => event['activeMembers'])
      .filter((count) => count !== undefined);
    expect(counts).toEqual([1, 2, 1, 0]);
  });
});
