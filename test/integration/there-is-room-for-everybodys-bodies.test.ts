import { once } from 'node:events';
import { fastify } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { BODIES_IN_FLIGHT_BYTES, MAX_BODY_BYTES } from '../../src/catapult/server/budget.ts';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { CallbackTokens } from '../../src/accounts/callback-tokens.ts';
import { answerErrorsOnTheWire, wireServerOptions } from '../../src/catapult/server/answers.ts';
import { boundBodiesInFlight } from '../../src/catapult/server/bodies.ts';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { readConfig } from '../../src/config.ts';
import { startGateway } from '../../src/gateway.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { dataDirectory } from '../support/processes.ts';
import { stranger, type Stranger } from '../support/strangers.ts';
import { until } from '../support/until.ts';

const MOST_BYTES = 100_000;
const JSON_TYPE = { 'content-type': 'application/json' };
const head = (path: string, more: string) =>
  `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${more}\r\n`;

let strangers: Stranger[] = [];
let closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const { socket } of strangers) socket.destroy();
  for (const close of closing) await close();
  strangers = [];
  closing = [];
});

function sends(url: string, what: string): Stranger {
  const one = stranger(url, what);
  strangers.push(one);
  return one;
}

/** A head that promises a body, of which nothing comes. */
const promise = (url: string, path: string, bytes: number) => sends(url, head(path, `content-length: ${bytes}\r\n`));

async function post(url: string, bytes = 2, headers = {}): Promise<Response> {
  const body = JSON.stringify({ note: 'x'.repeat(Math.max(bytes - 11, 0)) });
  return await fetch(url, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body });
}

const isTaken = (url: string, bytes: number) =>
  until(`there is room for ${bytes} bytes`, async () => (await post(url, bytes)).status === 200, 5_000, 20);

const isRefused = (url: string, bytes?: number) =>
  until('there is no room for a body', async () => (await post(url, bytes)).status === 503, 5_000, 20);

describe('on a server with little room', () => {
  let url: string;
  /** The requests that are under way, each to be answered by calling it. */
  let underWay: (() => void)[];
  beforeEach(async () => {
    underWay = [];
    const app = fastify(wireServerOptions);
    answerErrorsOnTheWire(app);
    boundBodiesInFlight(app, MOST_BYTES);
    app.post('/platform', { config: { bodiesFrom: 'platform' } }, () => ({ taken: true }));
    app.post('/slow', { config: { bodiesFrom: 'platform' } }, async () => {
      await new Promise<void>((resolve) => underWay.push(resolve));
      return { taken: true };
    });
    app.post('/of/:userId', () => ({ taken: true }));
    url = await app.listen({ host: '127.0.0.1', port: 0 });
    closing.push(() => app.close());
  });

  test('beyond the bound the answer is 503 on the wire; there is room again when what was sent is gone', async () => {
    const one = promise(url, '/platform', 60_000);
    const other = promise(url, '/platform', 39_999);
    await isRefused(`${url}/platform`);
    const refused = await post(`${url}/platform`);
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([
      503,
      '1',
      {
        category: 'unavailable',
        code: 'gateway-unavailable',
        message: 'Too much is being sent to this server at this moment; send the request again.',
        details: [{ name: 'Retry-After', value: '1' }],
      },
    ]);
    expect((await fetch(url)).status).toBe(404);
    one.socket.destroy();
    await isTaken(`${url}/platform`, 50_000);
    other.socket.write(JSON.stringify({ note: 'x'.repeat(39_988) }));
    await until('it is answered', () => other.received.startsWith('HTTP/1.1 200'), 2_000, 10);
    const all = await Promise.all(Array.from({ length: 200 }, () => post(`${url}/platform`)));
    expect(all.filter(({ status }) => status !== 200)).toEqual([]);
  });

  test('what waits behind another request of its connection gives its room back when the connection ends, and once only', async () => {
    const body = JSON.stringify({ note: 'x'.repeat(19_989) });
    const pipelined = sends(url, (head('/slow', `content-length: ${body.length}\r\n`) + body).repeat(4));
    await until('all four are under way', () => underWay.length === 4, 2_000, 10);
    pipelined.socket.destroy();
    await isTaken(`${url}/platform`, 60_000);
    for (const answer of underWay) answer();
    promise(url, '/platform', 60_000);
    await isRefused(`${url}/platform`, 50_000);
  });

  test('so does what is answered in its turn', async () => {
    const body = JSON.stringify({ note: 'x'.repeat(9_989) });
    const pipelined = sends(url, (head('/slow', `content-length: ${body.length}\r\n`) + body).repeat(9));
    await until('all are under way', () => underWay.length === 9, 3_000, 10);
    for (const answer of underWay) answer();
    const answers = () => pipelined.received.split('HTTP/1.1 200').length - 1;
    await until('all are answered', () => answers() === 9, 3_000, 10);
    await isTaken(`${url}/platform`, 60_000);
    const ended = once(pipelined.socket, 'close');
    pipelined.socket.destroy();
    await ended;
    promise(url, '/platform', 60_000);
    await isRefused(`${url}/platform`, 50_000);
  });

  test('an account gets half of what the others leave, and the platform has room of its own', async () => {
    for (const account of ['a', 'b', 'c']) for (let n = 0; n < 20; n += 1) promise(url, `/of/${account}`, 5_000);
    for (const account of ['a', 'b', 'c']) await isRefused(`${url}/of/${account}`, 5_000);
    const statuses = async (...paths: string[]) =>
      await Promise.all(paths.map(async (path) => (await post(url + path, 5_000)).status));
    expect(await statuses('/of/a', '/of/b', '/of/c', '/of/d', '/platform')).toEqual([503, 503, 503, 200, 200]);
    expect((await post(`${url}/platform`, 60_000)).status).toBe(200);
    for (const { socket } of strangers) socket.destroy();
    await isTaken(`${url}/of/a`, 45_000);
  });

  test('what the platform sends takes no room from the accounts', async () => {
    promise(url, '/platform', 60_000);
    promise(url, '/platform', 39_999);
    await isRefused(`${url}/platform`);
    expect([(await post(`${url}/platform`)).status, (await post(`${url}/of/a`, 45_000)).status]).toEqual([503, 200]);
  });
});

test('a gateway takes callbacks while a client of its API has begun more bodies than there is room for', async () => {
  const data = dataDirectory();
  const key = 'test:0123456789abcdef0123456789abcdef';
  // Nothing listens on port 9 (discard): there is no Temporal.
  const settings = { PORT: '0', TEMPORAL_ADDRESS: '127.0.0.1:9', CALLBACK_KEYS: key, CONVOKE_DATA_DIR: data.path };
  const gateway = await startGateway(readConfig(settings), createLogger('gateway', 'silent'));
  closing.push(async () => {
    await gateway.stop();
    data.remove();
  });
  const url = gateway.address ?? '';
  const ids = { userId: LOCAL_ACCOUNT.userId, conferenceId: `conf-${'a'.repeat(26)}` };
  const authorization = basicAuth(LOCAL_ACCOUNT);
  const conferences = `/v1/users/${LOCAL_ACCOUNT.userId}/conferences`;
  const chunked = head(conferences, `authorization: ${authorization}\r\ntransfer-encoding: chunked\r\n`);
  const count = BODIES_IN_FLIGHT_BYTES / MAX_BODY_BYTES + 3;
  for (let n = 0; n < count; n += 1) sends(url, chunked);
  const isShareTaken = async () => (await post(url + conferences, 2, { authorization })).status === 503;
  await until('the client has taken its share', isShareTaken, 5_000, 50);
  const refused = () => strangers.filter(({ received }) => received.startsWith('HTTP/1.1 503')).length;
  await until('what is beyond it is refused', () => refused() >= count / 2, 5_000, 50);
  const path = new CallbackTokens([key]).path({ ...ids, channel: 'primary', attemptId: 'run.1' });
  const body = JSON.stringify({ eventType: 'dtmf' });
  expect((await fetch(url + path, { method: 'POST', headers: JSON_TYPE, body })).status).toBe(200);
});
