import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { present } from './catapult/present.ts';
import { SEALED_FAILURES } from './client/data-converter.ts';

const file = (path: string) => fileURLToPath(new URL(`./${path}${extname(import.meta.url)}`, import.meta.url));

/** What is pure is loaded once for all conferences: to load it anew for each would be a quarter of a worker's work. */
const PURE = [
  'conference/reduce',
  'conference/carry',
  'conference/view',
  'conference/story',
  'conference/facts/bounds',
  'conference/facts/bounds-of-messages',
  'conference/facts/bounds-of-state',
  'workflows/no-promise-stacks',
].map(file);

/** How the build calls it, in dist/. */
export function bundleFile({ isSealed }: { isSealed: boolean }): string {
  return isSealed ? 'workflows.sealed.bundle.js' : 'workflows.bundle.js';
}

/** The workflows as a worker runs them: the one place that bundles them, so that none runs without what stands between them and the SDK. Where payloads are sealed, failures are too. */
export function bundleWorkflows({ isSealed = false } = {}): Promise<WorkflowBundle> {
  return bundleWorkflowCode({
    workflowsPath: file('workflows/index'),
    workflowInterceptorModules: [file('workflows/interceptors')],
    preloadModules: PURE,
    ...present({ failureConverterPath: isSealed ? SEALED_FAILURES : undefined }),
    logger: new DefaultLogger('WARN'),
  });
}
