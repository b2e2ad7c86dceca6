/* Plain Temporal: client and worker in one process. Start and update for a create, a signal for each event. */
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { connectToTemporal } from '../../src/client/connect.ts';
import { readConfig } from '../../src/config.ts';
import { createOnPlatform, deliver, keyOf, serveConferences } from './surface.ts';
import { createdUpdate, eventSignal, plainConference } from './temporal-workflow.ts';

const { connectionOptions, namespace } = readConfig().temporal;
const codePath = process.env['WORKFLOW_BUNDLE'] ?? '';
const taskQueue = 'plain-conferences';

Runtime.install({ logger: new DefaultLogger('ERROR') });
const worker = await Worker.create({
  connection: await NativeConnection.connect(connectionOptions),
  namespace,
  taskQueue,
  workflowBundle: { codePath },
  activities: { createOnPlatform, deliver },
  // As Convoke's worker has it: a worker that dies is replaced after 1 s instead of 10 s.
  stickyQueueScheduleToStartTimeout: '1s',
});
const running = worker.run();
const { client } = connectToTemporal(connectionOptions, namespace);

const close = await serveConferences({
  async create(id, request) {
    const handle = await client.workflow.start(plainConference, { taskQueue, workflowId: id, args: [id, request] });
    await handle.executeUpdate(createdUpdate);
  },
  take: (id, event) => client.workflow.getHandle(id).signal(eventSignal, event, keyOf(event)),
});
// The SDK's runtime ends the worker on SIGTERM.
await running;
await close();
process.exit(0);
