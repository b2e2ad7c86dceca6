import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ACCOUNT } from '../town/town.ts';
import { Program } from './program.ts';
import { logFile, nodeProgram, stopAll, type Running, type Site, type System } from './system.ts';
import { startTemporal } from './temporal-server.ts';

/** Starts a program that serves conferences as `programs/surface.ts` does. */
export async function startApp(site: Site, path: string, own: Record<string, string> = {}): Promise<Program> {
  const settings = {
    PORT: String(site.ports.gateway),
    PLATFORM_URL: site.platformUrl,
    USER_ID: ACCOUNT.userId,
    TOKEN: ACCOUNT.token,
    SECRET: ACCOUNT.secret,
    NODE_ENV: 'production',
    ...own,
  };
  return new Program({ name: 'app', ...nodeProgram(path), settings, logFile: logFile(site, 'app') }).untilReady();
}

export function baseUrlOf({ ports }: Site): string {
  return `http://127.0.0.1:${ports.gateway}`;
}

export const memory: System = {
  name: 'memory',
  summary: 'no durability: the HTTP calls alone',
  async start(site) {
    const programs = { app: await startApp(site, 'programs/memory.ts') };
    return { baseUrl: baseUrlOf(site), programs, stop: () => stopAll(programs) };
  },
};

/** Plain Temporal, on the server of the Convoke in this folder. */
export function plainTemporal(folder: string): System {
  return {
    name: 'temporal',
    summary: 'plain Temporal: a signal for each event, an activity for each delivery',
    start: (site) => startPlainTemporal(site, folder),
  };
}

async function startPlainTemporal(site: Site, folder: string): Promise<Running> {
  // Made here, so that making it counts for nothing.
  const workflowsPath = fileURLToPath(new URL('../programs/temporal-workflow.ts', import.meta.url));
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  const bundle = join(site.folder, 'workflow-bundle.js');
  writeFileSync(bundle, code);
  const temporal = await startTemporal(site, join(folder, 'dist/main.js'));
  try {
    const app = await startApp(site, 'programs/temporal.ts', { ...temporal.settings, WORKFLOW_BUNDLE: bundle });
    const stop = async () => {
      await app.stop();
      await temporal.stop();
    };
    const histories = (since: Date) => temporal.histories('plainConference', since);
    const open = () => temporal.open('plainConference');
    return { baseUrl: baseUrlOf(site), programs: { app, ...temporal.programs }, histories, open, stop };
  } catch (error) {
    await temporal.stop();
    throw error;
  }
}
