import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const workflows = (file: string) =>
  fileURLToPath(new URL(`./workflows/${file}${extname(import.meta.url)}`, import.meta.url));

/** The workflows as a worker runs them: the one place that bundles them, so that none runs without what stands between them and the SDK. */
export function bundleWorkflows(): Promise<WorkflowBundle> {
  return bundleWorkflowCode({
    workflowsPath: workflows('index'),
    workflowInterceptorModules: [workflows('interceptors')],
    logger: new DefaultLogger('WARN'),
  });
}
