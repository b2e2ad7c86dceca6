import type { RequestListener, Server } from 'node:http';
import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { platformAccountOf, type Accounts } from '../accounts/accounts.ts';
import { Doorkeeper } from '../accounts/operator.ts';
import type { Permission } from '../accounts/tokens.ts';
import type { CallbackTokens } from '../accounts/callback-tokens.ts';
import { answerErrorsOnTheWire, wireServerOptions } from '../catapult/server/answers.ts';
import type { Credentials } from '../catapult/credentials.ts';
import type { Service } from '../catapult/server/handlers.ts';
import { takeLocalOnly } from '../catapult/server/local-only.ts';
import { serveRoutes } from '../catapult/server/serve.ts';
import type { ConferenceClient, Conferences, Usage } from '../client/index.ts';
import type { Logger } from '../telemetry/log.ts';
import type { AuditLog } from '../telemetry/audit-log.ts';
import type { ApiOptions } from './api-options.ts';
import { createApi } from './api.ts';
import { auditRequests } from './audit.ts';
import { serveBridge, serveRecalls, type AckAfter } from './bridge.ts';
import { serveConsole, type ConsoleFiles } from './console.ts';
import { FirstAttempts, type FirstAttemptsOptions } from './first-attempts.ts';
import { Forwarder } from './forwarder.ts';
import { serveDescription } from './description.ts';
import { rememberedHealth, serveHealth, type GatewayHealth } from './health.ts';
import { onceAMinute } from './diagnosis.ts';
import { healthOf } from './health-of.ts';
import { flushSoon } from './flush.ts';
import type { Diagnosis } from '../catapult/watching-resources.ts';
import type { Journal } from './journal.ts';
import { Outages } from './outages.ts';
import { Leases, type LeasesOptions } from './leases.ts';
import type { WatchedDeliverer } from '../delivery/deliver.ts';
import { measureGateway, type CountConferences } from './measuring.ts';
import { AccountLimits } from './limits/account-limits.ts';
import { FailedCredentials } from './limits/failed-credentials.ts';
import { tellOfTls } from './tls.ts';
import { traceRequests } from './tracing.ts';

export interface GatewayDependencies {
  /** The client that the API and the bridge use. */
  client: ConferenceClient;
  conferences: Conferences;
  accounts: Accounts;
  /** Who may look at all accounts; nobody unless given. */
  operator?: Credentials | undefined;
  callbackTokens: CallbackTokens;
  health: () => Promise<GatewayHealth>;
  /** Looks through all that the deployment needs, for operators; without it nothing is found. */
  examine?: () => Promise<Diagnosis['findings']>;
  /** Closed with the server. */
  journal: Journal;
  /** For the metrics. */
  countConferences?: CountConferences | undefined;
  ackAfter: AckAfter;
  /** Without it the worker delivers all events. Closed with the server. */
  deliveries?: OwnDeliveries | undefined;
  /** Whether the platform has another gateway to turn to while this one is away. */
  hasSecond: boolean;
  /** By what accounts are held to their limits, and guessing is bounded; without it nothing is. Stopped with the server. */
  usage?: Usage | undefined;
  /** Makes the server that it listens with, where that is not one of plain HTTP. */
  serverFactory?: ((handler: RequestListener) => Server) | undefined;
  /** Where every request of an account is told of. Closed with the server. */
  audit?: AuditLog | undefined;
  /** Networks (CIDR) from which the platform's callbacks are taken; from everywhere unless given. */
  platformNetworks?: readonly string[] | undefined;
  /** Networks (CIDR) of proxies whose word is taken for where a request comes from. */
  trustedProxies?: readonly string[];
  /** What a customer's URL would have to be instead, as far as it shows without looking up its name; undefined where it may be used. */
  refuseUses?: ApiOptions['refuseUses'];
  /** Set where the credentials are known to everyone: the hosts, beside this machine, by which it may be reached. */
  localHosts?: readonly string[] | undefined;
  /** The page for people who watch; without it there is none. */
  console?: ConsoleFiles | undefined;
  logger: Logger;
  /** The base of `Location`; without it the client's Host header. */
  publicUrl?: string | undefined;
}

/**
 * What a gateway needs to send events itself: how, and where conferences reach it to take that back; and to create conferences, whose events
 * it then has from the first on.
 */
export type OwnDeliveries = { deliverer: WatchedDeliverer } & Pick<LeasesOptions, 'url' | 'bridgeUrl'> &
  Pick<FirstAttemptsOptions, 'platform' | 'platformAccount'>;

/** Builds the gateway's HTTP server: the public API and its description, the bridge, health. `app.listen` starts it. */
export function createGateway(dependencies: GatewayDependencies): FastifyInstance {
  const { conferences, journal, ackAfter, logger } = dependencies;
  const health = rememberedHealth(dependencies.health);
  const loggerInstance: FastifyBaseLogger = logger;
  const logController = new LogController({ disableRequestLogging: true });
  const { trustedProxies = [] } = dependencies;
  const trustProxy = trustedProxies.length > 0 && [...trustedProxies];
  const { serverFactory } = dependencies;
  const own = serverFactory === undefined ? {} : { serverFactory };
  const app = fastify({ ...wireServerOptions, ...own, loggerInstance, logController, trustProxy });
  const outages = new Outages(conferences, logger);
  const forwarder = new Forwarder(journal, (ids, batch) => conferences.takeCallbacks(ids, batch), logger);
  const leases = leasesOf(dependencies, forwarder);
  journal.onMended = () => outages.reconcileRefused();
  journal.onLost = (ids) => outages.reconcileOne(ids);
  app.addHook('onListen', async () => reconcileAfterStart(dependencies, outages));

  const stopMeasuring = measureGateway(app, journal, dependencies.countConferences);
  traceRequests(app);
  answerErrorsOnTheWire(app);
  if (dependencies.localHosts !== undefined) takeLocalOnly(app, dependencies.localHosts);
  if (dependencies.publicUrl === undefined) tellOfTls(app, logger);
  if (dependencies.audit !== undefined) auditRequests(app, { ...dependencies, audit: dependencies.audit });
  const parts = {
    ...partsOf(dependencies, forwarder, leases),
    health: healthOf(dependencies, health),
    diagnose: onceAMinute(dependencies.examine ?? (async () => [])),
  };
  serveRoutes(app, serviceOf(dependencies, parts), dependencies.publicUrl);
  void app.register(async (bridge) => serveBridge(bridge, { ...dependencies, forwarder, outages, leases }));
  const recallable = leases ?? { recall: async () => false, flush: (ids) => flushSoon(forwarder, ids) };
  void app.register(async (bridge) => serveRecalls(bridge, dependencies.callbackTokens, recallable));
  serveDescription(app, dependencies.publicUrl);
  if (dependencies.console !== undefined) serveConsole(app, dependencies.console);
  serveHealth(app, health, journal, ackAfter);
  app.addHook('onClose', async () => {
    outages.stop();
    stopMeasuring();
    dependencies.usage?.stop();
    await leases?.stop();
    await forwarder.stop();
    await journal.close();
    await Promise.all([dependencies.deliveries?.deliverer.close(), dependencies.deliveries?.platform.close()]);
    await dependencies.audit?.close();
  });
  return app;
}

/** Once it can be reached: before a reading of the platform counts, conferences are to hear of all that the journal holds. */
function reconcileAfterStart({ hasSecond, journal }: GatewayDependencies, outages: Outages): void {
  // Also with a new journal: the one before may be gone.
  if (!hasSecond) outages.reconcileAllOpen('the gateway was away');
  else if (journal.stats().damaged > 0) outages.reconcileAllOpen('the journal was damaged');
}

/** The API, for those who are let in and have not reached their limits. */
function serviceOf(
  { client, accounts, operator, usage, logger, refuseUses }: GatewayDependencies,
  parts: Pick<ApiOptions, 'flush' | 'creator' | 'health' | 'diagnose'>,
): Service {
  const doorkeeper = new Doorkeeper(accounts, operator);
  const stillMay: Service['stillMay'] = (userId, credentials) => doorkeeper.verify(userId, credentials) !== undefined;
  if (usage === undefined) {
    return {
      authenticate: (userId, credentials) => mayOf(doorkeeper.verify(userId, credentials)),
      stillMay,
      handlers: createApi(client, { ...parts, refuseUses }),
    };
  }
  const gateways = () => usage.gateways();
  const limits = new AccountLimits({
    accounts,
    gateways,
    count: (userId, which) => usage.count(userId, which),
    isBegun: (userId, key) => usage.isBegun(userId, key),
    takeRedeliveryTurn: (userId) => usage.takeRedeliveryTurn(userId),
  });
  const failed = new FailedCredentials({ accounts: doorkeeper, gateways, logger });
  return {
    authenticate: (userId, credentials, address) => mayOf(failed.check(userId, credentials, address)),
    stillMay,
    enter: (userId) => limits.enter(userId),
    handlers: createApi(client, { ...parts, limits, refuseUses }),
  };
}

function mayOf(permission: Permission | undefined): boolean | 'read' | 'operate' {
  return permission === 'write' || (permission ?? false);
}

/** What the API has of a gateway with leases; without them its workflow creates every conference. */
function partsOf(
  { deliveries, callbackTokens, accounts }: GatewayDependencies,
  forwarder: Forwarder,
  leases: Leases | undefined,
): Pick<ApiOptions, 'flush' | 'creator'> {
  if (deliveries === undefined || leases === undefined) return {};
  const ofAccount = (userId: string) => platformAccountOf(accounts.get(userId));
  const creator = new FirstAttempts({ ...deliveries, platformAccountOf: ofAccount, callbackTokens, forwarder, leases });
  return { flush: (ids) => leases.flush(ids), creator };
}

/** With `temporal` an event must be its conference's before anything is done with it. */
function leasesOf(
  { deliveries, ackAfter, conferences, journal, accounts, logger }: GatewayDependencies,
  forwarder: Forwarder,
): Leases | undefined {
  if (deliveries === undefined || ackAfter === 'temporal') return undefined;
  return new Leases({ ...deliveries, conferences, journal, forwarder, accounts, logger });
}
