import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { DefaultLogger, makeTelemetryFilterString, NativeConnection, Runtime } from '@temporalio/worker';
import { createActivities } from '../../src/activities/index.ts';
import { type ActivityDependencies } from '../../src/activities/dependencies.ts';
import { connectToTemporal } from '../../src/client/index.ts';
import type { PayloadKeys } from '../../src/client/sealing.ts';
import { DEFAULT_RULES } from '../../src/delivery/guard.ts';
import { nexusAdmission } from '../../src/nexus-admission.ts';
import { createWorkers } from '../../src/worker.ts';
import { bundleWorkflows } from '../../src/workflow-bundle.ts';

let installed = false;

/** The SDK's own log lines are of no use in a test; its runtime can be set up once per process, before anything else. */
export function quietRuntime(): void {
  if (installed) return;
  const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { forward: {}, filter } },
    shutdownSignals: [],
  });
  installed = true;
}

export function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is set by test/support/global-setup.ts`);
  return value;
}

/** A connection to the tests' Temporal server, as a gateway has one. */
export async function connect(payloadKeys?: PayloadKeys): Promise<{ client: Client; close: () => Promise<void> }> {
  const address = required('TEST_TEMPORAL_ADDRESS');
  const { client, connection, close } = connectToTemporal({ address }, 'default', payloadKeys);
  await connection.ensureConnected();
  return { client, close };
}

/** A task queue of its own for each house, so that no test sees another's work. */
export function ownTaskQueue(): string {
  return `test-${randomUUID()}`;
}

/** How tests run their workers; the project `no-cache` has none of them keep a workflow between its tasks. */
export const testWorkerOptions = {
  shutdownGraceTime: '2s',
  reconcilePerMinute: 6_000,
  ...('noWorkflowCache' in globalThis ? { maxCachedWorkflows: 0 } : {}),
} as const;

/** Where customers of the tests are. */
export const RULES = { allowedNetworks: ['127.0.0.0/8'], targetRules: DEFAULT_RULES };

export interface RunningWorker {
  stop(): Promise<void>;
}

/** Runs the real workflows and activities in this process, on the tests' server; and the service for others, for these accounts. */
export async function runWorker(
  taskQueue: string,
  dependencies: ActivityDependencies,
  nexusAccounts: readonly string[] = [],
  payloadKeys?: PayloadKeys,
): Promise<RunningWorker> {
  quietRuntime();
  const connection = await NativeConnection.connect({ address: required('TEST_TEMPORAL_ADDRESS') });
  const workers = await createWorkers({
    ...testWorkerOptions,
    taskQueue,
    connection,
    workflowBundle:
      payloadKeys === undefined
        ? { codePath: required('TEST_WORKFLOW_BUNDLE') }
        : await bundleWorkflows({ isSealed: true }),
    payloadKeys,
    activities: createActivities(dependencies),
    nexus: { accounts: nexusAccounts, admission: nexusAdmission(RULES, dependencies.accounts, taskQueue) },
  });
  const run = Promise.all(workers.map((worker) => worker.run()));
  return {
    async stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await run;
      await connection.close();
    },
  };
}
