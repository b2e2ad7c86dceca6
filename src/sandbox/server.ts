import { fastify, type FastifyInstance } from 'fastify';
import { answerErrorsOnTheWire, wireServerOptions } from '../catapult/answers.ts';
import { serveCatapult } from '../catapult/serve.ts';
import { createDeliverer } from '../delivery/deliver.ts';
import { systemClock, timersOn, type Clock } from './clock.ts';
import { serveControls } from './controls.ts';
import { doorsOf, type Doors } from './doors.ts';
import { Faults } from './faults.ts';
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
}

/** Builds a sandbox; `app.listen` starts it. The account is the one that Convoke has at its platform. */
export function createSandbox(
  account: { userId: string; token: string; secret: string },
  { seed, clock = systemClock }: SandboxOptions = {},
): Sandbox {
  const deliverer = createDeliverer(EVERYWHERE, { isShared: false });
  const timers = timersOn(clock);
  const faults = new Faults(seed);
  const platform = new SandboxPlatform(account, deliverer, timers, faults);
  const app = fastify({ ...wireServerOptions, forceCloseConnections: true });
  const doors = doorsOf(app.server, timers);
  answerErrorsOnTheWire(app);
  serveCatapult(app, platform);
  letFaultsStrike(app, faults, timers);
  serveControls(app, { platform, faults, doors });
  app.get('/healthz', () => ({ status: 'alive' }));
  void app.register(serveInboxes);
  const close = async () => {
    await app.close();
    timers.cancelAll();
    await deliverer.close();
  };
  return { platform, faults, doors, app, close };
}
