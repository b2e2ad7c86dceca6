import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { connectToTemporal } from '../../../src/client/index.ts';
import { nexusQueue } from '../../../src/workflows/messages.ts';
import { LOCAL_ACCOUNT } from '../../../src/accounts/accounts.ts';
import { quietRuntime, required } from '../temporal.ts';
import { until } from '../until.ts';
import type { Errand, Operation, Outcome } from './workflows.ts';

/** Another team, with a namespace and a worker of its own, and an endpoint that an operator has given it. */
export interface OtherTeam {
  endpoint: string;
  namespace: string;
  client: ReturnType<typeof connectToTemporal>['client'];
  /** Calls one operation by a workflow of its own. */
  start(operation: Operation, input: unknown, more?: Partial<Errand>): Promise<WorkflowHandle>;
  call(operation: Operation, input: unknown, more?: Partial<Errand>): Promise<Outcome>;
  close(): Promise<void>;
}

export const TEAM_QUEUE = 'team';

/** Bundles the team's workflows, as its own build would. */
export function bundleTeam(): ReturnType<typeof bundleWorkflowCode> {
  const workflowsPath = fileURLToPath(new URL('./workflows.ts', import.meta.url));
  return bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
}

/** Makes a namespace for a team, and an endpoint that leads to a queue of Convoke's. */
export async function makeTeam(
  address: string,
  target: { namespace: string; taskQueue: string },
): Promise<{ namespace: string; endpoint: string }> {
  const namespace = `team-${randomUUID().slice(0, 8)}`;
  const { connection, close } = connectToTemporal({ address }, namespace);
  try {
    const workflowExecutionRetentionPeriod = { seconds: 86_400 } as never;
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
    const spec = { name: `convoke-for-${namespace}`, target: { worker: target } };
    await connection.operatorService.createNexusEndpoint({ spec });
    await until('the namespace is known everywhere', () =>
      connection.workflowService.listWorkflowExecutions({ namespace }).then(() => true),
    );
    return { namespace, endpoint: spec.name };
  } finally {
    await close();
  }
}

/** A team whose endpoint acts for the local account of a house with this queue. */
export async function openTeam(taskQueue: string): Promise<OtherTeam> {
  quietRuntime();
  const address = required('TEST_TEMPORAL_ADDRESS');
  const target = { namespace: 'default', taskQueue: nexusQueue(taskQueue, LOCAL_ACCOUNT.userId) };
  const { namespace, endpoint } = await makeTeam(address, target);
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: TEAM_QUEUE,
    workflowBundle: await bundleTeam(),
  });
  const running = worker.run();
  const { client, close } = connectToTemporal({ address }, namespace);
  const team: OtherTeam = {
    endpoint,
    namespace,
    client,
    start: (operation, input, more = {}) =>
      client.workflow.start('errand', {
        workflowId: `${operation}-${randomUUID()}`,
        taskQueue: TEAM_QUEUE,
        args: [{ endpoint, operation, input, ...more } satisfies Errand],
      }),
    call: async (operation, input, more) => (await (await team.start(operation, input, more)).result()) as Outcome,
    async close() {
      worker.shutdown();
      await running;
      await close();
      await connection.close();
    },
  };
  return team;
}
