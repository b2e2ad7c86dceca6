import { createServer, type AddressInfo } from 'node:net';
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

/** A port of this machine that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
