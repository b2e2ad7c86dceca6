import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openHouse, type House } from '../support/house.ts';
import { anyTime, clientOf, idIn, describeServers, wireError } from '../support/two-servers.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
const here = () => house;

const VOICES = [
  ...['Kate', 'Susan', 'Julie', 'Dave', 'Paul', 'Bridget', 'Esperanza', 'Violeta', 'Jorge', 'Jolie', 'Bernard'],
  ...['Katrin', 'Stefan', 'Paola', 'Luca'],
];
const LOCALES = ['en_US', 'en_UK', 'es', 'es_MX', 'fr', 'fr_FR', 'de', 'de_DE', 'it', 'it_IT'];

describeServers(here, (server) => {
  const { user, get, post, create, callIn, join, farEnd, eventually } = clientOf(server, here);

  describe('POST /conferences/{id}/members', () => {
    test('answers 201, an empty body, and an absolute Location that leads to the member', async () => {
      const conference = await create();
      const { status, headers, body, path } = await post(`${conference}/members`, { callId: await callIn() });
      expect([status, body]).toEqual([201, undefined]);
      expect(path).toMatch(new RegExp(`^${conference}/members/[\\w-]+$`));
      expect(headers.get('location')).toBe(server.base() + path);
      expect(await get(path)).toMatchObject({ status: 200, body: { id: idIn(path) } });
    });

    test('with a callId alone has every default, and no field that is absent', async () => {
      const { member, callId } = await join(await create());
      const { headers, body } = await get(member);
      expect(headers.get('content-type')).toMatch(/^application\/json/);
      expect(body).toEqual({
        ...{ id: idIn(member), state: 'active', mute: false, hold: false, joinTone: false, leavingTone: false },
        ...{ addedTime: anyTime, call: `${server.base()}${user()}/calls/${callId}` },
      });
    });

    test('takes the four switches, as booleans and as strings in any letter case', async () => {
      const given = { mute: 'true', hold: true, joinTone: 'True', leavingTone: 'TRUE' };
      const { member } = await join(await create(), given);
      const all = { mute: true, hold: true, joinTone: true, leavingTone: true };
      expect((await get(member)).body).toMatchObject(all);
      await eventually(member, all);
    });

    test('takes 20 members, refuses the 21st, and has room again when one has left', async () => {
      const conference = await create();
      const members = await Promise.all(Array.from({ length: 20 }, () => join(conference)));
      await eventually(conference, { state: 'active', activeMembers: 20 });
      const more = { callId: await callIn() };
      const call = { from: '+19195551234', to: '+19195550000', conferenceId: idIn(conference) };
      const full = wireError(403, 'conference-max-members');
      expect(await post(`${conference}/members`, more)).toMatchObject(full as object);
      expect(await post(`${user()}/calls`, call)).toMatchObject(full as object);
      expect((await post(members[0]?.member ?? '', { state: 'completed' })).status).toBe(200);
      expect((await post(`${conference}/members`, more)).status).toBe(201);
      expect((await get(`${conference}/members`)).body).toHaveLength(21);
    });
  });

  describe('GET /conferences/{id}/members', () => {
    test('is an array, empty at first, then in the order in which they were added, those that left included', async () => {
      const conference = await create();
      expect(await get(`${conference}/members`)).toMatchObject({ status: 200, body: [] });
      const first = await join(conference, { joinTone: true });
      const second = await join(conference);
      await farEnd(first.callId, { state: 'completed' });
      await eventually(`${conference}/members`, [{ state: 'completed' }, { state: 'active' }]);
      const { headers, body } = await get(`${conference}/members`);
      expect(headers.get('content-type')).toMatch(/^application\/json/);
      expect(body).toEqual([(await get(first.member)).body, (await get(second.member)).body]);
      expect(body).toEqual([
        {
          ...{
            id: idIn(first.member),
            state: 'completed',
            mute: false,
            hold: false,
            joinTone: true,
            leavingTone: false,
          },
          ...{ addedTime: anyTime, removedTime: anyTime, call: `${server.base()}${user()}/calls/${first.callId}` },
        },
        expect.objectContaining({ id: idIn(second.member), state: 'active' }),
      ]);
    });
  });

  describe('POST /conferences/{id}/members/{memberId}', () => {
    test('changes what is given, and nothing else', async () => {
      const { member } = await join(await create(), { joinTone: true });
      const changed = await post(member, { mute: 'True', leavingTone: true });
      expect([changed.status, changed.body]).toEqual([200, undefined]);
      const muted = { mute: true, hold: false, joinTone: true, leavingTone: true };
      expect((await get(member)).body).toMatchObject(muted);
      expect((await post(member, { mute: false, hold: 'true', joinTone: 'false' })).status).toBe(200);
      expect((await get(member)).body).toMatchObject({ mute: false, hold: true, joinTone: false, leavingTone: true });
    });

    test.each([['{}'], ['{"mute": null, "state": null}'], ['{"size": 5}'], ['']])(
      'of nothing (%s) is a 200 that changes nothing',
      async (nothing) => {
        const { member } = await join(await create());
        const { body: before } = await get(member);
        expect((await post(member, nothing)).status).toBe(200);
        expect((await get(member)).body).toEqual(before);
      },
    );

    test('`state: completed` removes the member; its call goes on, and can join again', async () => {
      const conference = await create();
      await join(conference);
      const { member, callId } = await join(conference);
      expect((await post(member, { state: 'completed' })).status).toBe(200);
      expect((await get(member)).body).toMatchObject({ state: 'completed', removedTime: anyTime });
      await eventually(conference, { state: 'active', activeMembers: 1 });
      expect((await post(member, { state: 'completed' })).status).toBe(server.endedAgain);
      const again = await post(`${conference}/members`, { callId });
      expect(again.status).toBe(201);
      expect(again.path).not.toBe(member);
    });

    test('who hangs up has left, and what the keypad does is seen', async () => {
      const conference = await create();
      await join(conference);
      const { member, callId } = await join(conference);
      await farEnd(callId, { digits: '0' });
      await eventually(member, { mute: true });
      await farEnd(callId, { digits: '0*' });
      await eventually(member, { mute: false, hold: true });
      await farEnd(callId, { digits: '#' });
      await eventually(member, { state: 'completed', removedTime: anyTime });
      await eventually(conference, { activeMembers: 1 });
    });
  });

  describe.each(['all', 'one'])('POST …/audio to %s', (whom) => {
    const place = async () => {
      const conference = await create();
      const { member } = await join(conference);
      return `${whom === 'all' ? conference : member}/audio`;
    };

    test.each([
      [{ fileUrl: 'http://x/a.wav' }],
      [{ fileUrl: 'https://x/a.mp3'.padEnd(2_048, 'x'), loopEnabled: 'true', tag: 't'.repeat(1_024) }],
      [{ fileUrl: '' }],
      [{ sentence: 'x'.repeat(1_000) }],
      [{ sentence: '' }],
      [{ fileUrl: '', sentence: '' }],
      [{ sentence: 'Hello', gender: 'FEMALE', locale: 'EN_us', voice: 'SUSAN', loopEnabled: false, tag: null }],
      [{ sentence: 'Hello', gender: 'male', locale: null, voice: 'dave', fileUrl: null }],
    ])('answers 200 with an empty body: %j', async (audio) => {
      const { status, body } = await post(await place(), audio);
      expect([status, body]).toEqual([200, undefined]);
    });

    test('takes every voice and every locale', async () => {
      const path = await place();
      for (const voice of VOICES) expect((await post(path, { sentence: 'x', voice })).status).toBe(200);
      for (const locale of LOCALES) expect((await post(path, { sentence: 'x', locale })).status).toBe(200);
    });
  });
});
