import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openHouse, type House } from '../support/house.ts';
import { clientOf, idIn, describeServers } from '../support/two-servers.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
const here = () => house;

/** ISO 8601, with or without fractions of a second. */
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/) as unknown;

let tests = 0;

describeServers(here, (server) => {
  const { user, get, post, create, join, dial, farEnd, phone, eventually } = clientOf(server, here);
  let callback: string;
  let callbackUrl: string;
  beforeAll(async () => {
    await house.platform.hurry();
  });
  beforeEach(() => {
    tests += 1;
    callback = `/${server.name}-${tests}`;
    callbackUrl = house.customer.url(callback);
  });

  /** What came to a path: the events, once so many are there; all about the requests that brought them is as documented. */
  async function told(path: string, count: number): Promise<unknown[]> {
    const received = await house.customer.until(path, count);
    for (const { method, headers, body, query } of received) {
      expect(headers['user-agent']).toMatch(/^BandwidthAPI\/v1 \(.+\)$/);
      const isPost = method === 'POST';
      expect(headers['content-type']).toBe(isPost ? 'application/json; charset=utf-8' : undefined);
      expect(isPost ? query : body).toEqual({});
      for (const foreign of await server.foreign()) expect(JSON.stringify([body, query])).not.toContain(foreign);
    }
    return received.map(({ method, body, query }) => (method === 'POST' ? body : query));
  }

  const conferenceEvent = (path: string) => ({ conferenceId: idIn(path), conferenceUri: server.base() + path });
  const memberEvent = (path: string, member: string, callId: string) => ({
    ...{ eventType: 'conference-member', conferenceId: idIn(path), callId, time },
    ...{ memberId: idIn(member), memberUri: server.base() + member },
  });
  const callEvent = (callId: string) => ({ callId, callUri: `${server.base()}${user()}/calls/${callId}`, time });

  describe.each(['POST', 'GET'])('by %s', (callbackHttpMethod) => {
    const written = (value: unknown) =>
      typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
    const inTheQuery = (event: object) =>
      Object.fromEntries(Object.entries(event).map(([field, value]) => [field, written(value)]));
    const sent = (events: object[]) => (callbackHttpMethod === 'GET' ? events.map(inTheQuery) : events);

    test.each([
      ['with a tag', { tag: 'a tag & more' }],
      ['without a tag', {}],
    ])('a conference’s life, %s: each event has its fields, and no others', async (_name, tag) => {
      const path = await create({ callbackUrl, callbackHttpMethod, ...tag });
      const { member, callId } = await join(path);
      await told(callback, 2);
      await post(member, { mute: true });
      await told(callback, 3);
      await post(path, { hold: 'true' });
      await told(callback, 4);
      await farEnd(callId, { state: 'completed' });
      const conference = { eventType: 'conference', ...conferenceEvent(path), createdTime: time, ...tag };
      const ofMember = { ...memberEvent(path, member, callId), ...tag };
      const active = { state: 'active', activeMembers: 1, hold: false, mute: false };
      expect(await told(callback, 6)).toEqual(
        sent([
          { ...conference, status: 'created' },
          { ...ofMember, ...active },
          { ...ofMember, ...active, mute: true },
          { ...ofMember, ...active, mute: true, hold: true },
          { ...ofMember, state: 'completed', activeMembers: 0, mute: true, hold: true },
          { ...conference, status: 'completed', completedTime: time },
        ]),
      );
    });

    test('a dialled call’s own events', async () => {
      const path = await create();
      const call = { from: '+19195551234', to: '+19195550000' };
      const callId = await dial(path, { ...call, callbackUrl, callbackHttpMethod, tag: 'call' });
      await told(callback, 1);
      await farEnd(callId, { state: 'completed' });
      const event = { ...callEvent(callId), ...call, tag: 'call' };
      expect(await told(callback, 2)).toEqual([
        { ...event, eventType: 'answer' },
        { ...event, eventType: 'hangup', cause: 'NORMAL_CLEARING' },
      ]);
    });
  });

  test('each join and leave tells how many are there, and everything in it can be looked up', async () => {
    const path = await create({ callbackUrl });
    const members = [await join(path), await join(path), await join(path)];
    await told(callback, 4);
    for (const { member } of members.slice(0, 2)) await post(member, { state: 'completed' });
    const events = (await told(callback, 6)) as Record<string, unknown>[];
    expect(events.slice(1).map(({ state, activeMembers }) => [state, activeMembers])).toEqual([
      ...[1, 2, 3].map((count) => ['active', count]),
      ...[2, 1].map((count) => ['completed', count]),
    ]);
    for (const { memberUri, memberId } of events.slice(1)) {
      expect((await get(new URL(String(memberUri)).pathname)).body).toMatchObject({ id: memberId });
    }
    expect((await get(new URL(String(events[0]?.['conferenceUri'])).pathname)).body).toMatchObject({ id: idIn(path) });
  });

  test('what holds for all is told of each', async () => {
    const path = await create({ callbackUrl });
    const members = [await join(path), await join(path)];
    await told(callback, 3);
    await post(path, { mute: true });
    const events = await told(callback, 5);
    expect(events.slice(3)).toEqual(
      members.map(({ member, callId }) => ({
        ...memberEvent(path, member, callId),
        ...{ state: 'active', activeMembers: 2, hold: false, mute: true },
      })),
    );
  });

  test.each([
    ['conference-playback', { fileUrl: 'http://x/a.wav' }],
    ['conference-speak', { sentence: 'hello' }],
  ])('%s: started and done, to all and to one, with its own tag or the conference’s', async (eventType, audio) => {
    const path = await create({ callbackUrl, tag: 'conference' });
    const { member } = await join(path);
    await told(callback, 2);
    await post(`${path}/audio`, audio);
    await told(callback, 4);
    await post(`${path}/audio`, { ...audio, tag: 'audio' });
    await told(callback, 6);
    await post(`${member}/audio`, audio);
    const event = { eventType, ...conferenceEvent(path), time, tag: 'conference' };
    // Of whom a sound to one was is not documented; both servers say it.
    const toOne = { memberId: idIn(member), memberUri: server.base() + member };
    expect((await told(callback, 8)).slice(2)).toEqual([
      ...[event, { ...event, tag: 'audio' }, { ...event, ...toOne }].flatMap((one) => [
        { ...one, status: 'started' },
        { ...one, status: 'done' },
      ]),
    ]);
  });

  test('"" stops what plays', async () => {
    const path = await create({ callbackUrl });
    await join(path);
    await told(callback, 2);
    await post(`${path}/audio`, { sentence: 'hello', loopEnabled: true });
    await told(callback, 3);
    await post(`${path}/audio`, { sentence: '' });
    expect((await told(callback, 4)).slice(2)).toMatchObject([{ status: 'started' }, { status: 'done' }]);
  });

  describe('dtmf', () => {
    const digits = async (path: string, callId: string, to = callback, before = 2) => {
      await told(to, before);
      await farEnd(callId, { digits: '5#' });
      const events = (await told(to, before + 2)).slice(before);
      expect(events).toEqual(['5', '#'].map((dtmfDigit) => ({ eventType: 'dtmf', ...callEvent(callId), dtmfDigit })));
      expect((await get(path)).body).toMatchObject({ state: 'active' });
    };

    test('under passthru_digits goes to the application, of a call from outside', async () => {
      const path = await create({ callbackUrl, profile: 'passthru_digits', tag: 'conference' });
      const { callId } = await join(path);
      await digits(path, callId);
    });

    test('of a dialled call goes to the conference’s callbackUrl if the call has none', async () => {
      const path = await create({ callbackUrl, profile: 'passthru_digits' });
      await digits(path, await dial(path));
    });

    test('of a dialled call goes to its own callbackUrl if it has one', async () => {
      const path = await create({ callbackUrl, profile: 'passthru_digits' });
      await digits(path, await dial(path, { callbackUrl: `${callbackUrl}-call` }), `${callback}-call`, 1);
      expect(await told(callback, 2)).toHaveLength(2);
    });

    test('under interpret_digits is acted on, and not told', async () => {
      const path = await create({ callbackUrl });
      const { callId } = await join(path);
      await told(callback, 2);
      await farEnd(callId, { digits: '150' });
      expect((await told(callback, 3)).slice(2)).toMatchObject([{ eventType: 'conference-member', mute: true }]);
    });
  });

  test.each([
    ['is busy', { answers: 'busy', after: 0 }, [['hangup', 'USER_BUSY']]],
    ['rejects it', { answers: 'rejects', after: 0 }, [['hangup', 'CALL_REJECTED']]],
    [
      'does not answer',
      { answers: 'no' },
      [
        ['timeout', undefined],
        ['hangup', 'NO_ANSWER'],
      ],
    ],
    [
      'hangs up',
      { answers: 'yes', after: 0, hangsUpAfter: 50 },
      [
        ['answer', undefined],
        ['hangup', 'NORMAL_CLEARING'],
      ],
    ],
  ] as const)(
    'a dialled call to a phone that %s: its own events, each with its fields',
    async (_name, does, expected) => {
      const path = await create();
      const to = `+1919555${1_000 + tests}`;
      await phone(to, does);
      const callId = await dial(path, { to, callTimeout: 1, callbackUrl });
      expect(await told(callback, expected.length)).toEqual(
        expected.map(([eventType, cause]) => ({
          ...{ eventType, ...callEvent(callId), from: '+19195551234', to },
          ...(cause === undefined ? {} : { cause }),
        })),
      );
    },
  );

  test('a dialled call without a callbackUrl: the conference is told who joins and leaves, and nothing else', async () => {
    const path = await create({ callbackUrl });
    const { callId: stays } = await join(path);
    const callId = await dial(path);
    await eventually(path, { activeMembers: 2 });
    await farEnd(callId, { state: 'completed' });
    await eventually(path, { activeMembers: 1 });
    await farEnd(stays, { state: 'completed' });
    const names = (await told(callback, 6)).map((event) => (event as Record<string, unknown>)['eventType']);
    expect(names).toEqual(['conference', ...Array<string>(4).fill('conference-member'), 'conference']);
  });

  test.each([
    ['the same', { tag: 'before' }],
    ['none', {}],
  ])('a call that has %s tag keeps it when the conference gets another one', async (_name, tag) => {
    const path = await create({ callbackUrl, profile: 'passthru_digits', ...tag });
    const callId = await dial(path, { callbackUrl: `${callbackUrl}-call`, ...tag });
    await told(`${callback}-call`, 1);
    await post(path, { tag: 'after' });
    await farEnd(callId, { digits: '1' });
    await farEnd(callId, { state: 'completed' });
    const own = { ...callEvent(callId), ...tag };
    expect(await told(`${callback}-call`, 3)).toEqual([
      { ...own, eventType: 'answer', from: '+19195551234', to: '+19195550000' },
      { ...own, eventType: 'dtmf', dtmfDigit: '1' },
      { ...own, eventType: 'hangup', from: '+19195551234', to: '+19195550000', cause: 'NORMAL_CLEARING' },
    ]);
    const events = (await told(callback, 4)) as Record<string, unknown>[];
    expect(events.at(-1)).toMatchObject({ status: 'completed', tag: 'after' });
  });
});
