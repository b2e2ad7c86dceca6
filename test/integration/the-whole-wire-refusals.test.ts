import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openHouse, type House } from '../support/house.ts';
import { clientOf, idIn, describeServers, wireError } from '../support/two-servers.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
const here = () => house;

const CALL = { from: '+19195551234', to: '+19195550000' };
const NOBODY = 'member-00000000-0000-0000-0000-000000000000';
const NOWHERE = `conf-${'a'.repeat(26)}`;
const headers = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-${index}`, 'value']));

describeServers(here, (server) => {
  const { user, get, post, create, callIn, farEnd, join, dial, eventually } = clientOf(server, here);
  const refused = (status: number, code: string, says?: string) => wireError(status, code, says) as object;

  describe('what is not there', () => {
    test('a conference: 404 on every route, and to a call', async () => {
      const unknown = refused(404, 'conference-not-found');
      for (const id of [NOWHERE, 'x', 'conf-%2F..%2Fx', 'x'.repeat(250)]) {
        const path = `${user()}/conferences/${id}`;
        for (const read of [path, `${path}/members`, `${path}/members/x`])
          expect(await get(read)).toMatchObject(unknown);
        expect(await post(path, { mute: true })).toMatchObject(unknown);
        expect(await post(`${path}/audio`, { sentence: 'x' })).toMatchObject(unknown);
        expect(await post(`${path}/members`, { callId: 'x' })).toMatchObject(unknown);
        expect(await post(`${path}/members/x`, { mute: true })).toMatchObject(unknown);
        expect(await post(`${path}/members/x/audio`, { sentence: 'x' })).toMatchObject(unknown);
      }
      expect(await post(`${user()}/calls`, { ...CALL, conferenceId: NOWHERE })).toMatchObject(unknown);
    });

    test('a member: 404 on every route, of another conference too', async () => {
      const unknown = refused(404, 'conference-member-not-found');
      const [conference, other] = [await create(), await create()];
      const { member } = await join(other);
      for (const id of [NOBODY, 'x', '__proto__', 'constructor', '%00', idIn(member)]) {
        const path = `${conference}/members/${id}`;
        expect(await get(path)).toMatchObject(unknown);
        expect(await post(path, { mute: true })).toMatchObject(unknown);
        expect(await post(path, { state: 'completed' })).toMatchObject(unknown);
        expect(await post(`${path}/audio`, { sentence: 'x' })).toMatchObject(unknown);
      }
      expect(await get(member)).toMatchObject({ status: 200, body: { state: 'active', mute: false } });
    });

    test('a call, or one that is over: 403 call-id-not-found', async () => {
      const conference = await create();
      const callId = await callIn();
      await farEnd(callId, { state: 'completed' });
      for (const id of ['c-unknown', '__proto__', 'x'.repeat(100), callId]) {
        const answer = await post(`${conference}/members`, { callId: id });
        expect(answer).toMatchObject(refused(403, 'call-id-not-found'));
      }
      expect((await get(`${conference}/members`)).body).toEqual([]);
    });

    test('a call’s own paths: 404', async () => {
      const callId = await dial(await create());
      for (const path of [`${user()}/calls/${callId}`, `${user()}/calls/x`, `${user()}/calls/x/audio`]) {
        expect(await get(path)).toMatchObject(refused(404, 'resource-not-found'));
        expect(await post(path, { state: 'completed' })).toMatchObject(refused(404, 'resource-not-found'));
      }
    });
  });

  test('a call of another conference: 403 invalid-call-conference-id', async () => {
    const [conference, other] = [await create(), await create()];
    const { callId } = await join(other);
    const dialled = await dial(other);
    await eventually(`${other}/members`, [{}, { state: 'active' }]);
    for (const id of [callId, dialled]) {
      const answer = await post(`${conference}/members`, { callId: id });
      expect(answer).toMatchObject(refused(403, 'invalid-call-conference-id'));
    }
    expect((await get(`${conference}/members`)).body).toEqual([]);
  });

  test('a call that is a member already: 403 conference-error', async () => {
    const conference = await create();
    const { callId } = await join(conference);
    expect(await post(`${conference}/members`, { callId })).toMatchObject(refused(403, 'conference-error'));
    expect((await get(`${conference}/members`)).body).toHaveLength(1);
  });

  test('a member that has left: 403 conference-error for every change', async () => {
    const conference = await create();
    await join(conference);
    const { member } = await join(conference);
    await post(member, { state: 'completed' });
    await eventually(member, { state: 'completed' });
    expect(await post(member, { mute: true })).toMatchObject(refused(403, 'conference-error'));
    expect(await post(`${member}/audio`, { sentence: 'x' })).toMatchObject(refused(403, 'conference-error'));
  });

  test('a completed conference: 403 conference-error for every change, on every route', async () => {
    const conference = await create();
    const { member } = await join(conference);
    await post(conference, { state: 'completed' });
    await eventually(conference, { state: 'completed' });
    const { body: before } = await get(conference);
    const over = refused(403, 'conference-error');
    for (const change of [{ hold: true }, { mute: 'false' }, { tag: 'x' }, { callbackUrl: 'http://x/' }]) {
      expect(await post(conference, change)).toMatchObject(over);
    }
    expect(await post(`${conference}/audio`, { sentence: 'x' })).toMatchObject(over);
    expect(await post(`${conference}/members`, { callId: await callIn() })).toMatchObject(over);
    expect(await post(member, { mute: true })).toMatchObject(over);
    expect(await post(`${member}/audio`, { fileUrl: 'http://x/a.wav' })).toMatchObject(over);
    expect(await post(`${user()}/calls`, { ...CALL, conferenceId: idIn(conference) })).toMatchObject(over);
    expect((await get(conference)).body).toEqual(before);
  });

  describe('400 names the field, what it got and what it wants:', () => {
    const wrong: [route: string, body: object, says: string][] = [
      ['', { state: 'active' }, 'state: got "active", wants "completed"'],
      ['', { hold: 'yes' }, 'hold: got "yes", wants true or false'],
      ['', { mute: 1 }, 'mute: got 1, wants true or false'],
      ['/members', {}, 'callId: got nothing, wants an id'],
      ['/members', { callId: 'x'.repeat(101) }, 'callId: got "x'],
      ['/members', { callId: 'c', joinTone: 'on' }, 'joinTone: got "on"'],
      ['/members/MEMBER', { state: 'left' }, 'state: got "left", wants "completed"'],
      ['/members/MEMBER', { leavingTone: 0 }, 'leavingTone: got 0'],
      ...['/audio', '/members/MEMBER/audio'].flatMap((route): [string, object, string][] => [
        [route, {}, 'fileUrl: got nothing, wants the URL of a WAV or MP3 file, or a sentence instead'],
        [route, { fileUrl: null, sentence: null }, 'fileUrl: got nothing'],
        [route, { fileUrl: 'http://x/a.wav', sentence: 'x' }, 'sentence: got "x", wants nothing beside a fileUrl'],
        [route, { fileUrl: 'a.wav' }, 'fileUrl: got "a.wav", wants an http:// or https:// URL'],
        [route, { fileUrl: `http://x/${'y'.repeat(2_048)}` }, 'at most 2048 characters'],
        [route, { sentence: 'x'.repeat(1_001) }, 'wants a sentence of at most 1000 characters'],
        [route, { sentence: 'x', voice: 'Nobody' }, 'voice: got "Nobody", wants "Kate" or "Susan"'],
        [route, { sentence: 'x', locale: 'en' }, 'locale: got "en", wants "en_US" or "en_UK"'],
        [route, { sentence: 'x', gender: 'none' }, 'gender: got "none", wants "female" or "male"'],
        [route, { sentence: 'x', loopEnabled: 'often' }, 'loopEnabled: got "often"'],
        [route, { sentence: 'x', tag: 't'.repeat(1_025) }, 'wants a string of at most 1024 characters'],
      ]),
      [
        '/calls',
        CALL,
        'conferenceId: got nothing, wants the id of a conference: calls are dialled into conferences only',
      ],
      ['/calls', { bridgeId: 'b-1' }, 'bridgeId: got "b-1", wants nothing: calls are dialled into conferences only'],
      ['/calls', { conferenceId: 'CONFERENCE', bridgeId: 'b-1' }, 'bridgeId: got "b-1"'],
      ['/calls', { from: '9195551234' }, 'from: got "9195551234", wants an E.164'],
      ['/calls', { to: 'tel:+1919' }, 'to: got "tel:+1919", wants an E.164 telephone number or a sip: address'],
      ['/calls', { to: `sip:${'x'.repeat(297)}` }, 'at most 300 characters'],
      ['/calls', { callTimeout: 301 }, 'callTimeout: got 301, wants a whole number of seconds from 1 to 300'],
      ['/calls', { callTimeout: '0' }, 'callTimeout: got "0"'],
      ['/calls', { callbackTimeout: 10_001 }, 'callbackTimeout: got 10001'],
      ['/calls', { callbackHttpMethod: 'PUT' }, 'callbackHttpMethod: got "PUT"'],
      ['/calls', { sipHeaders: headers(6) }, 'sipHeaders: got {'],
      ['/calls', { sipHeaders: { Via: 'x' } }, 'wants an object of at most 5 X- headers'],
      ['/calls', { sipHeaders: { 'X-A': 'a\r\nVia: x' } }, 'sipHeaders: got {'],
      ['/calls', { recordingFileFormat: 'ogg' }, 'recordingFileFormat: got "ogg", wants "wav" or "mp3"'],
      ['/calls', { recordingEnabled: 'maybe' }, 'recordingEnabled: got "maybe"'],
    ];

    test.each(wrong)('%s %j: %s', async (route, body, says) => {
      const conference = await create();
      const { member } = await join(conference);
      const [place, fields] =
        route === '/calls'
          ? [
              `${user()}/calls`,
              { ...CALL, ...body, ...('conferenceId' in body ? { conferenceId: idIn(conference) } : {}) },
            ]
          : [conference + route.replace('MEMBER', idIn(member)), body];
      expect(await post(place, fields)).toMatchObject(refused(400, 'validation-error', says));
      expect((await get(`${conference}/members`)).body).toHaveLength(1);
    });

    test.each(['callbackUrl', 'fallbackUrl'])('a bad %s is callback-invalid-url, wherever it stands', async (field) => {
      const conference = await create();
      const call = { ...CALL, conferenceId: idIn(conference) };
      for (const bad of ['ftp://x', 'x', 'http://', '', `http://x/${'y'.repeat(2_048)}`]) {
        const invalid = refused(400, 'callback-invalid-url', `${field}: got `);
        expect(await post(conference, { [field]: bad })).toMatchObject(invalid);
        expect(await post(`${user()}/calls`, { ...call, [field]: bad })).toMatchObject(invalid);
      }
    });
  });
});
