import { createHash } from 'node:crypto';
import type { Connection } from '@temporalio/client';
import { GRPC, grpcStatusOf } from './client/grpc.ts';
import { Failure, reasonOf } from './failure.ts';
import { nexusQueue, TASK_QUEUE } from './workflows/messages.ts';

/*
 * Nexus endpoints, by which workflows of others reach an account. An endpoint leads to one task queue, and a queue to one account: so whom
 * somebody acts for is decided by whose endpoint they may use, which is Temporal's to hold.
 */

type Server = Pick<Connection, 'operatorService'>;

/**
 * What `convoke setup` calls the endpoint of an account: Temporal takes letters, digits and dashes. Where that says less than the user id, a
 * part of its hash keeps two accounts apart.
 */
export function endpointOf(userId: string): string {
  const parts = userId.split(/[^A-Za-z0-9]+/).filter((part) => part !== '');
  const said = parts.join('-');
  return ['convoke', ...parts, ...(said === userId ? [] : [hashOf(userId)])].join('-');
}

function hashOf(userId: string): string {
  return createHash('sha256').update(userId).digest('hex').slice(0, 8);
}

/**
 * Makes the endpoint of each account, where it is not there. May be repeated.
 * @throws Failure where one of that name leads elsewhere, or we may not make it, with the command that does.
 */
export async function prepareEndpoints(
  server: Server,
  namespace: string,
  accounts: readonly string[],
  report: (line: string) => void = () => undefined,
): Promise<void> {
  for (const userId of accounts) {
    const name = endpointOf(userId);
    const taskQueue = nexusQueue(TASK_QUEUE, userId);
    const found = await targetOf(server, name, taskQueue, namespace);
    if (found === undefined) await create(server, { name, namespace, taskQueue });
    else if (found.namespace !== namespace || found.taskQueue !== taskQueue)
      throw new Failure(
        `The Nexus endpoint "${name}" leads to ${found.taskQueue} of namespace "${found.namespace}", and not to ${taskQueue} of "${namespace}", ` +
          `where account ${userId} is served. Make one of another name by hand: ${commandFor({ name: 'NAME', namespace, taskQueue })}`,
      );
    report(`Nexus endpoint "${name}" of account ${userId} ${found === undefined ? 'was made' : 'was there already'}.`);
  }
}

interface Endpoint {
  name: string;
  namespace: string;
  taskQueue: string;
}

async function targetOf(
  { operatorService }: Server,
  name: string,
  taskQueue: string,
  namespace: string,
): Promise<{ namespace: string; taskQueue: string } | undefined> {
  try {
    const { endpoints } = await operatorService.listNexusEndpoints({ name });
    const worker = endpoints.find(({ spec }) => spec?.name === name)?.spec?.target?.worker;
    return worker == null ? undefined : { namespace: worker.namespace ?? '', taskQueue: worker.taskQueue ?? '' };
  } catch (error) {
    throw couldNot({ name, namespace, taskQueue }, error);
  }
}

async function create({ operatorService }: Server, { name, namespace, taskQueue }: Endpoint): Promise<void> {
  try {
    await operatorService.createNexusEndpoint({ spec: { name, target: { worker: { namespace, taskQueue } } } });
  } catch (error) {
    // Somebody else was first.
    if (grpcStatusOf(error)?.code !== GRPC.alreadyExists) throw couldNot({ name, namespace, taskQueue }, error);
  }
}

function couldNot(endpoint: Endpoint, error: unknown): Failure {
  const why = grpcStatusOf(error)?.details || reasonOf(error);
  return new Failure(
    `Could not make the Nexus endpoint "${endpoint.name}": ${why}\nWho may do so can do it by hand: ${commandFor(endpoint)}`,
    { cause: error },
  );
}

function commandFor({ name, namespace, taskQueue }: Endpoint): string {
  return `temporal operator nexus endpoint create --name ${name} --target-namespace ${namespace} --target-task-queue ${taskQueue}`;
}
