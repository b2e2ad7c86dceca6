import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { fastify, type FastifyInstance } from 'fastify';
import { Accounts, type Account } from '../../src/accounts/accounts.ts';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { catapultError } from '../../src/catapult/errors.ts';
import { answerErrorsOnTheWire, wireServerOptions } from '../../src/catapult/server/answers.ts';
import { serveRoutes } from '../../src/catapult/server/serve.ts';
import { auditRequests } from '../../src/gateway/audit.ts';
import { until } from '../support/until.ts';

/* Who asked for what, from where, and what became of it: each request of an account, in the audit log. */

const WEBHOOK = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const SECRET = 'a-secret-that-nobody-may-read';
const token = (id: string, scope: 'read' | 'write') =>
  ({ id, scope, secretSha256: createHash('sha256').update(SECRET).digest('hex') }) as const;
const account: Account = {
  userId: 'u-1',
  webhookSecret: WEBHOOK,
  tokens: [token('t-w', 'write'), token('t-r', 'read')],
};
const accounts = new Accounts([account]);
const OPERATOR = { token: 'op', secret: 'of-the-operator' };
const conferences = '/v1/users/u-1/conferences';

let app: FastifyInstance;
let url: string;
let lines: Record<string, unknown>[];
let finish: () => void;
beforeEach(async () => {
  lines = [];
  app = fastify({ ...wireServerOptions, trustProxy: ['127.0.0.1'] });
  answerErrorsOnTheWire(app);
  auditRequests(app, { accounts, operator: OPERATOR, audit: { write: (line) => void lines.push(line) } });
  const slow = new Promise<void>((resolve) => (finish = resolve));
  serveRoutes(app, {
    authenticate: (userId, credentials) => {
      if (credentials.token === OPERATOR.token && credentials.secret === OPERATOR.secret) return 'operate';
      const scope = accounts.verify(userId, credentials);
      return scope === 'read' ? 'read' : scope !== undefined;
    },
    handlers: {
      createConference: async ({ request }) => {
        if (request.tag === 'refused') throw catapultError('rate-limit-reached', 'Too many.');
        if (request.tag === 'slow') await slow;
        return { status: 201, made: { conferenceId: 'conf-made' } };
      },
      listConferences: async () => ({ status: 200, body: { conferences: [] } }),
    },
  });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  finish();
  await app.close();
});

type Credentials = { token: string; secret: string };
const WRITE = { token: 't-w', secret: SECRET };

async function ask(
  method: 'GET' | 'POST',
  path: string,
  credentials: Credentials = WRITE,
  tag?: string,
): Promise<number> {
  const headers = { authorization: basicAuth(credentials), 'x-forwarded-for': '198.51.100.7' };
  const body = method === 'GET' ? undefined : JSON.stringify({ from: '+19195551234', tag });
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(url + path, { method, headers: { ...headers, ...type }, ...(body && { body }) });
  await answer.text();
  return answer.status;
}

const untilTold = (number: number) => until(`${number} lines are there`, () => lines.length >= number, 5_000);

test('the account and its token, the request, what was made, the outcome, and the address of the client behind its proxy', async () => {
  expect(await ask('POST', conferences)).toBe(201);
  await untilTold(1);
  expect(await ask('GET', `${conferences}?tag=private`, { token: 't-r', secret: SECRET })).toBe(200);
  await untilTold(2);
  const common = { event: 'request', account: 'u-1', path: conferences, address: '198.51.100.7' };
  expect(lines).toEqual([
    { ...common, token: 't-w', method: 'POST', outcome: 201, made: 'conf-made' },
    { ...common, token: 't-r', method: 'GET', outcome: 200 },
  ]);
});

test('also a request that was refused: for its fields, its token, or its secret', async () => {
  expect(await ask('POST', conferences, WRITE, 'x'.repeat(2_000))).toBe(400);
  await untilTold(1);
  expect(await ask('POST', conferences, { token: 't-r', secret: SECRET })).toBe(401);
  await untilTold(2);
  expect(lines.map(({ outcome, token: by }) => [outcome, by])).toEqual([
    [400, 't-w'],
    [401, 't-r'],
  ]);
});

test('an operator is told from the account that is looked at', async () => {
  expect(await ask('GET', conferences, OPERATOR)).toBe(200);
  await untilTold(1);
  expect(lines[0]).toMatchObject({ account: 'u-1', operator: 'op', outcome: 200 });
  expect(lines[0]).not.toHaveProperty('token');
});

test('no secret, wherever the client has put it', async () => {
  await ask('GET', conferences, { token: SECRET, secret: 't-w' });
  await ask('GET', `${conferences}?secret=${SECRET}`);
  await untilTold(2);
  expect(JSON.stringify(lines)).not.toContain(SECRET);
});

test('a client that has gone away before it was answered is told of as such', async () => {
  const { hostname, port } = new URL(url);
  const body = JSON.stringify({ from: '+19195551234', tag: 'slow' });
  const head = `POST ${conferences} HTTP/1.1\r\nhost: x\r\nauthorization: ${basicAuth(WRITE)}\r\ncontent-type: application/json`;
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(`${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  socket.on('error', () => undefined);
  setTimeout(() => socket.destroy(), 100);
  await untilTold(1);
  expect(lines[0]).toMatchObject({ account: 'u-1', outcome: 'client gone', address: '127.0.0.1' });
});

test('who is refused a thousand times makes one line, with a second one that counts the others', async () => {
  const refused = (userId: string) => ask('GET', `/v1/users/${userId}/conferences`, { token: 't-w', secret: 'wrong' });
  for (let time = 0; time < 50; time += 1) await refused('u-1');
  // Names of accounts that there are not cost nothing, and make no line each.
  for (let time = 0; time < 50; time += 1) await refused(`u-none-${time}`);
  for (let time = 0; time < 20; time += 1) expect(await ask('POST', conferences, WRITE, 'refused')).toBe(429);
  expect(lines.map(({ account: whose, outcome, times }) => [whose, outcome, times])).toEqual([
    ['u-1', 401, 1],
    ['u-none-0', 401, 1],
    ['u-1', 429, 1],
  ]);
  await app.close();
  expect(lines.slice(3).map(({ account: whose, outcome, times }) => [whose, outcome, times])).toEqual([
    ['u-1', 401, 49],
    ['u-none-49', 401, 49],
    ['u-1', 429, 19],
  ]);
});

test('what is no request of an account makes no line', async () => {
  await fetch(`${url}/v1/nothing`);
  await fetch(`${url}/nothing`);
  expect(await ask('POST', conferences)).toBe(201);
  await untilTold(1);
  expect(lines).toHaveLength(1);
});
