import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { GUESSES_OF_CALLER, NEXT_GUESS_OF_CALLER_MS } from '../../src/asterisk/budget.ts';
import { PIN_TRIES } from '../../src/catapult/budget.ts';
import { platformClient } from '../support/platform-client.ts';
import { asteriskPlatform, type AsteriskPlatform } from '../support/platforms.ts';
import { loudnessOf } from '../support/telephones/g711.ts';
import { untilHeard } from '../support/telephones/hearing.ts';
import type { TelephoneCall } from '../support/telephones/telephone-call.ts';
import { describeOnAsterisk, idIn } from '../support/two-servers.ts';
import { timePasses, until } from '../support/until.ts';

let platform: AsteriskPlatform;
const { get, create } = platformClient(() => platform.url);
const [ANN, BEN] = [700, 1_100];

describeOnAsterisk('somebody who calls in', () => {
  beforeAll(async () => {
    platform = await asteriskPlatform();
  });
  afterAll(() => platform.close());

  let numbers = 0;
  const someNumber = () => `+1919888${(numbers += 1) + 1_000}`;
  const members = async (conference: string) => ((await get(`${conference}/members`)) as unknown[]).length;

  async function spokenTo({ media }: TelephoneCall): Promise<void> {
    media.forget();
    await until('it is spoken to', () => loudnessOf(Buffer.concat(media.heard)) > 0.01);
  }
  async function leftAlone({ media }: TelephoneCall): Promise<void> {
    await until('it hears nothing', async () => {
      media.forget();
      await timePasses('what is heard is heard in time', 300);
      return loudnessOf(Buffer.concat(media.heard)) < 0.005;
    });
  }

  test('is asked, and not while it enters; asked again; and then hears the others and is heard', async () => {
    const from = someNumber();
    const conference = await create({ from, dialIn: { pin: '2468' } });
    const ann = await platform.exchange.call(from, { from: '+19195550001', tone: ANN });
    await spokenTo(ann);
    await ann.media.press('1');
    await leftAlone(ann);
    await ann.media.press('111#');
    await spokenTo(ann);
    await ann.media.press('2468#');
    const ben = await platform.exchange.call(from, { from: '+19195550002', tone: BEN });
    await ben.media.press('2468#');
    await until('both are there', async () => (await members(conference)) === 2);
    await untilHeard(
      [ANN, BEN],
      [
        [ann, [BEN]],
        [ben, [ANN]],
      ],
    );
  });

  test('is told why it is sent away', async () => {
    const from = someNumber();
    await create({ from, dialIn: { pin: '2468' } });
    const guesser = await platform.exchange.call(from);
    await guesser.media.press('1#2#3#');
    await spokenTo(guesser);
    expect(guesser.state).toBe('up');
    await until('it is sent away', () => guesser.state === 'over');
  });

  test('waits for its next try once its number was wrong too often, and nobody else does', async () => {
    const from = someNumber();
    const conference = await create({ from, dialIn: { pin: '2468' } });
    const guesses = async () => {
      const call = await platform.exchange.call(from, { from: '+19195550003' });
      await call.media.press('1#2#3#');
      await until('it is sent away', () => call.state === 'over');
    };
    await Promise.all(Array.from({ length: GUESSES_OF_CALLER / PIN_TRIES }, guesses));
    const patient = await platform.exchange.call(from, { from: '+19195550003' });
    const since = Date.now();
    await patient.media.press('2468#');
    const another = await platform.exchange.call(from, { from: '+19195550004' });
    await another.media.press('2468#');
    const [first] = await until('somebody is there', async () => {
      const all = (await get(`${conference}/members`)) as { call: string }[];
      return all.length > 0 ? all : undefined;
    });
    expect(await platform.callOf(idIn(first?.call ?? ''))).toBe(another);
    const patience = NEXT_GUESS_OF_CALLER_MS + 10_000;
    await until('the patient one is there too', async () => (await members(conference)) === 2, patience);
    expect(Date.now() - since).toBeGreaterThanOrEqual(NEXT_GUESS_OF_CALLER_MS);
  });
});
