import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { RequestListener, Server as HttpServer } from 'node:http';
import { createServer, Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import { TLS_LOOKED_AT_EVERY_MS } from './budget.ts';
import { wireServerOptions } from './catapult/server/answers.ts';
import { HEAD_WITHIN_MS } from './catapult/server/budget.ts';
import { Failure, reasonOf } from './failure.ts';
import type { Logger } from './telemetry/log.ts';

/** As long as a connection is kept without TLS. */
const KEPT_FOR_MS = 72_000;

/* TLS by the gateway itself: with files that are read again when they change, as they do when somebody renews a certificate. */

export interface TlsFiles {
  certFile: string;
  keyFile: string;
}

interface Loaded {
  cert: Buffer;
  key: Buffer;
  minVersion: 'TLSv1.2';
}

/** @throws Failure where the files cannot be used, or do not belong together. */
export function loadTls({ certFile, keyFile }: TlsFiles): Loaded {
  const cert = read('TLS_CERT_FILE', certFile);
  const loaded = { cert, key: read('TLS_KEY_FILE', keyFile), minVersion: 'TLSv1.2' } as const;
  try {
    createSecureContext(loaded);
    const { validTo } = new X509Certificate(cert);
    if (Date.parse(validTo) < Date.now()) throw new Error(`the certificate has expired at ${validTo}`);
  } catch (error) {
    throw new Failure(`TLS_CERT_FILE, TLS_KEY_FILE: ${certFile} and ${keyFile} cannot be used: ${reasonOf(error)}`);
  }
  return loaded;
}

function read(setting: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Failure(`${setting}: ${file} cannot be read: ${reasonOf(error)}`);
  }
}

/** A server that speaks TLS alone, and has the bounds of one without. Who begins a handshake has no more time than for the head of a request. */
export function tlsServer(loaded: Loaded, handler: RequestListener): Server {
  const { http, requestTimeout } = wireServerOptions;
  const server = createServer({ ...http, requestTimeout, ...loaded, handshakeTimeout: HEAD_WITHIN_MS }, handler);
  server.keepAliveTimeout = KEPT_FOR_MS;
  return server;
}

/**
 * Gives the server what its files hold, whenever they change, and on SIGHUP; connections that there are go on. Files that cannot be used change
 * nothing, and are told.
 * @returns how to stop that.
 */
export function watchTls(server: HttpServer, files: TlsFiles, logger: Pick<Logger, 'info' | 'error'>): () => void {
  const stamp = () => [files.certFile, files.keyFile].map(stampOf).join();
  let seen = stamp();
  const readAgain = () => {
    seen = stamp();
    try {
      if (server instanceof Server) server.setSecureContext(loadTls(files));
      logger.info(`TLS_CERT_FILE: ${files.certFile} has been read again`);
    } catch (error) {
      logger.error(`${reasonOf(error)}. The certificate stays as it was.`);
    }
  };
  const timer = setInterval(() => (stamp() === seen ? undefined : readAgain()), TLS_LOOKED_AT_EVERY_MS).unref();
  process.on('SIGHUP', readAgain);
  return () => {
    clearInterval(timer);
    process.off('SIGHUP', readAgain);
  };
}

function stampOf(file: string): string {
  const known = statSync(file, { throwIfNoEntry: false });
  return known === undefined ? 'gone' : [known.mtimeMs, known.size, known.ino].join();
}
