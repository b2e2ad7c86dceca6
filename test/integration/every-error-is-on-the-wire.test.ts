import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { openHouse, type House } from '../support/house.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

/** The same wire on two servers: what is asked of the gateway, the sandbox must answer as well. */
const servers = [
  { name: 'gateway', account: () => LOCAL_ACCOUNT, base: () => house.url },
  { name: 'sandbox', account: () => house.dependencies.platformAccount, base: () => house.platformUrl },
];

describe.each(servers)('$name', ({ account, base }) => {
  const user = () => `/v1/users/${account().userId}`;
  const send = (path: string, init: RequestInit = {}, headers: Record<string, string> = {}) =>
    fetch(base() + path, {
      ...init,
      headers: { authorization: basicAuth(account()), 'content-type': 'application/json', ...headers },
    });
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    send(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }, headers);
  const created = async (fields: object = {}) => {
    const answer = await post(`${user()}/conferences`, { from: '+19195551234', ...fields });
    expect(answer.status).toBe(201);
    return new URL(answer.headers.get('location') ?? '').pathname;
  };

  test.each([
    ['no from', {}, 'validation-error', 'from: got nothing, wants an E.164'],
    ['a bad from', { from: '9195551234' }, 'validation-error', 'from: got "9195551234", wants an E.164'],
    [
      'a bad URL',
      { from: '+1919', callbackUrl: 'ftp://x' },
      'callback-invalid-url',
      'callbackUrl: got "ftp://x", wants',
    ],
    [
      'a long URL',
      { from: '+1919', fallbackUrl: `http://x/${'y'.repeat(2048)}` },
      'callback-invalid-url',
      'fallbackUrl: got',
    ],
    [
      'too long a timeout',
      { from: '+1919', callbackTimeout: '10001' },
      'validation-error',
      'callbackTimeout: got "10001"',
    ],
    ['a bad method', { from: '+1919', callbackHttpMethod: 'PUT' }, 'validation-error', 'wants "GET" or "POST"'],
    [
      'a bad profile',
      { from: '+1919', profile: 'x' },
      'validation-error',
      'profile: got "x", wants "interpret_digits"',
    ],
    ['a long tag', { from: '+1919', tag: 'x'.repeat(1025) }, 'validation-error', 'tag: got'],
    ['no JSON', '{"from":', 'validation-error', 'cannot be read'],
    ['no object', '"from"', 'validation-error', 'wants a JSON object'],
    ['nothing', '', 'validation-error', 'wants a JSON object'],
  ])('400 for %s', async (_name, body, code, message) => {
    const answer = await post(`${user()}/conferences`, body);
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { category: 'bad-request', code, message: expect.stringContaining(message) as unknown },
    ]);
  });

  test('401 with WWW-Authenticate for none, wrong or another user’s credentials, before anything else is looked at', async () => {
    const attempts = ['', 'Basic !', 'Bearer x', basicAuth({ token: account().token, secret: 'x' })];
    for (const authorization of attempts) {
      const answer = await post(`${user()}/conferences`, '{', { authorization });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
      expect(await answer.json()).toMatchObject({ category: 'authentication', code: 'user-access-denied' });
    }
    expect((await post('/v1/users/u-other/conferences', { from: '+1919' })).status).toBe(401);
  });

  test('404 for an unknown conference and an unknown path, 405 with Allow for another method', async () => {
    for (const id of ['conf-aaaaaaaaaaaaaaaaaaaaaaaaaa', 'x', 'conf-%2F..%2Fx', 'x'.repeat(250)]) {
      const answer = await send(`${user()}/conferences/${id}`);
      expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'conference-not-found' }]);
    }
    const path = await send('/v2/nothing');
    expect([path.status, await path.json()]).toMatchObject([
      404,
      { category: 'not-found', code: 'resource-not-found' },
    ]);
    const method = await send(`${user()}/conferences`, { method: 'DELETE' });
    expect([method.status, method.headers.get('allow')]).toEqual([405, 'POST']);
    expect(await method.json()).toMatchObject({ message: expect.stringContaining('POST') as unknown });
  });

  test('413 for a body over 64 KB, 415 for another content type', async () => {
    const large = await post(`${user()}/conferences`, { from: '+1919', note: 'x'.repeat(70_000) });
    expect([large.status, await large.json()]).toMatchObject([
      413,
      { message: expect.stringContaining('65536') as unknown },
    ]);
    const text = await post(`${user()}/conferences`, 'from=+1919', { 'content-type': 'text/plain' });
    expect([text.status, await text.json()]).toMatchObject([
      415,
      { message: expect.stringContaining('application/json') as unknown },
    ]);
  });

  test('null is absent, unknown fields are left out, strings stand for numbers, {} changes nothing', async () => {
    const path = await created({ tag: null, callbackTimeout: '2000', callbackHttpMethod: 'get', size: 'huge' });
    const before: unknown = await (await send(path)).json();
    expect(before).toMatchObject({ callbackTimeout: 2000, callbackHttpMethod: 'GET', profile: 'interpret_digits' });
    expect(before).not.toHaveProperty('tag');
    expect(before).not.toHaveProperty('size');
    expect((await post(path, {})).status).toBe(200);
    expect((await post(path, { tag: null, state: null })).status).toBe(200);
    expect(await (await send(path)).json()).toEqual(before);
  });

  test('//v1, a trailing slash, any charset, a chunked body: all the same', async () => {
    const body = JSON.stringify({ from: '+19195551234' });
    for (const path of [`/${user()}/conferences`, `${user()}/conferences/`, user(), `${user()}/`]) {
      expect((await post(path, body, { 'content-type': 'application/json; charset=ISO-8859-1' })).status).toBe(201);
    }
    const stream = new ReadableStream({
      start(controller) {
        for (const piece of body.match(/.{1,5}/g) ?? []) controller.enqueue(new TextEncoder().encode(piece));
        controller.close();
      },
    });
    const chunked = { method: 'POST', body: stream, duplex: 'half' } as RequestInit;
    expect((await send(`${user()}/conferences`, chunked)).status).toBe(201);
  });

  test.each([
    ['a broken request line', 'NONSENSE\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['endless headers', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ['a host that is none', 'GET /v1/users/u HTTP/1.1\r\nhost: evil"<x>\r\n\r\n', /^HTTP\/1\.1 40\d /],
  ])('%s is answered in the same shape', async (_name, text, status) => {
    const { hostname, port } = new URL(base());
    const socket = connect(Number(port), hostname);
    socket.write(text);
    const answer = await new Promise<string>((resolve) => {
      let received = '';
      socket.on('data', (chunk) => {
        received += chunk.toString();
        if (/}$/.test(received)) resolve(received);
      });
    });
    socket.destroy();
    expect(answer).toMatch(status);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toHaveProperty('message');
  });

  test('times have no fractions of a second', async () => {
    const { createdTime } = (await (await send(await created())).json()) as { createdTime: string };
    expect(createdTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  test('what cannot be changed yet is refused, not passed over', async () => {
    const answer = await post(await created(), { mute: 'true' });
    expect([answer.status, await answer.json()]).toMatchObject([400, { details: [{ name: 'mute', value: '"true"' }] }]);
  });
});
