import { join } from 'node:path';
import { makeDataDirectory } from './data-directory.ts';
import { listen, type StartPart } from './part.ts';
import { createSandbox } from './sandbox/server.ts';

/** A Catapult platform on this machine: the sandbox process. */
export const startSandbox: StartPart = async (config) => {
  makeDataDirectory(config.dataDir);
  const sandbox = createSandbox(config.platform, {
    stateFile: join(config.dataDir, 'sandbox.json'),
    isLocal: config.isLoopback,
  });
  const address = await listen(sandbox.app, config.host, config.sandboxPort, 'SANDBOX_PORT');
  return { address, stop: () => sandbox.close() };
};
