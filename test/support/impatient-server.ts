import { Connection } from '@temporalio/client';
import { ensureSearchAttributes } from '../../src/namespace.ts';
import { findProgram } from '../../src/dev/programs.ts';
import { freePort, killGroup, launch } from './processes.ts';

export interface ImpatientServer {
  stop(): Promise<void>;
}

/** A Temporal server that suggests to continue as new after so many events of a history, instead of 4,096; what is opened from now on uses it. */
export async function startImpatientServer(events: number): Promise<ImpatientServer> {
  const { path } = await findProgram('temporal', { configuredPath: process.env['TEMPORAL_CLI_PATH'] });
  const port = await freePort();
  const parameters = ['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', port, '--log-level', 'error'];
  const limit = `limit.historyCount.suggestContinueAsNew=${events}`;
  const server = launch(path, [...parameters, '--dynamic-config-value', limit], {});
  await server.until(/Temporal Server:/);
  const address = `127.0.0.1:${port}`;
  const connection = await Connection.connect({ address });
  await ensureSearchAttributes(connection, 'default');
  await connection.close();
  process.env['TEST_TEMPORAL_ADDRESS'] = address;
  return {
    async stop() {
      killGroup(server);
      await server.ended;
    },
  };
}
