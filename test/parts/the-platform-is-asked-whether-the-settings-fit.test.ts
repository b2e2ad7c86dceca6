import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { HttpClient } from '../../src/http/client.ts';
import { verdictOf, watchPlatform } from '../../src/platform/check.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/server.ts';

const ACCOUNT = { userId: 'u-platform', token: 't-platform', secret: 's-platform' };

const http = new HttpClient();
let sandbox: Sandbox;
let platform: string;
/** Answers everything with 404 and a page, or with the status that the path names. */
let website: Server;
let site: string;
beforeAll(async () => {
  sandbox = createSandbox(ACCOUNT);
  platform = await sandbox.app.listen({ host: '127.0.0.1', port: 0 });
  website = createServer((request, response) => {
    response.writeHead(Number(/^\/(\d{3})\//.exec(request.url ?? '')?.[1] ?? 404)).end('<html>');
  });
  await new Promise<void>((resolve) => website.listen(0, '127.0.0.1', resolve));
  site = `http://127.0.0.1:${(website.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await http.close();
  await sandbox.close();
  website.closeAllConnections();
  await new Promise((resolve) => website.close(resolve));
});

test('settings that fit are fine, with a slash at the end too', async () => {
  expect(await verdictOf(http, platform, ACCOUNT)).toEqual({ is: 'fine' });
  expect(await verdictOf(http, `${platform}/`, ACCOUNT)).toEqual({ is: 'fine' });
});

test.each(['userId', 'token', 'secret'])('credentials that are refused name their settings: %s', async (field) => {
  const verdict = await verdictOf(http, platform, { ...ACCOUNT, [field]: 'wrong' });
  const why = expect.stringMatching(
    /refuses our credentials \(401\): see PLATFORM_USER_ID, PLATFORM_TOKEN and/,
  ) as unknown;
  expect(verdict).toEqual({ is: 'wrong', why });
});

test.each([
  ['a path below the API', () => `${platform}/catapult`],
  ['a website', () => site],
  ['something that answers 200', () => `${site}/200`],
  ['something that sends us elsewhere', () => `${site}/302`],
])('%s is not the base of the API, and PLATFORM_URL is named', async (_what, url) => {
  const verdict = await verdictOf(http, url(), ACCOUNT);
  const why = expect.stringMatching(/^PLATFORM_URL: .* is not the base of the platform's API/) as unknown;
  expect(verdict).toEqual({ is: 'wrong', why });
});

test.each([
  ['has trouble of its own', () => `${site}/503`],
  ['has too much to do', () => `${site}/429`],
  ['is away', () => 'http://127.0.0.1:9'],
])('of a platform that %s nothing is known yet', async (_what, url) => {
  expect(await verdictOf(http, url(), ACCOUNT)).toMatchObject({ is: 'unknown' });
});

test('what does not fit is logged, once', async () => {
  const lines: string[] = [];
  let said: () => void = () => undefined;
  const isSaid = new Promise<void>((resolve) => (said = resolve));
  const logger = pino({}, { write: (line) => (lines.push(line), said()) });
  const stop = watchPlatform(platform, { ...ACCOUNT, secret: 'wrong' }, logger);
  await isSaid;
  await stop();
  expect(lines).toEqual([expect.stringContaining('PLATFORM_TOKEN and PLATFORM_SECRET')]);
});
