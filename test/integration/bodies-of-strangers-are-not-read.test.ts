import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { CallbackTokens } from '../../src/accounts/callback-tokens.ts';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { readConfig } from '../../src/config.ts';
import { startGateway } from '../../src/gateway.ts';
import type { RunningPart } from '../../src/part.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { dataDirectory } from '../support/processes.ts';
import { stranger, type Stranger } from '../support/strangers.ts';
import { stays, until } from '../support/until.ts';

const KEY = 'test:0123456789abcdef0123456789abcdef';
const data = dataDirectory();
let gateway: RunningPart;
beforeAll(async () => {
  // Nothing listens on port 9 (discard): there is no Temporal.
  const settings = { PORT: '0', TEMPORAL_ADDRESS: '127.0.0.1:9', CALLBACK_KEYS: KEY, CONVOKE_DATA_DIR: data.path };
  gateway = await startGateway(readConfig(settings), createLogger('gateway', 'error'));
});
afterAll(async () => {
  await gateway.stop();
  data.remove();
});

let strangers: Stranger[] = [];
afterEach(() => {
  for (const { socket } of strangers) socket.destroy();
  strangers = [];
});

/** A head that promises a body, of which nothing comes. */
function promise(url: string, method: string, path: string, bytes = 60_000, more = ''): Stranger {
  const about = `content-type: application/json\r\ncontent-length: ${bytes}\r\n`;
  const one = stranger(url, `${method} ${path} HTTP/1.1\r\nhost: localhost\r\n${about}${more}\r\n`);
  strangers.push(one);
  return one;
}

const statusOf = ({ received }: Stranger) => /^HTTP\/1\.1 (\d{3})/.exec(received)?.[1];
const answerTo = (one: Stranger) => until('there is an answer', () => statusOf(one), 2_000, 10);

const ids = { userId: 'u-local', conferenceId: `conf-${'a'.repeat(26)}` };
const ours = new CallbackTokens([KEY]).path({ ...ids, channel: 'primary', attemptId: 'run.1' });
const forged = ours.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
const conferences = '/v1/users/u-local/conferences';

describe('is answered before its body has come:', () => {
  test.each([
    ['POST', forged, '404'],
    ['POST', ours.replace('/primary/', '/fallback/'), '404'],
    ['POST', conferences, '401'],
    ['POST', `${conferences}/${ids.conferenceId}/members`, '401'],
    ['POST', '/nowhere', '404'],
    ['PUT', '/nowhere', '404'],
    ['PUT', ours, '404'],
    ['PATCH', conferences, '401'],
    ['DELETE', conferences, '401'],
    ['HEAD', forged, '404'],
    ['GET', conferences, '401'],
    ['OPTIONS', '/healthz', '404'],
  ])('%s %s', async (method, path, status) => {
    expect(await answerTo(promise(gateway.address ?? '', method, path))).toBe(status);
  });

  test('a method that is not possible, also for one who may come in', async () => {
    const more = `authorization: ${basicAuth(LOCAL_ACCOUNT)}\r\n`;
    expect(await answerTo(promise(gateway.address ?? '', 'PUT', conferences, 60_000, more))).toBe('405');
  });
});

test('only the body of one who may send it is waited for', async () => {
  const body = JSON.stringify({ eventType: 'dtmf' });
  const welcome = promise(gateway.address ?? '', 'POST', ours, body.length);
  await stays('there is no answer', () => statusOf(welcome) === undefined, 300);
  welcome.socket.write(body);
  expect(await answerTo(welcome)).toBe('200');
});
