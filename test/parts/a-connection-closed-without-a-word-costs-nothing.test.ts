import type { Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { createDeliverer } from '../../src/delivery/deliver.ts';
import { createPlatformClient } from '../../src/platform/client.ts';
import { RawServer } from '../support/raw-server.ts';
import { timePasses } from '../support/until.ts';

/*
 * Many servers close a connection after an answer and do not say so in it. A request that meets that is repeated where it does no harm,
 * on a connection of its own; what must not be done twice never takes a connection that was kept.
 */

const ACCOUNT = { userId: 'u-platform', token: 't', secret: 's' };
const OURS = {
  callbackUrl: 'http://a',
  callbackHttpMethod: 'POST',
  callbackTimeout: 10_000,
  fallbackUrl: 'http://b',
} as const;
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const MADE = 'HTTP/1.1 201 Created\r\nlocation: /v1/users/u/calls/c-1\r\ncontent-length: 0\r\n\r\n';

let server: RawServer;
afterEach(() => server.close());

/** Answers the first request of each connection, and breaks it with the second one. */
async function answerOncePerConnection(answer: string): Promise<string> {
  const seen = new WeakSet<Socket>();
  server = await new RawServer((socket) => {
    if (seen.has(socket)) return void socket.destroy();
    seen.add(socket);
    socket.write(answer);
  }).open();
  return `http://127.0.0.1:${server.port}`;
}

async function deliver(callbackUrl: string, times: number) {
  const deliverer = createDeliverer(['127.0.0.0/8']);
  const target = { callbackUrl, callbackHttpMethod: 'POST', callbackTimeout: 1_000 } as const;
  const signing = { id: 'msg_1', sequence: 1, secrets: ['whsec_c2VjcmV0'] };
  const made = [];
  for (let time = 0; time < times; time += 1) {
    made.push(...(await deliverer.deliver({ event: { eventType: 'dtmf' }, signing }, target)));
    await timePasses('the connection becomes free', 50);
  }
  await deliverer.close();
  return made;
}

test('a delivery that meets one is sent once more, as the same', async () => {
  expect(await deliver(await answerOncePerConnection(OK), 2)).toMatchObject([{ ok: true }, { ok: true }]);
  expect(server.connections).toBe(2);
  expect(server.requests).toHaveLength(3);
  expect(server.requests.filter((request) => request.includes('webhook-id: msg_1'))).toHaveLength(3);
});

test('a delivery of which an answer had begun is not, nor one that broke a new connection', async () => {
  server = await new RawServer((socket) => {
    if (server.requests.length === 1) socket.write(OK);
    else socket.end('HTTP/1.1 2');
  }).open();
  expect(await deliver(`http://127.0.0.1:${server.port}`, 2)).toMatchObject([{ ok: true }, { ok: false }]);
  expect(server.requests).toHaveLength(2);
  await server.close();
  server = await new RawServer((socket) => void socket.destroy()).open();
  expect(await deliver(`http://127.0.0.1:${server.port}`, 1)).toMatchObject([{ ok: false }]);
  expect(server.requests).toHaveLength(1);
});

test('a second try ends with the time of the first', async () => {
  server = await new RawServer((socket) => {
    if (server.requests.length === 1) socket.write(OK);
    else if (server.requests.length === 2) setTimeout(() => socket.destroy(), 600);
  }).open();
  const [, second] = await deliver(`http://127.0.0.1:${server.port}`, 2);
  expect(second).toMatchObject({ ok: false, result: 'no answer in time' });
  expect(second?.milliseconds).toBeLessThan(1_500);
  expect(server.requests).toHaveLength(3);
});

test('calls, members and audio each have a connection of their own; a mute and a reading meet one and are repeated', async () => {
  const platform = createPlatformClient(await answerOncePerConnection(MADE));
  const member = { callId: 'c-1' } as Parameters<typeof platform.addMember>[2];
  const outcomes = [];
  for (const sendIt of [
    () =>
      platform.dial(ACCOUNT, { from: '+19195551234', to: '+19195550001', ...OURS } as Parameters<
        typeof platform.dial
      >[1]),
    () => platform.addMember(ACCOUNT, 'conf-1', member),
    () => platform.playAudio(ACCOUNT, { conferenceId: 'conf-1' }, { fileUrl: 'http://a/b.mp3' }),
  ])
    for (let time = 0; time < 2; time += 1) {
      outcomes.push((await sendIt()).outcome);
      await timePasses('the connection becomes free', 20);
    }
  expect(outcomes).toEqual(Array(6).fill('done'));
  expect([server.connections, server.requests.length]).toEqual([6, 6]);
  for (let time = 0; time < 2; time += 1) {
    expect(await platform.updateMember(ACCOUNT, { conferenceId: 'c', memberId: 'm' }, { mute: true })).toEqual({
      outcome: 'done',
    });
    await timePasses('the connection becomes free', 20);
  }
  expect([server.connections, server.requests.length]).toEqual([8, 9]);
  await platform.close();
});

test('an upgrade that nobody asked for leaves it unknown at once whether a call was made', async () => {
  for (const head of ['', 'connection: upgrade\r\nupgrade: x\r\n']) {
    server = await new RawServer(
      (socket) => void socket.write(`HTTP/1.1 101 Switching Protocols\r\n${head}\r\n`),
    ).open();
    const platform = createPlatformClient(`http://127.0.0.1:${server.port}`);
    const startedAt = performance.now();
    const call = { from: '+19195551234', to: '+19195550001', ...OURS } as Parameters<typeof platform.dial>[1];
    expect(await platform.dial(ACCOUNT, call)).toMatchObject({ outcome: 'lost' });
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    await platform.close();
    await server.close();
  }
});
