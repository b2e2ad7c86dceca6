import { Connection } from '@temporalio/client';
import { SAME_KEYPRESS_MS } from '../budget.ts';
import { hostAndPort, type Config } from '../config.ts';
import type { StartPart } from '../part.ts';
import { startChildPart, type ChildPart } from './child-part.ts';
import { Failure, reasonOf } from '../failure.ts';
import { keepRunning } from './kept-part.ts';
import { ensureSearchAttributes } from '../namespace.ts';
import { requireFreePort } from './ports.ts';
import { forgetRunning, noteRunning } from './running.ts';
import { againLine, readyLine, shownLine, wantsColours, welcome } from './start-output.ts';
import { watchForStop } from './stopping.ts';

type Verb = 'temporal' | 'sandbox' | 'asterisk' | 'worker' | 'gateway';

/** Which platform runs the conferences. */
export type PlatformName = 'sandbox' | 'asterisk';

/** What takes requests goes first, what the others need goes last. */
const STOP_ORDER: Verb[] = ['gateway', 'worker', 'asterisk', 'sandbox', 'temporal'];

/**
 * Starts every part as a process of its own, Temporal first, and shows their life on one console. The sandbox runs in any case: its
 * inbox shows what callbacks bring.
 * @throws Failure when a port is taken, a part does not start, or it is stopped meanwhile; nothing is left running then.
 */
export const startAllOn =
  (platform: PlatformName): StartPart =>
  async (config) => {
    if (!config.isLoopback) {
      // The Temporal server and the sandbox it runs are open to whoever reaches them.
      throw new Failure(`HOST is ${config.host}: npm start runs on this machine only, so leave HOST out.`);
    }
    await requireFreePorts(config, platform);
    const colours = wantsColours();
    const began = performance.now();
    const parts = new Map<Verb, ChildPart>();
    const stopRequest = watchForStop();
    const stoppedEarly = new Promise<never>((_, reject) => {
      stopRequest.signal.addEventListener('abort', () => reject(new Failure('Stopped before everything was up.')));
    });
    const note = () => noteRunning(config.dataDir, parts);
    const start = async (verb: Verb) => {
      stopRequest.signal.throwIfAborted();
      const from = performance.now();
      const environment = platform === 'asterisk' ? onAsterisk(config) : process.env;
      const begin = () => startChildPart(verb, (line) => print(shownLine(verb, line, colours)), { environment });
      const again = {
        died: (reason: string) => print(againLine(reason, colours)),
        back: (milliseconds: number) => {
          note();
          print(readyLine(verb, milliseconds, colours));
        },
      };
      // What they know is on disk, so that one that dies is replaced.
      const part = keepRunning(begin, again);
      parts.set(verb, part);
      await Promise.race([part.ready, part.died]);
      print(readyLine(verb, performance.now() - from, colours));
    };
    const startInOrder = async () => {
      if (config.temporal.external) await prepareExternal(config);
      else await start('temporal');
      const platforms: Verb[] = platform === 'asterisk' ? ['sandbox', 'asterisk'] : ['sandbox'];
      const others = Promise.all([...platforms, 'worker' as const, 'gateway' as const].map(start));
      await Promise.race([others, anyDeath(parts)]);
    };
    print('Starting Convoke ...');
    try {
      await Promise.race([startInOrder(), stoppedEarly]);
    } catch (error) {
      await stopAll(parts);
      throw error;
    } finally {
      stopRequest.forget();
    }
    note();
    print(welcome(config, { platform, milliseconds: performance.now() - began, colours }));
    const stop = async () => {
      forgetRunning(config.dataDir);
      await stopAll(parts);
    };
    return { died: anyDeath(parts), stop };
  };

function anyDeath(parts: Map<Verb, ChildPart>): Promise<never> {
  return Promise.race([...parts.values()].map(({ died }) => died));
}

/** Stops the parts one after the other; a second Ctrl-C meanwhile ends them all at once. */
async function stopAll(parts: Map<Verb, ChildPart>): Promise<void> {
  const began = performance.now();
  const onSignal = () => {
    if (performance.now() - began > SAME_KEYPRESS_MS) for (const part of parts.values()) part.kill();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  for (const verb of STOP_ORDER) await parts.get(verb)?.stop();
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  if (parts.size > 0) print('stopped');
}

/** What tells the parts that they are to use it. */
function onAsterisk({ host, asterisk }: Config): NodeJS.ProcessEnv {
  return { ...process.env, PLATFORM_URL: `http://${hostAndPort(host, asterisk.port)}` };
}

async function requireFreePorts(
  { host, port, sandboxPort, asterisk, temporal }: Config,
  platform: PlatformName,
): Promise<void> {
  await requireFreePort(host, port, 'PORT');
  await requireFreePort(host, sandboxPort, 'SANDBOX_PORT');
  if (platform === 'asterisk') await requireFreePort(host, asterisk.port, 'ASTERISK_PORT');
  if (temporal.external) return;
  await requireFreePort(host, temporal.port, 'TEMPORAL_PORT');
  await requireFreePort(host, temporal.uiPort, 'TEMPORAL_UI_PORT');
}

/** A server of the operator's own gets the search attributes; its namespaces, and how long they keep closed runs, are theirs to say. */
async function prepareExternal({ temporal }: Config): Promise<void> {
  const { connectionOptions, namespace } = temporal;
  const connection = await Connection.connect(connectionOptions).catch((error: unknown) => {
    const address = connectionOptions.address;
    throw new Failure(`TEMPORAL_ADDRESS names ${address}, where no Temporal server answers: ${reasonOf(error)}`);
  });
  try {
    await ensureSearchAttributes(connection, namespace);
  } finally {
    await connection.close();
  }
}

function print(line: string | undefined): void {
  if (line !== undefined) process.stdout.write(`${line}\n`);
}
