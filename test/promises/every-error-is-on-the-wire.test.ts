import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { pathsOf, routes } from '../../src/catapult/routes.ts';
import { openHouse, type House } from '../support/house.ts';
import { clientOf, describeServers, wireError } from '../support/two-servers.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
const here = () => house;

/** Every path after the user's own that both servers have. */
const ofCatapult = Object.values(routes).filter(({ documentedBy }) => documentedBy === 'catapult');
const paths = [...new Set(ofCatapult.flatMap(pathsOf))];

/** Those paths, with what may be asked there of the gateway, or of a platform. */
function placesOf(server: string): [path: string, allowed: string[]][] {
  const served = server === 'gateway' ? Object.values(routes) : ofCatapult;
  return paths.map((path) => {
    const here = served.filter((route) => pathsOf(route).includes(path));
    return [path.replace(/:\w+/g, 'ID'), here.map(({ method }) => method).sort()];
  });
}

describeServers(here, (server) => {
  const { account, base } = server;
  const { user, send, get, post } = clientOf(server, here);
  const refused = (status: number, code: string, says?: string) => wireError(status, code, says) as object;

  test.each([
    ['no from', {}, 'validation-error', 'from: got nothing, wants an E.164'],
    ['a bad from', { from: '9195551234' }, 'validation-error', 'from: got "9195551234", wants an E.164'],
    ['a bad URL', { callbackUrl: 'ftp://x' }, 'callback-invalid-url', 'callbackUrl: got "ftp://x", wants'],
    ['a long URL', { fallbackUrl: `http://x/${'y'.repeat(2_048)}` }, 'callback-invalid-url', 'fallbackUrl: got'],
    ['too long a timeout', { callbackTimeout: '10001' }, 'validation-error', 'callbackTimeout: got "10001"'],
    ['a bad method', { callbackHttpMethod: 'PUT' }, 'validation-error', 'wants "GET" or "POST"'],
    ['a bad profile', { profile: 'x' }, 'validation-error', 'profile: got "x", wants "interpret_digits"'],
    ['a long tag', { tag: 'x'.repeat(1_025) }, 'validation-error', 'tag: got'],
  ])('400 for a new conference with %s', async (name, body, code, message) => {
    const fields = name === 'no from' ? body : { from: '+1919', ...body };
    const answer = await post(`${user()}/conferences`, fields);
    expect(answer).toMatchObject(refused(400, code, message));
    expect(answer.body).toMatchObject({ category: 'bad-request', details: [{ name: expect.any(String) as unknown }] });
  });

  describe.each(placesOf(server.name))('%s', (route, allowed) => {
    const path = () => user() + route;

    test('401 with WWW-Authenticate for none, wrong or another user’s credentials, before anything else', async () => {
      const { token, userId } = account();
      const attempts = [
        '',
        'Basic !',
        'Bearer x',
        basicAuth({ token, secret: 'x' }),
        basicAuth({ token: userId, secret: '' }),
      ];
      for (const authorization of attempts) {
        const answer = await post(path(), '{', { authorization });
        expect(answer).toMatchObject(refused(401, 'user-access-denied'));
        expect(answer.body).toMatchObject({ category: 'authentication' });
        expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
      }
      expect(await post(`/v1/users/u-other${route}`, {})).toMatchObject(refused(401, 'user-access-denied'));
    });

    test(`405 with Allow: ${allowed.join(', ')} for another method`, async () => {
      for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter((other) => !allowed.includes(other))) {
        const answer = await send(path(), { method });
        expect(answer).toMatchObject(refused(405, 'method-not-allowed', allowed.join(' and ')));
        const possible = allowed.includes('GET') ? [...allowed, 'HEAD'] : allowed;
        expect(answer.headers.get('allow')).toBe(possible.join(', '));
      }
      const odd = await send(path(), { method: 'PUT', body: '<a/>', headers: { 'content-type': 'application/xml' } });
      expect(odd).toMatchObject(refused(405, 'method-not-allowed'));
    });

    test('400 for what is no JSON, or no object', async () => {
      for (const body of ['{"from":', '{"a":NaN}', "{'a':1}", '{"a":1}x']) {
        expect(await post(path(), body)).toMatchObject(refused(400, 'validation-error', 'cannot be read'));
      }
      for (const body of ['"from"', '[]', '5', 'true']) {
        expect(await post(path(), body)).toMatchObject(refused(400, 'validation-error', 'wants a JSON object'));
      }
    });

    test('413 for a body over 64 KB, 415 for another content type', async () => {
      const large = { from: '+1919', note: 'x'.repeat(70_000) };
      expect(await post(path(), large)).toMatchObject(refused(413, 'body-too-large', '65536'));
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml']) {
        const answer = await post(path(), '{"from":"+19195551234"}', { 'content-type': type });
        expect(answer).toMatchObject(refused(415, 'unsupported-media-type', 'application/json'));
      }
    });

    test('400 for an Idempotency-Key that is none', async () => {
      for (const key of ['a b', 'x'.repeat(256), 'é']) {
        const answer = await post(path(), {}, { 'idempotency-key': key });
        expect(answer).toMatchObject(refused(400, 'validation-error', 'Idempotency-Key: got'));
      }
    });
  });

  test('400 for a new conference without a body', async () => {
    for (const path of [user(), `${user()}/conferences`]) {
      expect(await post(path, '')).toMatchObject(refused(400, 'validation-error', 'wants a JSON object'));
      expect(await post(path, 'null')).toMatchObject(refused(400, 'validation-error', 'wants a JSON object'));
    }
  });

  test('404 for a path at which there is nothing', async () => {
    const paths = ['/', '/v2/nothing', '/v1/users', `${user()}/recordings`, `${user()}/conferences/x/dtmf`];
    for (const path of paths) {
      expect(await get(path)).toMatchObject(refused(404, 'resource-not-found'));
      expect(await post(path, {})).toMatchObject(refused(404, 'resource-not-found'));
    }
  });

  const whole = () => `authorization: ${basicAuth(account())}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`;
  test.each([
    ['a broken request line', () => 'NONSENSE\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['endless headers', () => `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ['a host that is none', () => `POST ${user()} HTTP/1.1\r\nhost: evil"<x>\r\n${whole()}`, /^HTTP\/1\.1 400 /],
    ['no host at all', () => `POST ${user()} HTTP/1.1\r\n${whole()}`, /^HTTP\/1\.1 400 /],
    [
      'an expectation',
      () => `POST ${user()} HTTP/1.1\r\nhost: x\r\nexpect: a-miracle\r\n${whole()}`,
      /^HTTP\/1\.1 4\d\d /,
    ],
    ['half a request', () => `POST ${user()} HTTP/1.1\r\nhost: x\r\ncontent-le`, /^HTTP\/1\.1 400 /],
  ])('%s is answered in the same shape', async (_name, request, status) => {
    const { hostname, port } = new URL(base());
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    socket.end(request());
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n');
    expect(head).toMatch(status);
    expect(head).toMatch(/content-type: application\/json/i);
    expect(JSON.parse(body)).toEqual({
      category: 'bad-request',
      code: expect.any(String) as unknown,
      message: expect.any(String) as unknown,
      details: expect.any(Array) as unknown,
    });
  });
});
