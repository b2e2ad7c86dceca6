import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const file = (path: string) => fileURLToPath(new URL(`./${path}${extname(import.meta.url)}`, import.meta.url));

/** What is pure is loaded once for all conferences: to load it anew for each would be a quarter of a worker's work. */
const PURE = ['conference/reduce', 'conference/carry', 'conference/view', 'workflows/no-promise-stacks'].map(file);

/** The workflows as a worker runs them: the one place that bundles them, so that none runs without what stands between them and the SDK. */
export function bundleWorkflows(): Promise<WorkflowBundle> {
  return bundleWorkflowCode({
    workflowsPath: file('workflows/index'),
    workflowInterceptorModules: [file('workflows/interceptors')],
    preloadModules: PURE,
    logger: new DefaultLogger('WARN'),
  });
}
