import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { Failure } from '../failure.ts';

/**
 * Makes sure that a part can listen there, before it is started.
 * @throws Failure that names `setting`, the setting with which to choose another port (or HOST for a foreign address).
 */
export async function requireFreePort(host: string, port: number, setting: string): Promise<void> {
  const code = await tryToListen(host, port);
  if (code === undefined) return;
  if (code === 'EADDRINUSE') {
    throw new Failure(`Port ${port} is taken: set ${setting} to a free one (something else listens there).`);
  }
  if (code === 'EACCES') throw new Failure(`Port ${port} is not allowed to you: set ${setting} to one above 1023.`);
  throw new Failure(`Cannot listen on ${host} (${code}): set HOST to an address of this machine.`);
}

/** Answers the error code with which listening fails, undefined when it works. */
function tryToListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** Below the ports that systems give to connections: whoever is gone for a moment finds its own still free. */
const PORTS = { from: 10_000, to: 30_000 };
let lastPort = randomInt(PORTS.from, PORTS.to);

/** A port of this machine that nobody listens on now; another one each time. */
export async function freePort(): Promise<number> {
  for (let tried = PORTS.from; tried < PORTS.to; tried += 1) {
    lastPort = lastPort < PORTS.to ? lastPort + 1 : PORTS.from;
    const port = lastPort;
    if ((await tryToListen('127.0.0.1', port)) === undefined) return port;
  }
  throw new Error(`no port from ${PORTS.from} to ${PORTS.to} is free`);
}
