import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

// A team with a namespace and a worker of its own, whose workflow (nexus-workflows.mjs) holds a conference through Nexus.

const address = process.env.TEMPORAL_ADDRESS || `127.0.0.1:${process.env.TEMPORAL_PORT || 7233}`;
const endpoint = process.env.NEXUS_ENDPOINT ?? 'convoke-u-local';
const namespace = 'other-team';
const taskQueue = 'calls';
const FROM = '+19195551234';
const PEOPLE = ['+19195550001', '+19195550002', '+19195550003'];

Runtime.install({ logger: new DefaultLogger('ERROR') });
const connection = await Connection.connect({ address });
await ensureNamespace();
const native = await NativeConnection.connect({ address });
const workflowsPath = fileURLToPath(new URL('./nexus-workflows.mjs', import.meta.url));
const worker = await Worker.create({ connection: native, namespace, taskQueue, workflowsPath });
const held = await worker.runUntil(
  new Client({ connection, namespace }).workflow.execute('call', {
    taskQueue,
    workflowId: `call-${randomUUID()}`,
    args: [endpoint, FROM, PEOPLE],
  }),
);
console.log(`Held conference ${held.conferenceId}: it is ${held.phase} (${held.reason ?? ''})`);
for (const { id, addedTime, removedTime } of held.members)
  console.log(`Member ${id} from ${addedTime ?? '?'} to ${removedTime ?? '?'}`);
await native.close();
await connection.close();

/** What the team's own operator has done. */
async function ensureNamespace() {
  const retention = { seconds: 86_400 };
  await connection.workflowService
    .registerNamespace({ namespace, workflowExecutionRetentionPeriod: retention })
    .catch((error) => {
      if (!String(error).includes('ALREADY_EXISTS')) throw error;
    });
  // The server takes a few seconds to know a new one everywhere.
  for (let tries = 1; ; tries += 1) {
    try {
      await connection.workflowService.listWorkflowExecutions({ namespace });
      return;
    } catch (error) {
      if (tries > 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
