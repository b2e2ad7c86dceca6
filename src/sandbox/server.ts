import { fastify, type FastifyInstance } from 'fastify';
import { answerErrorsOnTheWire, serveCatapult, wireServerOptions } from '../catapult/serve.ts';
import { createDeliverer } from '../delivery/deliver.ts';
import { serveInboxes } from './inbox.ts';
import { SandboxPlatform } from './platform.ts';

/** The sandbox stands for a platform on the public internet: it may call back wherever it is told to. */
const EVERYWHERE = ['0.0.0.0/0', '::/0'];

export interface Sandbox {
  platform: SandboxPlatform;
  app: FastifyInstance;
  close(): Promise<void>;
}

/** Builds a sandbox; `app.listen` starts it. The account is the one that Convoke has at its platform. */
export function createSandbox(account: { userId: string; token: string; secret: string }): Sandbox {
  const deliverer = createDeliverer(EVERYWHERE, Infinity);
  const platform = new SandboxPlatform(account, deliverer);
  const app = fastify({ ...wireServerOptions, forceCloseConnections: true });
  answerErrorsOnTheWire(app);
  serveCatapult(app, platform);
  app.get('/sandbox/conferences', () => platform.list());
  app.get('/healthz', () => ({ status: 'alive' }));
  void app.register(serveInboxes);
  const close = async () => {
    await app.close();
    await deliverer.close();
  };
  return { platform, app, close };
}
