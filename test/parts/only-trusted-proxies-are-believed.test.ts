import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { fastify, type FastifyInstance } from 'fastify';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { answerErrorsOnTheWire, wireServerOptions } from '../../src/catapult/server/answers.ts';
import type { Service } from '../../src/catapult/server/handlers.ts';
import { serveRoutes } from '../../src/catapult/server/serve.ts';

/* What a request says of where it comes from: taken from the proxies that TRUSTED_PROXIES names, and from nobody else. */

const account = { token: 't', secret: 's' };
const open: FastifyInstance[] = [];
let seen: string[] = [];
let urls: Record<'trusting' | 'other' | 'named', string>;

async function serve(trustProxy: string[] | false, publicUrl?: string): Promise<string> {
  const app = fastify({ ...wireServerOptions, trustProxy });
  answerErrorsOnTheWire(app);
  const authenticate: Service['authenticate'] = (_userId, _credentials, address) => seen.push(address) > 0;
  const handlers: Service['handlers'] = {
    createConference: () => Promise.resolve({ status: 201, made: { conferenceId: 'conf-1' } }),
  };
  serveRoutes(app, { authenticate, handlers }, publicUrl);
  open.push(app);
  return await app.listen({ host: '127.0.0.1', port: 0 });
}

beforeAll(async () => {
  urls = {
    trusting: await serve(['127.0.0.0/8']),
    other: await serve(['192.0.2.0/24']),
    named: await serve(['127.0.0.0/8'], 'https://convoke.example'),
  };
});
afterAll(() => Promise.all(open.map((app) => app.close())));

/** Where a request comes from, and what its Location begins with, as the server has it. */
async function ask(url: string, headers: Record<string, string>): Promise<[address: string | undefined, base: string]> {
  seen = [];
  const answer = await fetch(`${url}/v1/users/u/conferences`, {
    method: 'POST',
    headers: { authorization: basicAuth(account), 'content-type': 'application/json', ...headers },
    body: '{"from": "+19195551234"}',
  });
  const [base = ''] = (answer.headers.get('location') ?? '').split('/v1/');
  return [seen[0], base];
}

const forwarded = {
  'x-forwarded-for': '198.51.100.7',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'seen.example',
};

test('a trusted proxy says where a request comes from, and that it came by TLS', async () => {
  expect(await ask(urls.trusting, forwarded)).toEqual(['198.51.100.7', 'https://seen.example']);
});

test('what the client itself has put before that counts for nothing', async () => {
  const [address] = await ask(urls.trusting, { 'x-forwarded-for': '10.0.0.1, 203.0.113.9' });
  expect(address).toBe('203.0.113.9');
});

test('anybody else is taken for what comes from its own address', async () => {
  expect(await ask(urls.other, forwarded)).toEqual(['127.0.0.1', urls.other]);
});

test('the standard’s own header (RFC 7239) is taken from nobody, as most proxies let it pass from whoever sends it', async () => {
  const standard = { forwarded: 'for=10.0.0.1;proto=https;host=evil.example' };
  for (const url of [urls.trusting, urls.other]) expect(await ask(url, standard)).toEqual(['127.0.0.1', url]);
});

test('PUBLIC_URL says what Location begins with, whatever anybody says', async () => {
  expect(await ask(urls.named, forwarded)).toEqual(['198.51.100.7', 'https://convoke.example']);
});
