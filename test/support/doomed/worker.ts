import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { runPart } from '../../../src/run-part.ts';
import { startWorkers } from '../../../src/worker.ts';

/* The worker process as it is, but with a workflow that its engine dies of. */
const workflowsPath = fileURLToPath(new URL('./workflows.ts', import.meta.url));
await runPart('worker', () =>
  Promise.resolve(async (config, logger) => startWorkers(config, logger, await bundleWorkflowCode({ workflowsPath }))),
);
