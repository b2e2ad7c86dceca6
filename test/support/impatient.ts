import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../src/dev/programs.ts';
import { openHouse, type House, type HouseOptions } from './house.ts';
import { dataDirectory } from './processes.ts';
import { startOwnTemporal } from './temporal-server.ts';

/* A server that suggests continue-as-new after a few events of a history, instead of 4,096: a conference has many runs. */

/** The setting of such a server: a program that starts Temporal's with that limit. */
export async function impatientCli(folder: string, events: number): Promise<{ TEMPORAL_CLI_PATH: string }> {
  const limit = `--dynamic-config-value limit.historyCount.suggestContinueAsNew=${events}`;
  return await otherCli(
    folder,
    (path) => `case "$1" in server) exec "${path}" "$@" ${limit} ;; *) exec "${path}" "$@" ;; esac`,
  );
}

/** The setting of a server whose program is run by a line of a shell. */
export async function otherCli(
  folder: string,
  lineFor: (path: string) => string,
): Promise<{ TEMPORAL_CLI_PATH: string }> {
  const { path } = await findProgram('temporal', { configuredPath: process.env['TEMPORAL_CLI_PATH'] });
  const script = join(folder, 'other-temporal');
  writeFileSync(script, `#!/bin/sh\n${lineFor(path)}\n`, { mode: 0o755 });
  return { TEMPORAL_CLI_PATH: script };
}

/** A house on such a server of its own, which ends with it. */
export async function openImpatientHouse(events: number, options: HouseOptions = {}): Promise<House> {
  const data = dataDirectory();
  const { server, address } = await startOwnTemporal(data.path, await impatientCli(data.path, events));
  process.env['TEST_TEMPORAL_ADDRESS'] = address;
  const house = await openHouse(options);
  const closeHouse = house.close.bind(house);
  house.close = async () => {
    await closeHouse();
    await server.stop();
    data.remove();
  };
  return house;
}
