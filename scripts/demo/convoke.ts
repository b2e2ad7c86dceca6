import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostAndPort, readConfig, type Config } from '../../src/config.ts';
import { startChildPart } from '../../src/dev/child-part.ts';
import { requireFreePort } from '../../src/dev/ports.ts';
import type { PlatformName } from '../../src/dev/start.ts';
import { readRunning } from '../../src/dev/running.ts';
import { Failure } from '../../src/failure.ts';
import { print } from './tell.ts';

const PROGRAM = fileURLToPath(new URL('../convoke.mjs', import.meta.url));
const PORTS = [
  ...(['PORT', 'SANDBOX_PORT', 'ASTERISK_PORT', 'ASTERISK_SIP_PORT'] as const),
  ...(['TEMPORAL_PORT', 'TEMPORAL_UI_PORT'] as const),
];

/** A Convoke that runs, with its sandbox. */
export interface Convoke {
  config: Config;
  gateway: string;
  sandbox: string;
  /** What to say at the end of where the conference can still be seen. */
  afterwards?: string;
  /** Rejects when it ends although nobody stopped it. */
  died: Promise<never>;
  stop(): Promise<void>;
}

/** The `npm start` that runs with our settings; without one, one of the demo's own. @throws Failure if it cannot start. */
export async function findOrStart(signal: AbortSignal, platform: PlatformName): Promise<Convoke> {
  const config = readConfig();
  if (platform === 'asterisk') return startOwn(config, platform, signal);
  requireLocal(config);
  const found = at(config);
  if (readRunning(config.dataDir) === undefined || !(await answers(found.gateway)) || !(await answers(found.sandbox))) {
    return startOwn(config, platform, signal);
  }
  print(`An npm start runs at ${found.gateway}: the demo uses it, and leaves it as it is.`);
  return { ...found, died: new Promise(() => undefined), stop: async () => undefined };
}

/** The story is told with the local account, and on the sandbox. */
function requireLocal({ accountsFile, platform, host, sandboxPort }: Config): void {
  if (accountsFile !== undefined) throw new Failure('The demo uses the local account: leave ACCOUNTS_FILE out.');
  if (platform.url === `http://${hostAndPort(host, sandboxPort)}`) return;
  throw new Failure(`The demo is for the sandbox, and PLATFORM_URL is ${platform.url}: leave it out.`);
}

async function startOwn(wanted: Config, platform: PlatformName, signal: AbortSignal): Promise<Convoke> {
  const place = await placeFor(wanted, platform);
  const environment = { ...process.env, ...place.settings };
  let isUp = false;
  const show = (line: string) => {
    if (line.startsWith('Convoke is ready')) isUp = true;
    if (!isUp && line !== '') print(line);
  };
  const part = startChildPart('start', show, { program: PROGRAM, parameters: ['--platform', platform], environment });
  const stop = async () => {
    await part.stop();
    place.remove();
  };
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Failure('Stopped.')), { once: true });
  });
  try {
    await Promise.race([part.ready, part.died, stopped]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...at(readConfig(environment)), afterwards: place.afterwards, died: part.died, stop };
}

function at(config: Config): Pick<Convoke, 'config' | 'gateway' | 'sandbox'> {
  const url = (port: number) => `http://${hostAndPort(config.host, port)}`;
  return { config, gateway: url(config.port), sandbox: url(config.sandboxPort) };
}

/** Whether an npm start with these settings finds its ports and its data directory free. */
async function isFree({ host, port, sandboxPort, temporal, dataDir }: Config): Promise<boolean> {
  if (readRunning(dataDir) !== undefined) return false;
  const ports = [port, sandboxPort, ...(temporal.external ? [] : [temporal.port, temporal.uiPort])];
  const free = await Promise.allSettled(ports.map((port) => requireFreePort(host, port, '')));
  return free.every(({ status }) => status === 'fulfilled');
}

/** One on Asterisk is never in the way of another: the telephones want ports too. */
async function placeFor(wanted: Config, platform: PlatformName): Promise<Place> {
  if (platform === 'asterisk') {
    print('The demo starts an npm start of its own, on ports of its own.');
    return await elsewhere();
  }
  print('No npm start runs here: the demo starts its own.');
  if (await isFree(wanted)) return asWanted;
  print('Something else has its ports or its data directory, so that it takes others.');
  return await elsewhere();
}

/** Where the demo's own npm start runs: settings beside those that were given, and what is left of it. */
interface Place {
  settings: Record<string, string>;
  remove: () => void;
  afterwards: string;
}

const asWanted: Place = {
  settings: {},
  remove: () => undefined,
  afterwards: 'npm start, with the same settings, shows it there again.',
};

/** A place where nothing is in the way: any free ports, and a data directory that is removed at the end. */
async function elsewhere(): Promise<Place> {
  const dataDir = mkdtempSync(join(tmpdir(), 'convoke-demo-'));
  const settings: Record<string, string> = { CONVOKE_DATA_DIR: dataDir };
  for (const name of PORTS) settings[name] = String(await freePort());
  const remove = () => rmSync(dataDir, { recursive: true, force: true });
  return { settings, remove, afterwards: 'That Temporal was the demo’s own, and stops now.' };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Failure('There is no free port.');
  return address.port;
}

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  return answer?.ok === true;
}
