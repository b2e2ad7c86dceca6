import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openHouse, type House } from '../support/house.ts';
import { anyTime, clientOf, describeServers } from '../support/two-servers.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
const here = () => house;

describeServers(here, (server) => {
  const { user, get, post, send, create, join, eventually } = clientOf(server, here);
  const without = (body: unknown) =>
    Object.fromEntries(Object.entries(body as object).filter(([field]) => !server.ownFields.includes(field)));

  describe('POST /conferences', () => {
    test('answers 201, an empty body, and an absolute Location that leads to the conference', async () => {
      const { status, headers, body, path } = await post(`${user()}/conferences`, { from: '+19195551234' });
      expect([status, body]).toEqual([201, undefined]);
      expect(path).toMatch(new RegExp(`^${user()}/conferences/[\\w-]+$`));
      expect(headers.get('location')).toBe(server.base() + path);
      expect(await get(path)).toMatchObject({ status: 200, body: { id: path.split('/').pop() } });
    });

    test('with `from` alone has every default, and no field that is absent', async () => {
      const path = await create();
      const { headers, body } = await get(path);
      expect(headers.get('content-type')).toMatch(/^application\/json/);
      expect(without(body)).toEqual({
        ...{ id: path.split('/').pop(), state: 'created', from: '+19195551234', createdTime: anyTime },
        ...{ activeMembers: 0, hold: false, mute: false, profile: 'interpret_digits' },
        ...{ callbackHttpMethod: 'POST', callbackTimeout: 10_000 },
      });
    });

    test('keeps all seven fields, at their limits', async () => {
      const all = {
        ...{ from: '+123456789012345', callbackHttpMethod: 'GET', callbackTimeout: 1, profile: 'passthru_digits' },
        callbackUrl: 'http://127.0.0.1:9/'.padEnd(2_048, 'x'),
        fallbackUrl: 'https://127.0.0.1:9/'.padEnd(2_048, 'x'),
        tag: 't'.repeat(1_024),
      };
      expect((await get(await create(all))).body).toMatchObject(all);
      expect((await get(await create({ callbackTimeout: 10_000, tag: '' }))).body).toMatchObject({ tag: '' });
    });

    test.each([
      ['callbackHttpMethod', 'get', 'GET'],
      ['callbackHttpMethod', 'Post', 'POST'],
      ['callbackTimeout', '2000', 2_000],
      ['callbackTimeout', '10000', 10_000],
      ['tag', 'ünï — 会 🦊 "\\ \u0007', 'ünï — 会 🦊 "\\ \u0007'],
    ])('takes %s %j as %j', async (field, given, taken) => {
      expect((await get(await create({ [field]: given }))).body).toMatchObject({ [field]: taken });
    });

    test('null is absent, and a field that nobody knows is left out', async () => {
      const nulls = { callbackUrl: null, callbackHttpMethod: null, callbackTimeout: null, fallbackUrl: null };
      const { body } = await get(await create({ ...nulls, profile: null, tag: null, size: 'huge', id: 'mine' }));
      const expected = without((await get(await create())).body);
      expect(without(body)).toEqual({ ...expected, id: expect.any(String) as unknown, createdTime: anyTime });
    });

    test('goes by the user’s own path, with double slashes, a trailing one, and UTF-8 as well, however it is written', async () => {
      const charset = { 'content-type': 'Application/JSON; charset=Utf-8' };
      const places = ['', '/', '/conferences', '/conferences/', '//conferences//'].map((end) => user() + end);
      for (const path of [...places, `/${user()}/conferences`, `/${user()}`]) {
        const made = await post(path, { from: '+19195551234' }, charset);
        expect([path, made.status]).toEqual([path, 201]);
        expect(made.headers.get('location')).toBe(server.base() + made.path);
        expect(made.path).toMatch(new RegExp(`^${user()}/conferences/[\\w-]+$`));
      }
    });

    test('takes a body in chunks, without a length', async () => {
      const pieces = '{"from": "+19195551234", "tag": "in pieces"}'.match(/.{1,5}/g) ?? [];
      const body = new ReadableStream({
        start(controller) {
          for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
          controller.close();
        },
      });
      const made = await send(`${user()}/conferences`, { method: 'POST', body, duplex: 'half' });
      expect(made.status).toBe(201);
      expect((await get(made.path)).body).toMatchObject({ tag: 'in pieces' });
    });
  });

  describe('POST /conferences/{id}', () => {
    test('changes the callback fields and the tag; what is absent stays as it is', async () => {
      const path = await create({ tag: 'before', callbackTimeout: 5_000 });
      const changed = await post(path, {
        tag: 'after',
        callbackHttpMethod: 'get',
        fallbackUrl: 'http://127.0.0.1:9/f',
      });
      expect([changed.status, changed.body]).toEqual([200, undefined]);
      expect((await get(path)).body).toMatchObject({
        ...{ tag: 'after', callbackHttpMethod: 'GET', callbackTimeout: 5_000, fallbackUrl: 'http://127.0.0.1:9/f' },
      });
      await post(path, { callbackUrl: 'http://127.0.0.1:9/c', callbackTimeout: '300' });
      expect((await get(path)).body).toMatchObject({
        ...{ tag: 'after', callbackUrl: 'http://127.0.0.1:9/c', callbackTimeout: 300 },
      });
    });

    test.each([['{}'], ['{"tag": null, "state": null, "hold": null}'], ['{"size": 5, "from": "+1"}'], ['']])(
      'of nothing (%s) is a 200 that changes nothing',
      async (nothing) => {
        const path = await create({ tag: 'same' });
        const { body: before } = await get(path);
        expect((await post(path, nothing)).status).toBe(200);
        expect((await get(path)).body).toEqual(before);
      },
    );

    test.each([
      ['hold', true, true],
      ['hold', 'TRUE', true],
      ['mute', 'true', true],
      ['mute', 'False', false],
      ['mute', false, false],
    ])('takes %s %j as %j, for those who are there and those who come', async (field, given, taken) => {
      const path = await create();
      const { member } = await join(path);
      expect((await post(path, { [field]: given })).status).toBe(200);
      expect((await get(path)).body).toMatchObject({ hold: false, mute: false, [field]: taken });
      await eventually(member, { hold: false, mute: false, [field]: taken });
      const { member: later } = await join(path);
      await eventually(later, { hold: false, mute: false, [field]: taken });
    });

    test('`state: completed` ends it: all have left, and it can still be read', async () => {
      const path = await create();
      const { member } = await join(path);
      expect((await post(path, { state: 'completed' })).status).toBe(200);
      await eventually(path, { state: 'completed', activeMembers: 0, createdTime: anyTime, completedTime: anyTime });
      await eventually(member, { state: 'completed', removedTime: anyTime });
      expect((await get(`${path}/members`)).body).toMatchObject([{ state: 'completed' }]);
      const again = await post(path, { state: 'completed' });
      expect(again.status).toBe(server.endedAgain);
    });
  });

  test('the state is created without members, active from the first one on, completed when the last one has left', async () => {
    const path = await create();
    expect((await get(path)).body).toMatchObject({ state: 'created', activeMembers: 0 });
    const first = await join(path);
    await eventually(path, { state: 'active', activeMembers: 1 });
    const second = await join(path);
    await eventually(path, { state: 'active', activeMembers: 2 });
    expect((await post(first.member, { state: 'completed' })).status).toBe(200);
    await eventually(path, { state: 'active', activeMembers: 1 });
    expect((await get(path)).body).not.toHaveProperty('completedTime');
    expect((await post(second.member, { state: 'completed' })).status).toBe(200);
    await eventually(path, { state: 'completed', activeMembers: 0, completedTime: anyTime });
  });

  test('a completed conference is read at once, by many at a time', async () => {
    const path = await create();
    await post(path, { state: 'completed' });
    await eventually(path, { state: 'completed' });
    const reads = async () => {
      const seen: number[] = [];
      for (let read = 0; read < 40; read += 1) seen.push((await get(path)).status);
      return seen;
    };
    expect(new Set((await Promise.all([reads(), reads()])).flat())).toEqual(new Set([200]));
  });

  test('HEAD is answered where GET is, without a body', async () => {
    const path = await create();
    expect(await send(path, { method: 'HEAD' })).toMatchObject({ status: 200, body: undefined });
    expect(await send(`${path}/members`, { method: 'HEAD' })).toMatchObject({ status: 200, body: undefined });
  });
});
