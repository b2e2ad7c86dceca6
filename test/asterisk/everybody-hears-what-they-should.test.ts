import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { TONES } from '../../src/asterisk/sounds/tones.ts';
import { TelephoneSound } from '../../src/asterisk/sounds/telephone-sound.ts';
import { Customer } from '../support/customer.ts';
import { platformClient } from '../support/platform-client.ts';
import { asteriskPlatform, type AsteriskPlatform } from '../support/platforms.ts';
import { loudnessOf } from '../support/telephones/g711.ts';
import { AUDIBLE, levels, untilHeard } from '../support/telephones/hearing.ts';
import type { TelephoneCall } from '../support/telephones/telephone-call.ts';
import { describeOnAsterisk } from '../support/two-servers.ts';
import { until } from '../support/until.ts';

/** What Ann, Ben and Carol say, each a tone of its own (Hz). */
const SAYS = { ann: 700, ben: 1_100, carol: 1_900 };
const { ann: ANN, ben: BEN, carol: CAROL } = SAYS;
const FILE = 1_500;
const MP3 = 1_300;

let platform: AsteriskPlatform;
let customer: Customer;
const { get, post, create, dial } = platformClient(() => platform.url);

let conference: string;
let ann: TelephoneCall;
let ben: TelephoneCall;
let carol: TelephoneCall;
let tests = 0;

describeOnAsterisk('a conference of three telephones', () => {
  beforeAll(async () => {
    platform = await asteriskPlatform();
    customer = await new Customer().open();
    const sound = new TelephoneSound(44_100);
    for (let index = 0; index < 44_100; index++) sound.push(0.3 * Math.sin((2 * Math.PI * FILE * index) / 44_100));
    customer.answer('/tone.wav', (response) => void response.end(sound.wav()));
    customer.answer('/moved.wav', (response) => void response.writeHead(302, { location: '/tone.wav' }).end());
    customer.answer('/tone.mp3', (response) => void response.end(readFileSync('test/asterisk/tone-1300.mp3')));
    customer.answer('/page.wav', (response) => void response.end('<html>no sound</html>'));
  });
  afterAll(async () => {
    await platform.close();
    await customer.close();
  });
  beforeEach(async () => {
    tests += 1;
    conference = await create({ callbackUrl: customer.url(`/${tests}`) });
    [ann, ben, carol] = [await joined(ANN), await joined(BEN), await joined(CAROL)];
  });

  async function joined(tone: number): Promise<TelephoneCall> {
    const number = `+1919555${tests * 10_000 + tone}`.slice(0, 15);
    platform.exchange.number(number, { tone, after: 0 });
    const already = ((await get(`${conference}/members`)) as unknown[]).length;
    await dial(conference, number);
    const call = await platform.exchange.at(number);
    await until('it is a member', async () => ((await get(`${conference}/members`)) as unknown[]).length > already);
    return call;
  }

  const members = async () => (await get(`${conference}/members`)) as { id: string }[];
  const member = async (place: number) => `${conference}/members/${(await members())[place]?.id}`;
  const heard = (...expected: (readonly number[])[]) =>
    untilHeard(
      [ANN, BEN, CAROL],
      [ann, ben, carol].map((call, place) => [call, expected[place] ?? []] as const),
    );
  const everybodyHearsTheOthers = () => heard([BEN, CAROL], [ANN, CAROL], [ANN, BEN]);
  const told = () => customer.at(`/${tests}`).map(({ body }) => body);
  const untilTold = (what: object) =>
    until('it is told', () => (expect(told()).toContainEqual(expect.objectContaining(what)), true));

  test('each hears the others, and not itself', everybodyHearsTheOthers);

  test('who is muted is heard by nobody, and hears', async () => {
    await post(await member(0), { mute: true });
    await heard([BEN, CAROL], [CAROL], [BEN]);
    await post(await member(0), { mute: false });
    await everybodyHearsTheOthers();
  });

  test('who is held is heard by nobody, and hears nobody', async () => {
    await post(await member(1), { hold: true });
    await heard([CAROL], [], [ANN]);
    await post(await member(1), { hold: false });
    await everybodyHearsTheOthers();
  });

  test('what holds for all holds for who comes later, from the first moment on', async () => {
    await post(conference, { mute: true });
    await heard([], [], []);
    const late = await joined(900);
    await untilHeard(
      [900],
      [
        [ann, []],
        [late, []],
      ],
    );
    expect(ann.media.level(900)).toBeLessThan(AUDIBLE);
    await post(conference, { mute: false });
    await untilHeard([ANN, 900], [[ben, [ANN, 900]]]);
  });

  test('the keypad: 0 mutes, * holds, # leaves', async () => {
    await everybodyHearsTheOthers();
    await ann.media.press('0');
    await heard([BEN, CAROL], [CAROL], [BEN]);
    await ann.media.press('0*');
    await heard([], [CAROL], [BEN]);
    await ann.media.press('*');
    await everybodyHearsTheOthers();
    await ann.media.press('#');
    await until('her call is over', () => ann.state === 'over');
  });

  test('the keypad: 1 to 3 say how loud one is heard, 4 to 6 how loud one hears', async () => {
    const usual = await steady(ben, ANN);
    await ann.media.press('3');
    expect(await steady(ben, ANN)).toBeCloseTo(2 * usual, 1);
    await ann.media.press('1');
    expect(await steady(ben, ANN)).toBeCloseTo(usual / 2, 1);
    await ann.media.press('2');
    expect(await steady(ben, ANN)).toBeCloseTo(usual, 1);
    await ben.media.press('6');
    expect(await steady(ben, ANN)).toBeCloseTo(2 * usual, 1);
  });

  /** How loud a tone is, once that no longer changes. */
  async function steady(call: TelephoneCall, tone: number): Promise<number> {
    let before = -1;
    return await until('it is as loud as before', async () => {
      const [level = 0] = await levels(call, [tone]);
      const isSteady = level > AUDIBLE && Math.abs(level - before) < 0.01;
      before = level;
      return isSteady ? level : undefined;
    });
  }

  test.each([
    ['a WAV file', '/tone.wav', FILE],
    ['a file that has moved', '/moved.wav', FILE],
    ['an MP3 file', '/tone.mp3', MP3],
  ])('%s is heard by all, and told when it begins and ends', async (_name, path, tone) => {
    await post(`${conference}/audio`, { fileUrl: customer.url(path), loopEnabled: true, tag: 'file' });
    await untilHeard(
      [tone],
      [
        [ann, [tone]],
        [ben, [tone]],
      ],
    );
    await post(`${conference}/audio`, { fileUrl: '' });
    await untilHeard([tone, BEN], [[ann, [BEN]]]);
    await untilTold({ eventType: 'conference-playback', status: 'done', tag: 'file' });
    const statuses = told()
      .filter(({ tag }) => tag === 'file')
      .map(({ status }) => status);
    expect(statuses).toEqual(['started', 'done']);
  });

  test('a file is heard once unless it is to be played again and again', async () => {
    await post(`${conference}/audio`, { fileUrl: customer.url('/tone.wav') });
    await untilTold({ eventType: 'conference-playback', status: 'done' });
    await untilHeard([FILE, BEN], [[ann, [BEN]]]);
  });

  test('a file to one member is heard by nobody else', async () => {
    await post(`${await member(2)}/audio`, { fileUrl: customer.url('/tone.wav'), loopEnabled: true });
    await untilHeard(
      [FILE],
      [
        [carol, [FILE]],
        [ann, []],
        [ben, []],
      ],
    );
    await post(`${await member(2)}/audio`, { fileUrl: '' });
    await everybodyHearsTheOthers();
  });

  test('a sentence is spoken', async () => {
    await post(conference, { mute: true });
    await heard([], [], []);
    await post(`${conference}/audio`, { sentence: 'Welcome to the conference.', voice: 'Dave' });
    await untilTold({ eventType: 'conference-speak', status: 'started' });
    carol.media.forget();
    await untilTold({ eventType: 'conference-speak', status: 'done' });
    expect(loudnessOf(Buffer.concat(carol.media.heard))).toBeGreaterThan(0.01);
  });

  test('what is no sound is told as begun and over, and the conference goes on', async () => {
    await post(`${conference}/audio`, { fileUrl: customer.url('/page.wav') });
    await untilTold({ eventType: 'conference-playback', status: 'started' });
    await untilTold({ eventType: 'conference-playback', status: 'done' });
    await everybodyHearsTheOthers();
  });

  test('all hear the tone of who joins, and of who leaves', async () => {
    await post(await member(0), { leavingTone: true });
    ben.media.forget();
    ann.hangUp();
    await hears(ben, TONES.leave);
    ben.media.forget();
    await post(`${conference}/members`, { callId: await platform.callIn(), joinTone: true });
    await hears(ben, TONES.join);
  });

  const hears = (call: TelephoneCall, notes: readonly number[]) =>
    until('the notes are heard', () => notes.every((note) => call.media.level(note) > 0.01));

  test('the telephone sees who calls, and the headers that the call was given', async () => {
    const sipHeaders = { 'X-Account': 'a; b=c', 'X-Room': '7' };
    platform.exchange.number('+19195550099', { after: 0 });
    await dial(conference, '+19195550099', { sipHeaders });
    const { headers } = (await platform.exchange.at('+19195550099')).invite;
    expect(headers).toEqual(expect.arrayContaining(Object.entries(sipHeaders)));
    expect(Object.fromEntries(headers)['From']).toContain('<sip:+19195551234@');
  });
});
