import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Accounts } from '../accounts/accounts.ts';
import type { CallbackTokens } from '../accounts/callback-tokens.ts';
import { answerErrorsOnTheWire, wireServerOptions } from '../catapult/answers.ts';
import { serveCatapult } from '../catapult/serve.ts';
import type { ConferenceClient } from '../client/index.ts';
import type { Logger } from '../telemetry/log.ts';
import { createApi } from './api.ts';
import { serveBridge, type AckAfter } from './bridge.ts';
import { Forwarder } from './forwarder.ts';
import { serveHealth, type GatewayHealth } from './health.ts';
import type { Journal } from './journal.ts';
import { Outages } from './outages.ts';
import { tellOfTls } from './tls.ts';

export interface GatewayDependencies {
  conferences: ConferenceClient;
  accounts: Accounts;
  callbackTokens: CallbackTokens;
  health: () => Promise<GatewayHealth>;
  /** Closed with the server. */
  journal: Journal;
  ackAfter: AckAfter;
  /** Whether the platform has another gateway to turn to while this one is away. */
  hasSecond: boolean;
  logger: Logger;
  /** The base of `Location`; without it the client's Host header. */
  publicUrl?: string | undefined;
}

/** Builds the gateway's HTTP server: the public API, the bridge, health. `app.listen` starts it. */
export function createGateway(dependencies: GatewayDependencies): FastifyInstance {
  const { conferences, accounts, health, journal, ackAfter, logger } = dependencies;
  const loggerInstance: FastifyBaseLogger = logger;
  const logController = new LogController({ disableRequestLogging: true });
  const app = fastify({ ...wireServerOptions, loggerInstance, logController });
  const outages = new Outages(conferences, logger);
  const forwarder = new Forwarder(journal, (ids, batch) => conferences.takeCallbacks(ids, batch), logger);
  journal.onMended = () => outages.reconcileRefused();
  journal.onLost = (ids) => outages.reconcileOne(ids);
  // Also with a new journal: the one before may be gone.
  if (!dependencies.hasSecond) outages.reconcileAllOpen('the gateway was away');
  else if (journal.stats().damaged > 0) outages.reconcileAllOpen('the journal was damaged');

  answerErrorsOnTheWire(app);
  if (dependencies.publicUrl === undefined) tellOfTls(app, logger);
  serveCatapult(app, createApi(accounts, conferences), dependencies.publicUrl);
  void app.register(async (bridge) => serveBridge(bridge, { ...dependencies, forwarder, outages }));
  serveHealth(app, health, journal, ackAfter);
  app.addHook('onClose', async () => {
    outages.stop();
    await forwarder.stop();
    await journal.close();
  });
  return app;
}
