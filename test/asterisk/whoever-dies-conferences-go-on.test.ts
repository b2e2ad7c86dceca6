import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Ari } from '../../src/asterisk/ari/ari.ts';
import { NAMES } from '../../src/asterisk/kept.ts';
import { TONES } from '../../src/asterisk/sounds/tones.ts';
import { setVariable } from '../../src/asterisk/variables.ts';
import { AsteriskTown } from '../support/asterisk-town.ts';
import { ariOf } from '../support/platforms.ts';
import { describeOnAsterisk, idIn } from '../support/two-servers.ts';
import type { TelephoneCall } from '../support/telephones/telephone-call.ts';
import { until } from '../support/until.ts';

/* Real processes: what was missed is told, nothing is told twice, and what began before goes on. */

/** Longer than the 30 s after which silence of a telephone ends its call. */
const MISSED_WITHIN_MS = 60_000;

let town: AsteriskTown;
let tests = 0;
let callback: string;
let conference: string;

describeOnAsterisk('a conference of two', () => {
  let ann: TelephoneCall;
  let ben: TelephoneCall;
  beforeAll(async () => {
    town = await AsteriskTown.open();
  });
  afterAll(() => town.close());
  beforeEach(async () => {
    tests += 1;
    callback = `/${tests}`;
    conference = await town.client.create({ callbackUrl: town.customer.url(callback) });
    [ann, ben] = [await joined(), await joined()];
  });

  let numbers = 0;
  const someNumber = () => `+1919666${(numbers += 1) + 1_000}`;

  async function joined(): Promise<TelephoneCall> {
    const number = someNumber();
    town.exchange.number(number, { after: 0 });
    const before = told().filter((event) => event.startsWith('active')).length;
    await town.client.dial(conference, number);
    const call = await town.exchange.at(number);
    await until('the join is told', () => told().filter((event) => event.startsWith('active')).length > before);
    return call;
  }

  /** What was told of the conference: `active 1`, `completed 0`, … */
  const told = () =>
    town.customer
      .at(callback)
      .map(({ body }) => [body['status'] ?? body['state'], body['activeMembers'] ?? []].flat().join(' '));
  const untilTold = async (...expected: string[]) => {
    await until(
      `${expected.join(', ')} are told`,
      () => (expect(told().slice(0, expected.length)).toEqual(expected), true),
    );
    expect(told()).toEqual(expected);
  };
  const BOTH_THERE = ['created', 'active 1', 'active 2'];

  test('the adapter is killed: who leaves meanwhile is told when it is back, and the others go on', async () => {
    await town.killAdapter();
    ann.hangUp();
    await town.startAdapter();
    await untilTold(...BOTH_THERE, 'completed 1');
    await joined();
    await untilTold(...BOTH_THERE, 'completed 1', 'active 2');
    expect(ben.state).toBe('up');
    ben.hangUp();
    await untilTold(...BOTH_THERE, 'completed 1', 'active 2', 'completed 1');
  });

  test('the adapter is killed and all leave: the conference is told as completed', async () => {
    await town.killAdapter();
    ann.hangUp();
    ben.hangUp();
    await town.startAdapter();
    await untilTold(...BOTH_THERE, 'completed 1', 'completed 0', 'completed');
    expect(await town.client.get(conference)).toMatchObject({ state: 'completed', activeMembers: 0 });
  });

  test('the adapter is killed while it dials: the end of the call is told, once', async () => {
    const [number, path] = [someNumber(), `${callback}-call`];
    town.exchange.number(number, { after: 500 });
    await town.client.dial(conference, number, { callbackUrl: town.customer.url(path) });
    await town.killAdapter();
    await until('the telephone has answered, and the call is over', () => town.exchange.calls.at(-1)?.state === 'over');
    await town.startAdapter();
    await town.customer.until(path, 1);
    await joined();
    expect(town.customer.at(path).map(({ body }) => body['eventType'])).toEqual(['hangup']);
    expect(await town.client.get(conference)).toMatchObject({ activeMembers: 3 });
  });

  test('the adapter is killed while a caller is asked for a PIN: it is asked again, and its wrong ones count', async () => {
    const [from, path] = [someNumber(), `${callback}-dial-in`];
    await town.client.create({ from, dialIn: { pin: '2468' }, callbackUrl: town.customer.url(path) });
    const [knows, guesses] = [await town.exchange.call(from), await town.exchange.call(from)];
    await Promise.all([knows.media.press('11'), guesses.media.press('1111#2222#')]);
    await asked(guesses);
    await town.killAdapter();
    await town.startAdapter();
    await Promise.all([asked(knows), asked(guesses)]);
    await Promise.all([knows.media.press('2468#'), guesses.media.press('3333#')]);
    await until('the guesser is sent away', () => guesses.state === 'over');
    await town.customer.until(path, 2);
    expect(town.customer.at(path).map(({ body }) => body['state'] ?? body['status'])).toEqual(['created', 'active']);
    expect(knows.state).toBe('up');
  });

  test('the adapter is killed before a caller is on record, or over its joining: it is asked all the same', async () => {
    const [from, path] = [someNumber(), `${callback}-dial-in`];
    const id = idIn(await town.client.create({ from, dialIn: { pin: '2468' }, callbackUrl: town.customer.url(path) }));
    const [unknown, joining] = [await town.exchange.call(from), await town.exchange.call(from)];
    await Promise.all([asked(unknown), asked(joining)]);
    await town.killAdapter();
    const ari = new Ari(town.ariUrl);
    for (const [call, variable, value] of [
      [unknown, NAMES.waits, ''],
      [joining, NAMES.isIn, id],
    ] as const) {
      const channel = (await ariOf(town.ariUrl).channels()).find(({ protocol_id }) => protocol_id === call.id);
      await setVariable(ari, `/channels/${channel?.id}`, variable, value);
    }
    await ari.close();
    await town.startAdapter();
    await Promise.all([asked(unknown), asked(joining)]);
    await Promise.all([unknown.media.press('2468#'), joining.media.press('2468#')]);
    await town.customer.until(path, 3);
    expect(town.customer.at(path).map(({ body }) => body['activeMembers'])).toEqual([undefined, 1, 2]);
  });

  test('a call that Asterisk cannot show, for words that are no UTF-8, is ended and hides no other when the adapter is back', async () => {
    const [from, path] = [someNumber(), `${callback}-dial-in`];
    await town.client.create({ from, dialIn: { pin: '2468' }, callbackUrl: town.customer.url(path) });
    const knows = await town.exchange.call(from);
    await asked(knows);
    const ended = expect(town.exchange.call(`${from}%ff`)).rejects.toThrow('was refused');
    await until('Asterisk shows no calls', () =>
      ariOf(town.ariUrl)
        .channels()
        .then(
          () => false,
          () => true,
        ),
    );
    await town.killAdapter();
    await town.startAdapter();
    await asked(knows);
    await ended;
    await knows.media.press('2468#');
    await town.customer.until(path, 2);
    expect([ann.state, ben.state, knows.state]).toEqual(['up', 'up', 'up']);
    await untilTold(...BOTH_THERE);
  });

  /** Where nothing speaks a tone asks. */
  async function asked({ media }: TelephoneCall): Promise<void> {
    media.forget();
    await until('the caller is asked', () => TONES.join.every((note) => media.level(note) > 0.01));
  }

  test('the way between adapter and Asterisk is cut: what was missed is told, and a request meanwhile is a 503', async () => {
    town.way.cut();
    ann.hangUp();
    await expect(town.client.get(conference)).rejects.toThrow('answered 503');
    town.way.mend();
    await untilTold(...BOTH_THERE, 'completed 1');
    ben.hangUp();
    await untilTold(...BOTH_THERE, 'completed 1', 'completed 0', 'completed');
  });

  test('Asterisk is killed: its conferences are gone, and it holds new ones once it is back', async () => {
    await town.killAsterisk();
    await expect(town.client.get(conference)).rejects.toThrow('answered 503');
    await town.startAsterisk();
    await expect(town.client.get(conference)).rejects.toThrow('answered 404');
    callback = `${callback}-new`;
    conference = await town.client.create({ callbackUrl: town.customer.url(callback) });
    await joined();
    await untilTold('created', 'active 1');
  });

  test('both are killed while they dial: nothing rings on, and a new conference is held', async () => {
    const number = someNumber();
    town.exchange.number(number, { answers: 'no' });
    await town.client.dial(conference, number);
    await Promise.all([town.killAdapter(), town.killAsterisk()]);
    await town.startAsterisk();
    await town.startAdapter();
    callback = `${callback}-new`;
    conference = await town.client.create({ callbackUrl: town.customer.url(callback) });
    await joined();
    await untilTold('created', 'active 1');
  });

  test('a telephone vanishes without a word: it is told as having left', async () => {
    ann.vanish();
    await until('the leave is told', () => told().at(-1) === 'completed 1', MISSED_WITHIN_MS);
    await untilTold(...BOTH_THERE, 'completed 1');
  });

  test.each([
    ['is busy', { answers: 'busy', after: 0 }, ['hangup USER_BUSY']],
    ['does not answer', { answers: 'no' }, ['timeout', 'hangup NO_ANSWER']],
  ] as const)('a number that %s is told so', async (_name, does, expected) => {
    const [number, path] = [someNumber(), `${callback}-call`];
    town.exchange.number(number, does);
    await town.client.dial(conference, number, { callbackUrl: town.customer.url(path), callTimeout: 1 });
    const events = await town.customer.until(path, expected.length);
    expect(events.map(({ body }) => [body['eventType'], body['cause'] ?? []].flat().join(' '))).toEqual(expected);
  });

  test('the trunk is away: the call is told as not answered, and the conference goes on', async () => {
    const path = `${callback}-call`;
    town.exchange.away(true);
    await town.client.dial(conference, someNumber(), { callbackUrl: town.customer.url(path), callTimeout: 1 });
    const events = await town.customer.until(path, 2);
    town.exchange.away(false);
    expect(events.map(({ body }) => body['eventType'])).toEqual(['timeout', 'hangup']);
    expect(await town.client.get(conference)).toMatchObject({ id: idIn(conference), activeMembers: 2 });
  });
});
