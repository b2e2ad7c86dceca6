import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Accounts } from '../accounts/accounts.ts';
import type { CallbackTokens } from '../accounts/callback-tokens.ts';
import { answerErrorsOnTheWire, wireServerOptions } from '../catapult/answers.ts';
import { serveCatapult } from '../catapult/serve.ts';
import type { ConferenceClient, TemporalHealth } from '../client/index.ts';
import type { Logger } from '../telemetry/log.ts';
import { createApi } from './api.ts';
import { serveBridge } from './bridge.ts';
import { serveHealth } from './health.ts';

export interface GatewayDependencies {
  conferences: ConferenceClient;
  accounts: Accounts;
  callbackTokens: CallbackTokens;
  health: () => Promise<TemporalHealth>;
  logger: Logger;
  /** The base of `Location`; without it the client's Host header. */
  publicUrl?: string | undefined;
}

/** Builds the gateway's HTTP server: the public API, the bridge, health. `app.listen` starts it. */
export function createGateway({
  conferences,
  accounts,
  callbackTokens,
  health,
  logger,
  publicUrl,
}: GatewayDependencies): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = logger;
  const logController = new LogController({ disableRequestLogging: true });
  const app = fastify({ ...wireServerOptions, loggerInstance, logController });
  answerErrorsOnTheWire(app);
  serveCatapult(app, createApi(accounts, conferences), publicUrl);
  serveBridge(app, callbackTokens, (ids, batch) => conferences.takeCallbacks(ids, batch));
  serveHealth(app, health);
  return app;
}
