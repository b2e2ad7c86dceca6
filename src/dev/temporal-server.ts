import { createConnection } from 'node:net';
import { basename, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { STOP_TEMPORAL_WITHIN_MS, TEMPORAL_UP_WITHIN_MS } from './budget.ts';
import { hostAndPort, type Config } from '../config.ts';
import type { StartPart } from '../part.ts';
import type { Logger } from '../telemetry/log.ts';
import { Failure, reasonOf } from '../failure.ts';
import { lockDataDirectory } from './data-lock.ts';
import { runGuarded, type GuardedProgram } from './guarded.ts';
import { prepareNamespace } from '../namespace.ts';
import { prepareEndpoints } from '../nexus-endpoints.ts';
import { freePort, requireFreePort } from './ports.ts';
import { report } from './progress.ts';
import { findProgram } from './programs.ts';
import { makeFile } from './temporal-file.ts';
import { watchForStop } from './stopping.ts';
import { createTemporalUi } from './temporal-ui.ts';

/**
 * Runs Temporal's development server with its data in the data directory, and prepares the namespace.
 * @throws Failure when a port is taken, the program cannot be found, or the server does not come up within 30 s.
 */
export const startTemporalServer: StartPart = async (config, logger) => {
  const { temporal, host, dataDir } = config;
  if (temporal.external) {
    const address = temporal.connectionOptions.address;
    process.stdout.write(
      `Nothing to start: TEMPORAL_ADDRESS names a Temporal server that runs elsewhere (${address}).\n`,
    );
    process.exit(0);
  }
  await requireFreePort(host, temporal.port, 'TEMPORAL_PORT');
  await requireFreePort(host, temporal.uiPort, 'TEMPORAL_UI_PORT');
  const watch = watchForStop();
  const { path } = await findProgram('temporal', { configuredPath: temporal.cliPath, report, signal: watch.signal });
  watch.forget();
  const unlock = lockDataDirectory(dataDir);
  // People ask for the UI at its port, and by that us.
  const inner = { ...config, temporal: { ...temporal, uiPort: await freePort() } };
  const page = createTemporalUi(inner.temporal.uiPort, { host, isLocal: config.isLoopback });
  let server: GuardedProgram | undefined;
  const stop = async () => {
    await page.close();
    await server?.stop();
    unlock();
  };
  try {
    // At a port that nobody knows: what somebody puts into a draft is gone if the start is broken off.
    const alone = atPort(inner, await freePort());
    await makeFile(alone, async (file, work) => {
      const draft = await runUntilReady(path, onFile(alone, file), alone, logger);
      await work().finally(() => draft.stop());
    });
    server = await runUntilReady(path, serverParameters(inner), inner, logger);
    await page.listen({ host, port: temporal.uiPort });
  } catch (error) {
    await stop();
    throw error;
  }
  const ui = `http://${hostAndPort(host, temporal.uiPort)}`;
  return { stop, died: server.died, address: `${hostAndPort(host, temporal.port)}, its UI on ${ui}` };
};

async function runUntilReady(
  path: string,
  parameters: string[],
  config: Config,
  logger: Logger,
): Promise<GuardedProgram> {
  // Even at this level the server calls a cancelled poll an error, so a person sees its lines only when it dies.
  const onLine = (line: string) => logger.debug(line);
  const guard = { label: 'Temporal server', onLine, stopWithinMs: STOP_TEMPORAL_WITHIN_MS, folder: config.dataDir };
  const server = runGuarded(resolve(path), parameters, guard);
  try {
    const gone = new AbortController();
    server.died.catch(() => gone.abort());
    await Promise.race([untilReady(config, gone.signal), server.died]);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function atPort(config: Config, port: number): Config {
  const connectionOptions = { ...config.temporal.connectionOptions, address: hostAndPort(config.host, port) };
  return { ...config, temporal: { ...config.temporal, port, connectionOptions } };
}

/** The server runs in the data directory: it takes what a path has after a `?` or `#` for something else. */
function onFile(config: Config, file: string): string[] {
  return [...parametersWithoutFile(config), '--db-filename', basename(file)];
}

function serverParameters(config: Config): string[] {
  return [
    ...onFile(config, config.temporal.databaseFile),
    // A write-ahead log takes twice the conferences a second of a rollback journal.
    ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=1'],
    // With the usual 1,000 pages it goes back into the file several times a second under load, and all waits for that.
    ...['--sqlite-pragma', 'wal_autocheckpoint=8000'],
  ];
}

/** All but where the server keeps its data: with these alone it keeps it in memory. */
export function parametersWithoutFile({ host, temporal }: Config): string[] {
  return [
    ...['server', 'start-dev', '--ip', host, '--port', String(temporal.port), '--ui-port', String(temporal.uiPort)],
    ...['--namespace', temporal.namespace],
    // By default its queues poll 20 times a second, which adds up to 50 ms to each step of a workflow.
    ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=1000'],
    ...['--dynamic-config-value', 'history.timerProcessorMaxPollRPS=1000'],
    // How many tasks wait for a worker is then known anew each second, instead of every 5 s.
    ...['--dynamic-config-value', 'matching.TaskQueueInfoByBuildIdTTL="1s"'],
    ...['--log-level', 'error', '--ui-disable-news-fetch'],
  ];
}

/** Waits until the server answers and has the namespace, then prepares it. */
export async function untilReady({ host, nexusAccounts, temporal }: Config, gone: AbortSignal): Promise<void> {
  const deadline = Date.now() + TEMPORAL_UP_WITHIN_MS;
  // gRPC itself would wait a second after its first refused connection.
  while (!(await accepts(host, temporal.port))) await pause(deadline, gone);
  const connection = await Connection.connect(temporal.connectionOptions);
  try {
    const { namespace } = temporal;
    while (
      !(await connection.workflowService.describeNamespace({ namespace }).then(
        () => true,
        () => false,
      ))
    )
      await pause(deadline, gone);
    await prepareNamespace(connection, namespace);
    // Of an earlier namespace there may be one of that name: all but Nexus works without it.
    await prepareEndpoints(connection, namespace, nexusAccounts).catch((error: unknown) => report(reasonOf(error)));
  } finally {
    await connection.close();
  }
}

async function pause(deadline: number, signal: AbortSignal): Promise<void> {
  if (Date.now() > deadline)
    throw new Failure(`The Temporal server did not answer within ${TEMPORAL_UP_WITHIN_MS / 1000} s.`);
  await sleep(20, undefined, { signal });
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port }, () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
