import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Accounts } from '../accounts/accounts.ts';
import type { CallbackTokens } from '../accounts/callback-tokens.ts';
import { answerErrorsOnTheWire, wireServerOptions } from '../catapult/server/answers.ts';
import type { Service } from '../catapult/server/handlers.ts';
import { serveRoutes } from '../catapult/server/serve.ts';
import type { ConferenceClient, ConferenceIds, Conferences, Creator } from '../client/index.ts';
import type { Logger } from '../telemetry/log.ts';
import { createApi } from './api.ts';
import { serveBridge, serveRecalls, type AckAfter } from './bridge.ts';
import { FirstAttempts, type FirstAttemptsOptions } from './first-attempts.ts';
import { Forwarder } from './forwarder.ts';
import { serveDescription } from './description.ts';
import { serveHealth, type GatewayHealth } from './health.ts';
import type { Journal } from './journal.ts';
import { Outages } from './outages.ts';
import { Leases, type LeasesOptions } from './leases.ts';
import { tellOfTls } from './tls.ts';

export interface GatewayDependencies {
  /** The client that the API and the bridge use. */
  client: ConferenceClient;
  conferences: Conferences;
  accounts: Accounts;
  callbackTokens: CallbackTokens;
  health: () => Promise<GatewayHealth>;
  /** Closed with the server. */
  journal: Journal;
  ackAfter: AckAfter;
  /** Without it the worker delivers all events. Closed with the server. */
  deliveries?: OwnDeliveries | undefined;
  /** Whether the platform has another gateway to turn to while this one is away. */
  hasSecond: boolean;
  logger: Logger;
  /** The base of `Location`; without it the client's Host header. */
  publicUrl?: string | undefined;
}

/**
 * What a gateway needs to send events itself: how, and where conferences reach it to take that back; and to create conferences, whose events
 * it then has from the first on.
 */
export type OwnDeliveries = Pick<LeasesOptions, 'deliverer' | 'url' | 'bridgeUrl'> &
  Pick<FirstAttemptsOptions, 'platform' | 'platformAccount'>;

/** Builds the gateway's HTTP server: the public API and its description, the bridge, health. `app.listen` starts it. */
export function createGateway(dependencies: GatewayDependencies): FastifyInstance {
  const { conferences, accounts, health, journal, ackAfter, logger } = dependencies;
  const loggerInstance: FastifyBaseLogger = logger;
  const logController = new LogController({ disableRequestLogging: true });
  const app = fastify({ ...wireServerOptions, loggerInstance, logController });
  const outages = new Outages(conferences, logger);
  const forwarder = new Forwarder(journal, (ids, batch) => conferences.takeCallbacks(ids, batch), logger);
  const leases = leasesOf(dependencies, forwarder);
  journal.onMended = () => outages.reconcileRefused();
  journal.onLost = (ids) => outages.reconcileOne(ids);
  // Also with a new journal: the one before may be gone.
  if (!dependencies.hasSecond) outages.reconcileAllOpen('the gateway was away');
  else if (journal.stats().damaged > 0) outages.reconcileAllOpen('the journal was damaged');

  answerErrorsOnTheWire(app);
  if (dependencies.publicUrl === undefined) tellOfTls(app, logger);
  const creator = creatorOf(dependencies, forwarder, leases);
  const flush = leases && ((ids: ConferenceIds) => leases.flush(ids));
  const handlers = createApi(dependencies.client, { flush, creator });
  const authenticate: Service['authenticate'] = (userId, credentials) => accounts.verify(userId, credentials);
  serveRoutes(app, { authenticate, handlers }, dependencies.publicUrl);
  void app.register(async (bridge) => serveBridge(bridge, { ...dependencies, forwarder, outages, leases }));
  if (leases !== undefined)
    void app.register(async (bridge) => serveRecalls(bridge, dependencies.callbackTokens, leases));
  serveDescription(app, dependencies.publicUrl);
  serveHealth(app, health, journal, ackAfter);
  app.addHook('onClose', async () => {
    outages.stop();
    await leases?.stop();
    await forwarder.stop();
    await journal.close();
    await Promise.all([dependencies.deliveries?.deliverer.close(), dependencies.deliveries?.platform.close()]);
  });
  return app;
}

/** With `temporal` an event must be its conference's before anything is done with it. */
function leasesOf(
  { deliveries, ackAfter, conferences, journal, accounts, logger }: GatewayDependencies,
  forwarder: Forwarder,
): Leases | undefined {
  if (deliveries === undefined || ackAfter === 'temporal') return undefined;
  return new Leases({ ...deliveries, conferences, journal, forwarder, accounts, logger });
}

/** Without leases its workflow creates every conference. */
function creatorOf(
  { deliveries, callbackTokens }: GatewayDependencies,
  forwarder: Forwarder,
  leases: Leases | undefined,
): Creator | undefined {
  if (deliveries === undefined || leases === undefined) return undefined;
  return new FirstAttempts({ ...deliveries, callbackTokens, forwarder, leases });
}
