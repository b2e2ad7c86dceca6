import { connect, type Socket } from 'node:net';

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
