import { readConfig } from '../../src/config.ts';
import { startTemporalServer } from '../../src/dev/temporal-server.ts';
import type { RunningPart } from '../../src/part.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { freePort } from './processes.ts';

export interface OwnTemporal {
  address: string;
  server: RunningPart;
}

/** The Temporal server that `npm start` runs, on ports of its own, with its data in a folder. */
export async function startOwnTemporal(folder: string, settings: Record<string, string> = {}): Promise<OwnTemporal> {
  const [TEMPORAL_PORT, TEMPORAL_UI_PORT] = [await freePort(), await freePort()];
  // What the tests' own server is called by must not lead there.
  const own = { TEMPORAL_ADDRESS: '', TEMPORAL_PORT, TEMPORAL_UI_PORT, CONVOKE_DATA_DIR: folder };
  const config = readConfig({ ...process.env, ...own, ...settings });
  return {
    server: await startTemporalServer(config, createLogger('temporal', 'warn')),
    address: `127.0.0.1:${TEMPORAL_PORT}`,
  };
}
