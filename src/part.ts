import { Server as HttpsServer } from 'node:https';
import type { FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import { boundConnections } from './connections.ts';
import { Failure } from './failure.ts';
import type { Logger } from './telemetry/log.ts';

/** A part that runs: how to stop it in order, and a promise that rejects when it dies by itself. */
export interface RunningPart {
  /** Where it listens, for the log line that says it is ready. */
  address?: string;
  stop(): Promise<void>;
  died?: Promise<never>;
}

/** Builds a part's pieces from the settings and runs them. */
export type StartPart = (config: Config, logger: Logger) => Promise<RunningPart>;

/**
 * Lets an HTTP server listen, with its connections bounded, and answers its address.
 * @throws Failure that names the port's setting when something else listens there.
 */
export async function listen(app: FastifyInstance, host: string, port: number, setting: string): Promise<string> {
  boundConnections(app.server);
  try {
    // Fastify knows only of TLS that it makes itself.
    const shown = (address: string) =>
      app.server instanceof HttpsServer ? address.replace(/^http:/, 'https:') : address;
    return shown(await app.listen({ host, port, listenTextResolver: (address) => `listening at ${shown(address)}` }));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'EADDRINUSE') {
      throw new Failure(`Port ${port} is taken: set ${setting} to a free one (something else listens there).`);
    }
    throw new Failure(`Cannot listen on ${host}, port ${port}: ${error.message}; see HOST and ${setting}.`);
  }
}
