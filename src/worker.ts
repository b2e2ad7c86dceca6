import {
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import { Client } from '@temporalio/client';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { getHeapStatistics } from 'node:v8';
import { MAX_DELIVERIES_IN_HAND } from './delivery/budget.ts';
import {
  CHECK_WITHIN_MS,
  DELIVERIES_END_WITHIN_MS,
  HEAP_MIB_OF_CONFERENCE,
  HEAP_MIB_OF_WORKER,
  WORKERS_WATCHED_EVERY_MS,
} from './budget.ts';
import { networksOf, type Accounts } from './accounts/accounts.ts';
import { openAccounts } from './accounts/open.ts';
import { watchAccounts } from './accounts/watch.ts';
import { loadCallbackTokens } from './accounts/callback-tokens.ts';
import type { ActivityDependencies } from './activities/dependencies.ts';
import { writableFailures } from './activities/failures.ts';
import { createActivities } from './activities/index.ts';
import { tracedActivities } from './activities/traced.ts';
import { workerIdentity } from './callback-keys.ts';
import { present } from './catapult/present.ts';
import { consoleAt } from './client/console-links.ts';
import { dataConverterFor } from './client/data-converter.ts';
import type { PayloadKeys } from './client/sealing.ts';
import type { Config } from './config.ts';
import { createDeliverer } from './delivery/deliver.ts';
import { Failure, reasonOf } from './failure.ts';
import { heldKeysOf } from './held-keys.ts';
import { measurements } from './measurements.ts';
import { serveMetrics } from './metrics-server.ts';
import { checkNamespace } from './namespace.ts';
import type { RunningPart, StartPart } from './part.ts';
import { nexusAdmission } from './nexus-admission.ts';
import { refusingUses } from './refuse-uses.ts';
import type { Admission } from './nexus/account.ts';
import { nexusActivities } from './nexus/activities.ts';
import { createNexusHandler } from './nexus/handler.ts';
import { watchPlatform } from './platform/check.ts';
import { createPlatformClient } from './platform/client.ts';
import { measured } from './platform/measured.ts';
import type { Logger } from './telemetry/log.ts';
import { temporalLogger } from './telemetry/temporal-logger.ts';
import { startTracing } from './telemetry/tracing.ts';
import { engineMetrics } from './temporal-metrics.ts';
import { bundleFile, bundleWorkflows } from './workflow-bundle.ts';
import {
  deliveriesQueue,
  EVENTS_WITHOUT_A_TASK,
  nexusQueue,
  reconcileQueue,
  TASK_QUEUE,
} from './workflows/messages.ts';

/** The workflows: bundled by the build; from source they are bundled when the worker starts, which takes seconds. */
async function workflowBundle({ temporal }: Config): Promise<WorkflowBundleOption> {
  const isSealed = temporal.payloadKeys !== undefined;
  const codePath = fileURLToPath(new URL(`./${bundleFile({ isSealed })}`, import.meta.url));
  return existsSync(codePath) ? { codePath } : await bundleWorkflows({ isSealed });
}

/** The settings every worker runs with, in production and in tests. */
export const workerDefaults = {
  taskQueue: TASK_QUEUE,
  interceptors: { activity: [writableFailures, tracedActivities] },
  sinks: measurements,
  // A worker that dies is replaced on its next workflow task after 1 s instead of 10 s.
  stickyQueueScheduleToStartTimeout: '1s',
  // As many pollers as there is work for: with a fixed few, tasks wait in Temporal's database, and what is not in this worker's memory the longest.
  workflowTaskPollerBehavior: { type: 'autoscaling' },
  // So that a stop interrupts no delivery.
  shutdownGraceTime: DELIVERIES_END_WITHIN_MS,
  // How soon a delivered event is on record: what a killed worker had delivered since is delivered once more.
  maxHeartbeatThrottleInterval: '200ms',
} as const satisfies Partial<WorkerOptions>;

/** What the workers of a process need: the one of the conferences, the one that delivers, and the one that asks the platform. */
export interface WorkersOptions {
  connection: NativeConnection;
  namespace?: string;
  taskQueue: string;
  identity?: string;
  workflowBundle: WorkflowBundleOption;
  /** By what payloads are sealed; the bundle is then one that seals failures. */
  payloadKeys?: PayloadKeys | undefined;
  shutdownGraceTime: Exclude<WorkerOptions['shutdownGraceTime'], undefined>;
  activities: ReturnType<typeof createActivities>;
  reconcilePerMinute: number;
  /** The accounts for which workflows of others may act, and how long events of their conferences are tried (ms; 24 h unless given). */
  nexus?: { accounts: readonly string[]; retryWindowMs?: number; consoleUrl?: string; admission?: Admission };
  /** With 0 every workflow task replays its run from the start, as after the loss of a worker. */
  maxCachedWorkflows?: number;
}

/** How many conferences a worker keeps in memory. By the SDK's own bound it would be almost twice as many, and with 10,000 open ones take 1.7 GiB. */
function conferencesInMemory(): number {
  const heapMib = getHeapStatistics().heap_size_limit / (1024 * 1024);
  return Math.max(10, Math.floor((heapMib - HEAP_MIB_OF_WORKER) / HEAP_MIB_OF_CONFERENCE));
}

/**
 * The workers of one process. Deliveries have a queue of their own, and room for as many as may wait: customers that hang must not
 * take what platform calls need. Reading the platform has one too, whose rate the Temporal server keeps for all workers
 * together: reconciling must not eat the rate that the platform grants us.
 */
export async function createWorkers(wanted: WorkersOptions): Promise<Worker[]> {
  const { reconcilePerMinute, nexus, payloadKeys, ...others } = wanted;
  const given = { ...others, dataConverter: dataConverterFor(payloadKeys) };
  // A conference may be waited for whoever runs its workflow, so what that needs is everywhere.
  const options = { ...given, activities: { ...given.activities, ...nexusActivities } };
  const { workflowBundle: _bundle, maxCachedWorkflows: _cache, taskQueue, ...shared } = options;
  const { activities: _none, ...forNexus } = shared;
  return [
    await Worker.create({ ...workerDefaults, maxCachedWorkflows: conferencesInMemory(), ...options }),
    await Worker.create({
      ...shared,
      interceptors: workerDefaults.interceptors,
      taskQueue: deliveriesQueue(taskQueue),
      maxHeartbeatThrottleInterval: workerDefaults.maxHeartbeatThrottleInterval,
      maxConcurrentActivityTaskExecutions: MAX_DELIVERIES_IN_HAND,
    }),
    await Worker.create({
      ...shared,
      interceptors: workerDefaults.interceptors,
      taskQueue: reconcileQueue(taskQueue),
      maxTaskQueueActivitiesPerSecond: reconcilePerMinute / 60,
      maxConcurrentActivityTaskExecutions: 10,
    }),
    ...(await Promise.all(
      (nexus?.accounts ?? []).map((userId) =>
        Worker.create({
          ...forNexus,
          taskQueue: nexusQueue(taskQueue, userId),
          nexusServices: [createNexusHandler(userId, { ...nexus, taskQueue })],
        }),
      ),
    )),
  ];
}

/** Runs the conferences: the worker process. */
export const startWorker: StartPart = async (config, logger) =>
  await startWorkers(config, logger, await workflowBundle(config));

/** The same with workflows of one's own, for whoever must see how it ends. */
export async function startWorkers(
  config: Config,
  logger: Logger,
  workflowBundle: WorkflowBundleOption,
): Promise<RunningPart> {
  const stopTracing = await startTracing('worker', config.tracesTo);
  const engine = config.metrics.worker === undefined ? undefined : await engineMetrics();
  const logging = { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) };
  Runtime.install({
    logger: temporalLogger(logger, EVENTS_WITHOUT_A_TASK),
    telemetryOptions: present({ logging, metrics: engine?.config }),
    shutdownSignals: [],
  });
  const stopMetrics = await serveMetrics('worker', config, logger, engine?.text);
  const { accounts, store } = await openAccounts(config);
  const dependencies = activityDependencies(config, accounts);
  requireAccounts(config, dependencies.accounts);
  const connection = await connect(config);
  await requireNamespace(connection, config, logger);
  await heldKeysOf('worker', new Client({ connection, namespace: config.temporal.namespace }), config, logger);
  const workers = await createWorkers({
    ...workerDefaults,
    workflowBundle,
    connection,
    namespace: config.temporal.namespace,
    payloadKeys: config.temporal.payloadKeys,
    identity: workerIdentity(dependencies.callbackTokens, config.temporal.payloadKeys),
    activities: createActivities(dependencies),
    reconcilePerMinute: config.reconcilePerMinute,
    nexus: {
      accounts: config.nexusAccounts,
      retryWindowMs: config.retryWindowMs,
      consoleUrl: consoleAt(config.bridge.primaryUrl),
      admission: nexusAdmission(config, dependencies.accounts),
    },
  });
  const { died, stop: stopWorkers } = runWorkers(workers);
  const stopWatching = watchPlatform(config.platform.url, dependencies.platformAccount, logger);
  const leaveAccounts = store && watchAccounts(accounts, store, logger);
  const stop = async () => {
    await stopWorkers();
    await stopMetrics();
    await leaveAccounts?.();
    await store?.close();
    await Promise.all([stopWatching(), dependencies.platform.close(), dependencies.deliverer.close()]);
    await connection.close();
    await stopTracing();
  };
  const address = `task queue ${TASK_QUEUE} of ${config.temporal.connectionOptions.address}`;
  return { address, stop, died };
}

/**
 * Runs workers until `stop`. `died` rejects when one has failed, by itself or in its engine, whose run then never comes to an end:
 * all that shows of that is its state. `stop` does not wait for such a one either.
 */
function runWorkers(workers: Worker[]): Required<Pick<RunningPart, 'stop' | 'died'>> {
  const runs = workers.map((worker) => worker.run());
  let isStopping = false;
  let fail: (reason: Failure) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  const look = () => {
    const one = workers.find(
      (worker) => (worker.getState() !== 'RUNNING' && !isStopping) || worker.getState() === 'FAILED',
    );
    if (one) fail(new Failure(`The worker of ${one.options.taskQueue} has failed; its reason is logged above.`));
  };
  const watch = setInterval(look, WORKERS_WATCHED_EVERY_MS);
  const died = Promise.race([failed, ...runs.map((run) => run.then(() => new Promise<never>(() => undefined)))]);
  // It may die when nobody listens: while it is being stopped.
  died.catch(() => undefined);
  const stop = async () => {
    look();
    isStopping = true;
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.race([Promise.all(runs), failed]).finally(() => clearInterval(watch));
  };
  return { died, stop };
}

async function connect({ temporal }: Config): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(temporal.connectionOptions);
  } catch (error) {
    const { address } = temporal.connectionOptions;
    throw new Failure(
      `No Temporal answers at ${address}: start one (npm run temporal) or set TEMPORAL_ADDRESS. ${reasonOf(error)}`,
    );
  }
}

/** @throws Failure where no conference could run. */
async function requireNamespace(connection: NativeConnection, { temporal }: Config, logger: Logger): Promise<void> {
  const { address } = temporal.connectionOptions;
  const { lacks, warning } = await connection
    .withDeadline(Date.now() + CHECK_WITHIN_MS, () => checkNamespace(connection, temporal.namespace))
    .catch((error: unknown): never => {
      throw new Failure(`Temporal at ${address} (TEMPORAL_ADDRESS) could not be asked: ${reasonOf(error)}`);
    });
  if (lacks !== undefined) throw new Failure(`Temporal at ${address} (TEMPORAL_ADDRESS): ${lacks}`);
  if (warning !== undefined) logger.warn(warning);
}

/** @throws Failure where Nexus is to act for an account that nobody knows. */
function requireAccounts({ nexusAccounts }: Config, accounts: Accounts): void {
  const unknown = nexusAccounts.filter((userId) => accounts.get(userId) === undefined);
  if (unknown.length > 0)
    throw new Failure(
      `NEXUS_ACCOUNTS: got "${unknown.join(', ')}", wants accounts that there are (ACCOUNTS_FILE, ACCOUNTS_URL).`,
    );
}

function activityDependencies(config: Config, accounts: Accounts): ActivityDependencies {
  const { url, ...platformAccount } = config.platform;
  return {
    platform: measured(createPlatformClient(url)),
    platformAccount,
    accounts,
    callbackTokens: loadCallbackTokens(config.callbackKeys, config.dataDir),
    deliverer: createDeliverer(config.allowedNetworks, {
      rules: config.targetRules,
      networksOf: (userId) => networksOf(accounts.get(userId)),
      readable: config.readableNetworks,
    }),
    bridge: config.bridge,
    refuseUses: refusingUses(config, accounts),
    publicUrl: config.bridge.primaryUrl,
  };
}
