import type { Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { createPlatformClient, type PlatformOutcome } from '../../src/platform/client.ts';
import { RawServer } from '../support/raw-server.ts';
import { timePasses } from '../support/until.ts';

/* Whether a call to the platform may have been done decides whether it may be made again: it is never guessed, and none is made twice. */

const ACCOUNT = { userId: 'u-platform', token: 't', secret: 's' };
const UNSENT = { outcome: 'unavailable', isUndone: true };
const LOST = { outcome: 'lost' };

const DONE = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';

interface Came {
  outcome: PlatformOutcome;
  requests: number;
  connections: number;
}

/** A change is asked of a platform that answers so, so often, each a moment after the last; what came of it in the end. */
async function change(
  answer: (socket: Socket, count: number) => void,
  { times = 1, scheme = 'http' }: { times?: number; scheme?: 'http' | 'https' } = {},
): Promise<Came> {
  const server = await new RawServer((socket) => answer(socket, server.requests.length)).open();
  const platform = createPlatformClient(`${scheme}://127.0.0.1:${server.port}`);
  let outcome: PlatformOutcome = { outcome: 'done' };
  for (let time = 0; time < times; time += 1) {
    outcome = await platform.updateConference(ACCOUNT, 'conf-1', { mute: true });
    await timePasses('the connection becomes free, or is closed', 150);
  }
  await server.close();
  await platform.close();
  return { outcome, requests: server.requests.length, connections: server.connections };
}

async function changeAt(url: string): Promise<PlatformOutcome> {
  const platform = createPlatformClient(url);
  const outcome = await platform.updateConference(ACCOUNT, 'conf-1', { mute: true });
  await platform.close();
  return outcome;
}

test.concurrent('a connection that is refused: never sent', async () => {
  const server = await new RawServer(() => undefined).open();
  const { port } = server;
  await server.close();
  expect(await changeAt(`http://127.0.0.1:${port}`)).toMatchObject(UNSENT);
});

test.concurrent('a name that does not exist: never sent', async () => {
  expect(await changeAt('http://no-such-platform.invalid')).toMatchObject(UNSENT);
});

test.concurrent('TLS that is never agreed on: never sent', async () => {
  const { outcome } = await change(() => undefined, { scheme: 'https' });
  expect(outcome).toMatchObject(UNSENT);
  expect(JSON.stringify(outcome)).toContain('5 s passed');
});

test.concurrent('a server that speaks no TLS: never sent', async () => {
  const { outcome } = await change((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), { scheme: 'https' });
  expect(outcome).toMatchObject(UNSENT);
});

test.concurrent('a connection that breaks after the request: lost', async () => {
  expect(await change((socket) => socket.destroy())).toMatchObject({ outcome: LOST, requests: 1 });
});

test.concurrent('no answer in time: lost', async () => {
  expect(await change(() => undefined)).toMatchObject({ outcome: LOST, requests: 1 });
});

test.concurrent('a refusal that breaks off: lost', async () => {
  const head = 'HTTP/1.1 403 Forbidden\r\ncontent-length: 90\r\n\r\n';
  expect(await change((socket) => socket.end(`${head}{"category"`))).toMatchObject({ outcome: LOST, requests: 1 });
});

test.concurrent('a kept connection that breaks with the next request, and so does a new one: lost', async () => {
  const came = await change((socket, count) => (count === 1 ? socket.write(DONE) : socket.destroy()), { times: 2 });
  expect(came).toMatchObject({ outcome: LOST, requests: 3, connections: 2 });
});

test.concurrent('a kept connection that breaks, and then none to be had: lost, not unsent', async () => {
  const server = await new RawServer((socket) => {
    if (server.requests.length === 1) return void socket.write(DONE);
    socket.destroy();
    server.stopListening();
  }).open();
  const platform = createPlatformClient(`http://127.0.0.1:${server.port}`);
  await platform.updateConference(ACCOUNT, 'conf-1', { mute: true });
  await timePasses('the connection becomes free, or is closed', 150);
  const outcome = await platform.updateConference(ACCOUNT, 'conf-1', { mute: true });
  await platform.close();
  expect(outcome).toMatchObject(LOST);
  expect(outcome).not.toHaveProperty('isUndone');
});

test.concurrent('a kept connection that the server has closed meanwhile: a new one, and done', async () => {
  const answer = (socket: Socket) => {
    socket.write(DONE);
    setTimeout(() => socket.end(), 50);
  };
  expect(await change(answer, { times: 3 })).toEqual({ outcome: { outcome: 'done' }, requests: 3, connections: 3 });
});

test.concurrent('a body without end after the answer: done', async () => {
  const { outcome } = await change((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\nx'));
  expect(outcome).toEqual({ outcome: 'done' });
});
