import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { basicAuth } from '../../catapult/credentials.ts';
import { Failure } from '../../failure.ts';
import type { Logger } from '../../telemetry/log.ts';
import { ASTERISK_UP_WITHIN_MS, STOP_ASTERISK_WITHIN_MS } from '../budget.ts';
import { runGuarded, type GuardedProgram } from '../guarded.ts';
import { freePort } from '../ports.ts';
import { ARI_USER, writeConfiguration } from './configuration.ts';
import type { AsteriskProgram } from './find.ts';

/** An Asterisk that runs on loopback. */
export interface RunningAsterisk extends GuardedProgram {
  /** With user and password. */
  ariUrl: string;
  sipPort: number;
}

interface Wanted {
  folder: string;
  sipPort: number;
  /** A free one unless given: one that is started again must be where the one before it was. */
  ari?: { port: number; password: string };
}

/**
 * Runs an Asterisk with its configuration and data in a folder.
 * @throws Failure when its port is taken, or it does not come up within 30 s
 */
export async function runAsterisk(
  { command: [file, ...parameters], directories }: AsteriskProgram,
  { folder, sipPort, ari }: Wanted,
  logger: Logger,
): Promise<RunningAsterisk> {
  await requireFreeUdpPort(sipPort);
  const { port, password } = ari ?? { port: await freePort(), password: randomBytes(16).toString('hex') };
  const main = writeConfiguration({ folder, directories, ariPort: port, ariPassword: password, sipPort });
  const program = runGuarded(file, [...parameters, '-f', '-C', main], {
    label: 'Asterisk',
    onLine: (line) => logger.debug(line),
    stopWithinMs: STOP_ASTERISK_WITHIN_MS,
  });
  try {
    const gone = new AbortController();
    program.died.catch(() => gone.abort());
    await Promise.race([untilReady(port, password, gone.signal), program.died]);
  } catch (error) {
    await program.stop();
    throw error;
  }
  return { ...program, ariUrl: `http://${ARI_USER}:${password}@127.0.0.1:${port}/ari`, sipPort };
}

async function untilReady(port: number, password: string, gone: AbortSignal): Promise<void> {
  const deadline = Date.now() + ASTERISK_UP_WITHIN_MS;
  const headers = { authorization: basicAuth({ token: ARI_USER, secret: password }) };
  for (;;) {
    const signal = AbortSignal.any([gone, AbortSignal.timeout(1_000)]);
    const answer = await fetch(`http://127.0.0.1:${port}/ari/asterisk/info`, { headers, signal }).catch(
      () => undefined,
    );
    await answer?.body?.cancel();
    if (answer?.ok === true) return;
    if (Date.now() > deadline) throw new Failure(`Asterisk did not answer within ${ASTERISK_UP_WITHIN_MS / 1000} s.`);
    await sleep(20, undefined, { signal: gone });
  }
}

/** It would go on without its transport, and place no call. */
async function requireFreeUdpPort(port: number): Promise<void> {
  const socket = createSocket('udp4');
  const code = await new Promise<string | undefined>((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => socket.close(() => resolve(undefined)));
  });
  if (code === undefined) return;
  throw new Failure(`UDP port ${port} cannot be had (${code}): set ASTERISK_SIP_PORT to one that is free.`);
}
