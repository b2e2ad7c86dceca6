import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createDeliverer } from '../../src/delivery/deliver.ts';
import { createPlatformClient } from '../../src/platform/client.ts';
import { RawServer } from '../support/raw-server.ts';
import { timePasses } from '../support/until.ts';

/*
 * Proxies and frameworks send informational answers that nobody asked for, and long heads. The answer is the one that follows: its
 * status counts, and it is an answer to one request.
 */

const ACCOUNT = { userId: 'u-platform', token: 't', secret: 's' };
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const CREATED = 'HTTP/1.1 201 Created\r\nlocation: /v1/users/u/conferences/conf-7\r\ncontent-length: 0\r\n\r\n';
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const PROCESSING = 'HTTP/1.1 102 Processing\r\n\r\n';
const HINTS = 'HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n';
const LONG_HEAD = Array.from({ length: 16 }, (_, number) => `x-policy-${number}: ${'p'.repeat(4_070)}\r\n`).join('');

const answers = [
  ['100 Continue', (answer: string) => CONTINUE + answer],
  ['100 Continue twice', (answer: string) => CONTINUE + CONTINUE + answer],
  ['102 Processing', (answer: string) => PROCESSING + answer],
  ['103 Early Hints twice, and 102', (answer: string) => HINTS + HINTS + PROCESSING + answer],
  ['nothing, and a head of 64 KB', (answer: string) => answer.replace('content-length', `${LONG_HEAD}content-length`)],
] as const;

let server: RawServer;
afterEach(() => server.close());

async function serve(bytes: string): Promise<string> {
  server = await new RawServer((socket: Socket) => void socket.write(bytes)).open();
  return `http://127.0.0.1:${server.port}`;
}

describe.each(answers)('after %s', (_name, written) => {
  test('a delivery is delivered, by one request', async () => {
    const callbackUrl = await serve(written(OK));
    const deliverer = createDeliverer(['127.0.0.0/8']);
    const target = { callbackUrl, callbackHttpMethod: 'POST', callbackTimeout: 5_000 } as const;
    const attempts = await deliverer.deliver({ event: { eventType: 'dtmf' } }, target);
    await deliverer.close();
    expect(attempts).toMatchObject([{ ok: true, result: '200' }]);
    expect(server.requests).toHaveLength(1);
  });

  test('a change on the platform is done, by one request', async () => {
    const platform = createPlatformClient(await serve(written(OK)));
    const outcome = await platform.updateMember(ACCOUNT, { conferenceId: 'c', memberId: 'm' }, { mute: true });
    await platform.close();
    expect(outcome).toEqual({ outcome: 'done' });
    expect(server.requests).toHaveLength(1);
  });

  test('a conference that the platform makes has its id', async () => {
    const platform = createPlatformClient(await serve(written(CREATED)));
    const callbacks = { callbackUrl: 'http://a', fallbackUrl: 'http://b', callbackTimeout: 10_000 };
    const outcome = await platform.createConference(ACCOUNT, {
      from: '+19195551234',
      profile: 'interpret_digits',
      callbackHttpMethod: 'POST',
      ...callbacks,
    });
    await platform.close();
    expect(outcome).toEqual({ outcome: 'done', id: 'conf-7' });
    expect(server.requests).toHaveLength(1);
  });
});

test('a connection that is kept takes the next request', async () => {
  const callbackUrl = await serve(CONTINUE + OK);
  const deliverer = createDeliverer(['127.0.0.0/8']);
  const target = { callbackUrl, callbackHttpMethod: 'POST', callbackTimeout: 5_000 } as const;
  for (let event = 0; event < 3; event += 1) {
    expect(await deliverer.deliver({ event: { eventType: 'dtmf' } }, target)).toMatchObject([{ ok: true }]);
    // The answer counts as soon as its head is there; its connection is free when its body has come.
    await timePasses('the connection becomes free', 50);
  }
  await deliverer.close();
  expect([server.requests.length, server.connections]).toEqual([3, 1]);
});

test('an upgrade that nobody asked for is no answer, and does not hang', async () => {
  const callbackUrl = await serve('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
  const deliverer = createDeliverer(['127.0.0.0/8']);
  const target = { callbackUrl, callbackHttpMethod: 'POST', callbackTimeout: 5_000 } as const;
  const [attempt] = await deliverer.deliver({ event: { eventType: 'dtmf' } }, target);
  await deliverer.close();
  expect(attempt).toMatchObject({ ok: false });
  expect(attempt?.milliseconds).toBeLessThan(4_000);
  expect(server.requests).toHaveLength(1);
});
