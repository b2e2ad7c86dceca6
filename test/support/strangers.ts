import { connect, type Socket } from 'node:net';
import { basicAuth } from '../../src/catapult/credentials.ts';

/** A client that sends something, and then does nothing more: it never closes its side. */
export interface Stranger {
  socket: Socket;
  /** What has come back. */
  received: string;
  /** After how many milliseconds the server had freed the connection: closed it altogether, not its half alone. */
  freedAfterMs?: number;
}

/** When it looks whether it is still connected, where nothing has come back. */
const PROBE_FROM_MS = 14_800;

/** `reads: false`: it takes nothing of what comes back, either. */
export function stranger(url: string, sends: string, { reads = true, from = '127.0.0.1' } = {}): Stranger {
  const { hostname: host, port } = new URL(url);
  const began = performance.now();
  const socket = connect({ host, port: Number(port), localAddress: from, allowHalfOpen: true });
  const result: Stranger = { socket, received: '' };
  if (reads) socket.on('data', (chunk: Buffer) => (result.received += chunk.toString()));
  // A connection that is gone is told of by a reset, once something is sent on it.
  const probe = setInterval(() => {
    if (socket.readableEnded || performance.now() - began > PROBE_FROM_MS) socket.write('\r\n');
  }, 100);
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearInterval(probe);
    result.freedAfterMs = performance.now() - began;
  });
  socket.write(sends);
  return result;
}

/** What bad clients send, one after the other: nothing, halves, too much, what is no HTTP, and wrong credentials. */
export function badRequests(apiPath: string, callbackPath: string): string[] {
  const wrong = basicAuth({ token: 't-x', secret: 'wrong' });
  return [
    '',
    `GET ${apiPath} HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(1_000)}`,
    `POST ${callbackPath} HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\r\n{`,
    `POST ${callbackPath}x HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\r\n${'{'.repeat(60_000)}`,
    `GET ${apiPath} HTTP/1.1\r\nhost: x\r\nauthorization: ${wrong}\r\n\r\n`,
    `GET ${apiPath} HTTP/1.1\r\nhost: x\r\n\r\n`.repeat(50),
    `GET / HTTP/1.1\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`,
    '\u0016\u0003\u0001\u0000garbage\r\n\r\n',
  ];
}
