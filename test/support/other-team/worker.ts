import { NativeConnection, Worker } from '@temporalio/worker';
import { bundleTeam, TEAM_QUEUE } from './other-team.ts';

/* The team's worker as a process of its own, to be killed: TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE say where it works. */
const { TEMPORAL_ADDRESS: address = '', TEMPORAL_NAMESPACE: namespace = '' } = process.env;
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  namespace,
  taskQueue: TEAM_QUEUE,
  workflowBundle: await bundleTeam(),
  stickyQueueScheduleToStartTimeout: '1s',
});
process.stdout.write('ready on the team’s queue\n');
await worker.run();
