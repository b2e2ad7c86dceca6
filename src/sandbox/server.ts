import { fastify, type FastifyInstance } from 'fastify';
import { answerErrorsOnTheWire, wireServerOptions } from '../catapult/server/answers.ts';
import type { Service } from '../catapult/server/handlers.ts';
import { takeLocalOnly } from '../catapult/server/local-only.ts';
import { serveRoutes } from '../catapult/server/serve.ts';
import { createDeliverer } from '../delivery/deliver.ts';
import { createApi } from './api.ts';
import { systemClock, timersOn, type Clock } from './clock.ts';
import { serveControls } from './controls.ts';
import { doorsOf, type Doors } from './doors.ts';
import { Faults } from './faults.ts';
import { Keeper, readKept } from './keeper.ts';
import { serveInboxes } from './inbox.ts';
import { letFaultsStrike } from './interference.ts';
import { SandboxPlatform } from './platform.ts';

/** The sandbox stands for a platform on the public internet: it may call back wherever it is told to. */
const EVERYWHERE = ['0.0.0.0/0', '::/0'];

export interface Sandbox {
  platform: SandboxPlatform;
  faults: Faults;
  doors: Doors;
  app: FastifyInstance;
  close(): Promise<void>;
}

export interface SandboxOptions {
  /** What faults with a probability do is the same for the same seed; by default each sandbox has another one. */
  seed?: number;
  clock?: Clock;
  /** Where its memory is kept; without it, it is gone with the process. */
  stateFile?: string;
  /** Whether only this machine can reach it: then no web page from elsewhere may, through a browser here. */
  isLocal?: boolean;
}

/** Builds a sandbox; `app.listen` starts it. The account is the one that Convoke has at its platform. */
export function createSandbox(
  account: { userId: string; token: string; secret: string },
  { seed, clock = systemClock, stateFile, isLocal = false }: SandboxOptions = {},
): Sandbox {
  const deliverer = createDeliverer(EVERYWHERE, { isShared: false });
  const changed = () => keeper?.changed();
  const timers = timersOn(stateFile === undefined ? clock : noticing(clock, changed));
  const faults = new Faults(seed);
  const platform = new SandboxPlatform(account, deliverer, timers, faults, changed);
  const keeper = stateFile === undefined ? undefined : new Keeper(stateFile, () => platform.keep());
  const before = stateFile === undefined ? undefined : readKept(stateFile);
  if (before !== undefined) platform.goOn(before);
  const app = fastify({ ...wireServerOptions, forceCloseConnections: true });
  const doors = doorsOf(app.server, timers);
  answerErrorsOnTheWire(app);
  if (isLocal) takeLocalOnly(app);
  const authenticate: Service['authenticate'] = (userId, credentials) => platform.authenticate(userId, credentials);
  serveRoutes(app, { authenticate, handlers: createApi(platform) });
  letFaultsStrike(app, faults, timers);
  serveControls(app, { platform, faults, doors });
  app.get('/healthz', () => ({ status: 'alive' }));
  void app.register(serveInboxes);
  app.addHook('onResponse', async ({ method }) => (method === 'GET' ? undefined : changed()));
  const close = async () => {
    await app.close();
    timers.cancelAll();
    platform.stop();
    await deliverer.close();
    keeper?.write();
  };
  return { platform, faults, doors, app, close };
}

/** Says when something has happened by itself. */
function noticing(clock: Clock, changed: () => void): Clock {
  const after: Clock['after'] = (milliseconds, work) =>
    clock.after(milliseconds, () => {
      changed();
      return work();
    });
  return { now: () => clock.now(), after };
}
