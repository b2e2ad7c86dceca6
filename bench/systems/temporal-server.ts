import { readConfig, type Config } from '../../src/config.ts';
import { parametersWithoutFile, untilReady } from '../../src/dev/temporal-server.ts';
import { findProgram } from '../../src/dev/programs.ts';
import { connectToTemporal } from '../../src/client/connect.ts';
import { Program } from './program.ts';
import { logFile, type HistorySize, type Site } from './system.ts';

/** Of so many closed conferences the histories are looked at. */
const LOOKED_AT = 40;

/** The Temporal that a system works on. */
export interface Temporal {
  /** How its parts find it. */
  settings: Record<string, string>;
  /** The server, where it is ours. */
  programs: { temporal?: Program };
  /** What completed conferences of this workflow type have left. */
  histories(workflowType: string, since: Date): Promise<HistorySize | undefined>;
  /** How many workflows of this type are open. */
  open(workflowType: string): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Starts the development server that `convoke temporal` runs, from the checkout whose program `convoke` is, or the same without a file; or uses
 * one that runs.
 */
export async function startTemporal(site: Site, convoke: string): Promise<Temporal> {
  const { server, ports, folder } = site;
  const settings: Record<string, string> = {
    HOST: '127.0.0.1',
    TEMPORAL_ADDRESS: server.kind === 'address' ? server.address : '',
    TEMPORAL_PORT: String(ports.temporal),
    TEMPORAL_UI_PORT: String(ports.temporalUi),
    CONVOKE_DATA_DIR: folder,
  };
  const config = readConfig({ ...process.env, ...settings });
  const temporal = await startServer(site, settings, config, convoke);
  const { connectionOptions, namespace } = config.temporal;
  const { client, close } = connectToTemporal(connectionOptions, namespace);
  return {
    settings: { ...settings, TEMPORAL_ADDRESS: connectionOptions.address },
    programs: temporal === undefined ? {} : { temporal },
    async histories(workflowType, since) {
      const query = `WorkflowType="${workflowType}" AND ExecutionStatus="Completed" AND StartTime > "${since.toISOString()}"`;
      const sizes: { events: number; stateTransitions: number }[] = [];
      for await (const { workflowId } of client.workflow.list({ query, pageSize: LOOKED_AT })) {
        const { historyLength, raw } = await client.workflow.getHandle(workflowId).describe();
        sizes.push({
          events: historyLength,
          stateTransitions: Number(raw.workflowExecutionInfo?.stateTransitionCount),
        });
        if (sizes.length === LOOKED_AT) break;
      }
      return meanOf(sizes);
    },
    async open(workflowType) {
      return (await client.workflow.count(`WorkflowType="${workflowType}" AND ExecutionStatus="Running"`)).count;
    },
    async stop() {
      await close();
      await temporal?.stop();
    },
  };
}

async function startServer(site: Site, settings: Record<string, string>, config: Config, convoke: string) {
  const common = { name: 'temporal', settings, logFile: logFile(site, 'temporal') };
  if (site.server.kind === 'address') return undefined;
  if (site.server.kind === 'file') {
    const parameters = [convoke, 'temporal'];
    return await new Program({ ...common, file: process.execPath, parameters }).untilReady();
  }
  const { path } = await findProgram('temporal', { configuredPath: config.temporal.cliPath });
  const program = new Program({ ...common, file: path, parameters: parametersWithoutFile(config) });
  await untilReady(config, new AbortController().signal);
  return program;
}

function meanOf(sizes: readonly { events: number; stateTransitions: number }[]): HistorySize | undefined {
  if (sizes.length === 0) return undefined;
  const mean = (of: 'events' | 'stateTransitions') =>
    Number((sizes.reduce((total, size) => total + size[of], 0) / sizes.length).toFixed(1));
  return { conferences: sizes.length, events: mean('events'), stateTransitions: mean('stateTransitions') };
}
