import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDeliverer, type DeliveryAttempt } from '../../src/delivery/deliver.ts';
import { CustomersNames } from '../../src/delivery/names.ts';
import { NameServer } from '../support/name-server.ts';
import { RawServer } from '../support/raw-server.ts';

/* Whatever of an attempt takes too long, the fallback gets the event when callbackTimeout is over. */

const TIMEOUT_MS = 1_000;

let names: NameServer;
let fallback: RawServer;
beforeAll(async () => {
  names = await new NameServer().open();
  names.set('slow.example', { isSilent: true });
  fallback = await new RawServer((socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')).open();
});
afterAll(async () => {
  await names.close();
  await fallback.close();
});

/** An event for a URL that takes for ever, with a fallback that does not; gives both attempts. */
async function deliver(callbackUrl: string): Promise<DeliveryAttempt[]> {
  const deliverer = createDeliverer(['127.0.0.0/8'], { names: new CustomersNames({ servers: [names.address] }) });
  const attempts = await deliverer.deliver(
    { event: { eventType: 'dtmf' } },
    {
      callbackUrl,
      fallbackUrl: `http://127.0.0.1:${fallback.port}`,
      callbackHttpMethod: 'POST',
      callbackTimeout: TIMEOUT_MS,
    },
  );
  await deliverer.close();
  return attempts;
}

function expectInTime([first, second]: DeliveryAttempt[]): void {
  expect(first).toMatchObject({ url: 'callbackUrl', ok: false, result: 'no answer in time' });
  expect(second).toMatchObject({ url: 'fallbackUrl', ok: true });
  // A busy machine may be late, but not by another attempt's time.
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeLessThan(2 * TIMEOUT_MS);
}

async function deliverTo(answer: (socket: Socket) => void, scheme = 'http'): Promise<DeliveryAttempt[]> {
  const server = await new RawServer(answer).open();
  const attempts = await deliver(`${scheme}://127.0.0.1:${server.port}`);
  await server.close();
  return attempts;
}

test.concurrent('while the name is looked up', async () => {
  expectInTime(await deliver('http://slow.example/'));
});

test.concurrent('while TLS is agreed on', async () => {
  expectInTime(await deliverTo(() => undefined, 'https'));
});

test.concurrent('while the answer is waited for', async () => {
  expectInTime(await deliverTo(() => undefined));
});

test.concurrent('while informational answers come', async () => {
  const answer = (socket: Socket) => {
    const more = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 50);
    socket.on('close', () => clearInterval(more));
  };
  expectInTime(await deliverTo(answer));
});

test.concurrent('while the answer’s head comes, byte by byte', async () => {
  const answer = (socket: Socket) => {
    socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
    const more = setInterval(() => socket.write('s'), 50);
    socket.on('close', () => clearInterval(more));
  };
  expectInTime(await deliverTo(answer));
});
