import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { CallbackTokens } from '../../src/accounts/callback-tokens.ts';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { readConfig } from '../../src/config.ts';
import { startGateway } from '../../src/gateway.ts';
import type { RunningPart } from '../../src/part.ts';
import { startSandbox } from '../../src/sandbox.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { dataDirectory } from '../support/processes.ts';
import { stranger, type Stranger } from '../support/strangers.ts';
import { timePasses, until } from '../support/until.ts';

const WITHIN_MS = 16_000;
const KEY = 'test:0123456789abcdef0123456789abcdef';
const data = dataDirectory();
let gateway: RunningPart;
let sandbox: RunningPart;

beforeAll(async () => {
  // Nothing listens on port 9 (discard): there is no Temporal.
  const settings = { TEMPORAL_ADDRESS: '127.0.0.1:9', CALLBACK_KEYS: KEY, CONVOKE_DATA_DIR: data.path };
  const config = readConfig({ ...settings, PORT: '0', SANDBOX_PORT: '0' });
  gateway = await startGateway(config, createLogger('gateway', 'error'));
  sandbox = await startSandbox(config, createLogger('sandbox', 'error'));
});
afterAll(async () => {
  await Promise.all([gateway.stop(), sandbox.stop()]);
  data.remove();
});

const credentials = `authorization: ${basicAuth(LOCAL_ACCOUNT)}\r\n`;
const begun = (path: string, more = '') =>
  `POST ${path} HTTP/1.1\r\nhost: localhost\r\n${more}content-type: application/json\r\ncontent-length: 5000\r\n\r\n{"a":`;
const callbackPath = new CallbackTokens([KEY]).path({
  ...{ userId: 'u-local', conferenceId: `conf-${'a'.repeat(26)}` },
  ...{ channel: 'primary', attemptId: 'run.1' },
});

const theyDo: Record<string, string> = {
  'says nothing': '',
  'says half a head': 'GET / HTTP/1.1\r\nhost:',
  'begins a body': begun('/v1/users/u-local/conferences', credentials),
  'begins a body in chunks': begun('/v1/users/u-local/conferences', `${credentials}transfer-encoding: chunked\r\n`)
    .replace('content-length: 5000\r\n', '')
    .replace('{"a":', '5\r\n{"a":\r\n'),
  'begins a body without credentials': begun('/v1/users/u-local/conferences'),
  'begins a body where there is nothing': begun('/nowhere'),
  'begins a callback': begun(callbackPath),
  'begins a callback of nobody': begun('/callbacks/u-local/conf-x/primary/x.y.z'),
  'says what is no HTTP': 'hello\r\n\r\n',
  'expects what nobody can do': 'POST / HTTP/1.1\r\nhost: localhost\r\nexpect: the moon\r\ncontent-length: 5\r\n\r\n',
  'asks for one thing and begins another': `GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n${begun('/nowhere')}`,
};

/** What there is to read is more than the sockets hold. */
async function muchInTheInbox(): Promise<void> {
  const body = 'x'.repeat(60_000);
  for (let sent = 0; sent < 250; sent += 1) await fetch(`${sandbox.address}/sandbox/inbox/a`, { method: 'POST', body });
}

describe('within 16 s a connection is free of one who never closes it, and', () => {
  const strangers: Record<string, Stranger> = {};
  beforeAll(async () => {
    await muchInTheInbox();
    const asksForAll = 'GET /sandbox/inbox/a?list HTTP/1.1\r\nhost: localhost\r\n\r\n';
    strangers['never reads'] = stranger(sandbox.address ?? '', asksForAll, { reads: false });
    for (const [what, sends] of Object.entries(theyDo)) strangers[what] = stranger(gateway.address ?? '', sends);
    await until(
      'all are free',
      () => Object.values(strangers).every(({ freedAfterMs }) => freedAfterMs !== undefined),
      20_000,
    ).catch(() => undefined);
  }, 60_000);
  afterAll(() => Object.values(strangers).forEach(({ socket }) => socket.destroy()));

  test.each([...Object.keys(theyDo), 'never reads'])('%s', (what) => {
    expect(strangers[what]?.freedAfterMs).toBeLessThan(WITHIN_MS);
  });

  test('he is told why, where he reads', () => {
    expect(strangers['begins a body']?.received).toMatch(/^HTTP\/1\.1 408 .*\{"category":"bad-request"/s);
  });
});

test('who takes his time with an answer, but goes on, gets all of it', async () => {
  await muchInTheInbox();
  const answer = await fetch(`${sandbox.address}/sandbox/inbox/a?list`);
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes < 10_000_000) await timePasses('who reads takes his time', 5);
  }
  expect(bytes).toBeGreaterThan(250 * 60_000);
});
