import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fastify, type FastifyInstance } from 'fastify';
import { answerErrorsOnTheWire, wireServerOptions } from '../../src/catapult/server/answers.ts';
import { takeLocalOnly } from '../../src/catapult/server/local-only.ts';
import { createTemporalUi } from '../../src/dev/temporal-ui.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { PLATFORM_ACCOUNT } from '../support/platforms.ts';

/** The status of an answer, by headers that `fetch` would not send. */
function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sending = request(url, { headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sending.on('error', reject).end();
  });
}

describe.each(['a sandbox on this machine', 'a server that is known by another name too'])('%s', (which) => {
  let sandbox: Sandbox | undefined;
  let app: FastifyInstance;
  let url: string;
  beforeAll(async () => {
    if (which.startsWith('a sandbox')) {
      sandbox = createSandbox(PLATFORM_ACCOUNT, { isLocal: true });
      app = sandbox.app;
    } else {
      app = fastify(wireServerOptions);
      answerErrorsOnTheWire(app);
      takeLocalOnly(app, ['tunnel.example']);
      app.get('/healthz', () => ({}));
    }
    url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/healthz`;
  });
  afterAll(() => sandbox?.close() ?? app.close());

  test.each([
    [{}],
    [{ host: 'localhost:8181' }],
    [{ host: 'LOCALHOST' }],
    [{ host: '127.0.0.1' }],
    [{ host: '[::1]:8181' }],
    [{ origin: 'http://127.0.0.1:8233' }],
    [{ 'sec-fetch-site': 'same-origin' }],
    [{ 'sec-fetch-site': 'none' }],
  ])('takes what comes from here: %j', async (headers) => expect(await statusOf(url, headers)).toBe(200));

  test.each([
    [{ host: 'evil.example' }],
    // A name that has been led here.
    [{ host: 'evil.example:8181' }],
    [{ host: '127.0.0.1.evil.example' }],
    [{ host: 'localhost.evil.example' }],
    [{ host: 'evil.example:127' }],
    [{ host: '169.254.169.254' }],
    [{ origin: 'https://evil.example' }],
    [{ origin: 'http://127.0.0.1.evil.example' }],
    [{ origin: 'null' }],
    [{ 'sec-fetch-site': 'cross-site' }],
  ])('refuses what a page from elsewhere sends: %j', async (headers) => expect(await statusOf(url, headers)).toBe(404));

  test('takes the other name where it has one', async () => {
    const expected = which.startsWith('a sandbox') ? 404 : 200;
    expect(await statusOf(url, { host: 'tunnel.example' })).toBe(expected);
    expect(await statusOf(url, { host: 'not-tunnel.example' })).toBe(404);
  });
});

describe('the Temporal UI, which itself takes any name', () => {
  const inner = createServer((asked, answer) => {
    asked.pipe(answer.writeHead(201, { 'x-asked': `${asked.method} ${asked.url} ${String(asked.headers['x-csrf'])}` }));
  });
  let page: FastifyInstance;
  let url: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => inner.listen(0, '127.0.0.1', resolve));
    const { port } = inner.address() as AddressInfo;
    page = createTemporalUi(port, { host: '127.0.0.1', isLocal: true });
    url = await page.listen({ host: '127.0.0.1', port: 0 });
  });
  afterAll(async () => {
    await page.close();
    inner.close();
  });

  test('is asked as it was, and its answers come as they are', async () => {
    const headers = { 'content-type': 'application/json', 'x-csrf': 'token' };
    const answer = await fetch(`${url}/api/v1/x?y=%2F`, { method: 'POST', headers, body: '{"signal":"x"}' });
    expect([answer.status, answer.headers.get('x-asked')]).toEqual([201, 'POST /api/v1/x?y=%2F token']);
    expect(await answer.text()).toBe('{"signal":"x"}');
  });

  test.each([{ host: 'evil.example' }, { origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }])(
    'is not reached by a page from elsewhere: %j',
    async (headers) => expect(await statusOf(url, headers as Record<string, string>)).toBe(404),
  );
});
