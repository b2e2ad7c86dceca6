import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openHouse, type House } from '../support/house.ts';
import { anyTime, clientOf, idIn, describeServers } from '../support/two-servers.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
const here = () => house;

const CALL = { from: '+19195551234', to: '+19195550000' };

describeServers(here, (server) => {
  const { user, get, post, create, dial, join, farEnd, phone, eventually } = clientOf(server, here);

  test('POST /calls answers 201, an empty body, and the call’s absolute Location', async () => {
    const conference = await create();
    const { status, headers, body, path } = await post(`${user()}/calls`, { ...CALL, conferenceId: idIn(conference) });
    expect([status, body]).toEqual([201, undefined]);
    expect(path).toMatch(new RegExp(`^${user()}/calls/[\\w-]+$`));
    expect(headers.get('location')).toBe(server.base() + path);
  });

  test('the call becomes a member of its conference when it is answered, and not before', async () => {
    const conference = await create();
    await phone('+19195550077', { answers: 'yes', after: 500 });
    const callId = await dial(conference, { to: '+19195550077' });
    expect((await get(`${conference}/members`)).body).toEqual([]);
    expect((await get(conference)).body).toMatchObject({ state: 'created', activeMembers: 0 });
    const call = `${server.base()}${user()}/calls/${callId}`;
    const [member] = (await eventually(`${conference}/members`, [{ call }])) as unknown[];
    expect(member).toEqual({
      ...{ id: expect.any(String) as unknown, state: 'active', mute: false, hold: false },
      ...{ joinTone: false, leavingTone: false, addedTime: anyTime, call },
    });
    await eventually(conference, { state: 'active', activeMembers: 1 });
    await farEnd(callId, { state: 'completed' });
    await eventually(conference, { state: 'completed', activeMembers: 0 });
  });

  test.each([
    ['a sip: address', { to: 'sip:room@pbx.example' }],
    ['a callTimeout of 300', { callTimeout: 300 }],
    ['a callTimeout of "1"', { callTimeout: '1' }],
    [
      '5 sipHeaders',
      { sipHeaders: Object.fromEntries(['A', 'b', 'C-c', 'd1', 'E_e'].map((name) => [`X-${name}`, name])) },
    ],
    ['no sipHeaders at all', { sipHeaders: {} }],
    ['recording', { recordingEnabled: 'true', recordingMaxDuration: '3600', recordingFileFormat: 'MP3' }],
    ['transcription', { transcriptionEnabled: true, recordingEnabled: false }],
    [
      'callback fields',
      { callbackUrl: 'http://127.0.0.1:9/', callbackHttpMethod: 'get', callbackTimeout: '5', tag: 't' },
    ],
    ['null for absent', { bridgeId: null, callTimeout: null, sipHeaders: null, callbackUrl: null, tag: null }],
    ['fields that nobody knows', { size: 'huge', id: 'mine' }],
  ])('POST /calls takes %s', async (_name, fields) => {
    const conference = await create();
    const made = await post(`${user()}/calls`, { ...CALL, conferenceId: idIn(conference), ...fields });
    expect([made.status, made.body]).toEqual([201, undefined]);
  });

  test.each([
    ['is busy', { answers: 'busy', after: 0 }],
    ['rejects it', { answers: 'rejects', after: 0 }],
  ] as const)('a call to a phone that %s never becomes a member, and the conference goes on', async (_name, does) => {
    const conference = await create();
    await phone('+19195550078', does);
    await dial(conference, { to: '+19195550078' });
    await join(conference);
    await eventually(conference, { state: 'active', activeMembers: 1 });
    expect((await get(`${conference}/members`)).body).toHaveLength(1);
  });
});
