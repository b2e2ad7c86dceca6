import type { Connection } from '@temporalio/client';
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { defaultMaxDurationIn, networksOf, type Accounts } from './accounts/accounts.ts';
import { openAccounts } from './accounts/open.ts';
import { noteTokenUses } from './accounts/note-uses.ts';
import { watchAccounts } from './accounts/watch.ts';
import { auditLogOf } from './audit.ts';
import { loadCallbackTokens } from './accounts/callback-tokens.ts';
import { otherKeysInWords, otherPayloadKeysInWords } from './callback-keys.ts';
import {
  ConferenceClient,
  Conferences,
  connectToTemporal,
  consoleAt,
  countByPhase,
  healthCheck,
  Usage,
} from './client/index.ts';
import { heldKeysOf, type HeldKeys } from './held-keys.ts';
import { loadConsole } from './console/bundle.ts';
import { createDeliverer } from './delivery/deliver.ts';
import { requireFreePort } from './dev/ports.ts';
import { temporalInWords, type Config } from './config.ts';
import { Failure, reasonOf } from './failure.ts';
import { Journal } from './gateway/journal.ts';
import { watchNamespace, type Look } from './gateway/namespace-watch.ts';
import { createGateway, type OwnDeliveries } from './gateway/server.ts';
import { serveMetrics } from './metrics-server.ts';
import { checkNamespace } from './namespace.ts';
import { createPlatformClient } from './platform/client.ts';
import { refusingUses } from './refuse-uses.ts';
import { measured } from './platform/measured.ts';
import type { Logger } from './telemetry/log.ts';
import { loadTls, tlsServer, watchTls } from './tls.ts';
import { startTracing } from './telemetry/tracing.ts';
import { listen, type StartPart } from './part.ts';

/** The HTTP API and the bridge: the gateway process. It starts without Temporal and answers 503 until that is there. */
export const startGateway: StartPart = async (config, logger) => {
  const stopTracing = await startTracing('gateway', config.tracesTo);
  const { accounts, store, callbackTokens, audit, tls, journal } = await openKept(config, logger);
  const { namespace, connectionOptions, payloadKeys } = config.temporal;
  const { client, connection, close } = connectToTemporal(connectionOptions, namespace, payloadKeys);
  const keys = await heldKeysOf('gateway', client, config, logger).catch(async (error: unknown) => {
    await Promise.all([journal.close(), store?.close(), close()]);
    throw error;
  });
  const otherKeys = async () => [
    await otherKeysInWords(client, callbackTokens),
    await otherPayloadKeysInWords(client, payloadKeys),
  ];
  const look = lookingAt(connection, namespace, { keys, otherKeys });
  const watch = watchNamespace(look, temporalInWords(config), logger);
  const health = healthCheck(client);
  const app = createGateway({
    client: new ConferenceClient(client, {
      accounts,
      retryWindowMs: config.retryWindowMs,
      consoleUrl: consoleAt(config.bridge.primaryUrl),
      defaultMaxDurationOf: defaultMaxDurationIn(accounts, config.defaultMaxDuration),
    }),
    conferences: new Conferences(client),
    countConferences: () => countByPhase(client),
    accounts,
    operator: config.operator,
    callbackTokens,
    health: async () => ({ ...(await health()), namespace: watch.seen() }),
    // What it needs is loaded by then only.
    examine: async () => await (await import('./doctor/examine.ts')).examineAll(config),
    journal,
    ackAfter: config.ackAfter,
    deliveries: config.deliverFrom === 'gateway' ? deliveriesOf(config, accounts) : undefined,
    audit,
    serverFactory: tls && ((handler) => tlsServer(tls, handler)),
    // The local account's credentials are known to everyone, and it has nobody to share with.
    usage: !config.hasAccounts ? undefined : new Usage(client, { identity: gatewayName(config) }),
    trustedProxies: config.trustedProxies,
    platformNetworks: config.platformNetworks,
    refuseUses: refusingUses(config, accounts),
    localHosts: config.hasAccounts ? undefined : hostsOf(config.bridge),
    console: await loadConsole(),
    hasSecond: config.bridge.fallbackUrl !== config.bridge.primaryUrl,
    logger,
    publicUrl: config.publicUrl,
  });
  const address = await listen(app, config.host, config.port, 'PORT');
  const stopMetrics = await serveMetrics('gateway', config, logger);
  const leaveAccounts = store && [
    watchAccounts(accounts, store, logger, (change) => audit?.write(change)),
    noteTokenUses(accounts, store, logger),
  ];
  const leaveTls = config.tls && watchTls(app.server, config.tls, logger);
  const stop = async () => {
    watch.stop();
    leaveTls?.();
    await stopMetrics();
    // Requests get the time an answer may take; a client that never ends its request does not keep us.
    const tooSlow = setTimeout(() => app.server.closeAllConnections(), 12_000);
    await app.close();
    clearTimeout(tooSlow);
    await Promise.all((leaveAccounts ?? []).map((leave) => leave()));
    await store?.close();
    await close();
    await stopTracing();
  };
  return { address, stop };
};

/** What lies between a gateway and the workers. */
function lookingAt(
  connection: Connection,
  namespace: string,
  { keys, otherKeys }: { keys: HeldKeys; otherKeys: () => Promise<(string | undefined)[]> },
): Look {
  return async () => {
    const found = await checkNamespace(connection, namespace);
    const lacks = found.lacks ?? (await keys.missing());
    if (lacks !== undefined) return { lacks, warnings: [] };
    return { warnings: [found.warning, ...(await otherKeys())].filter((one) => one !== undefined) };
  };
}

/** What it keeps on this machine, or reads there. What is wrong with the settings ends it before the journal is touched. */
async function openKept(config: Config, logger: Logger) {
  if (!config.hasAccounts && !config.isLoopback) {
    throw new Failure(
      `HOST is ${config.host}, where others reach it: set ACCOUNTS_FILE or ACCOUNTS_URL, or HOST to 127.0.0.1.`,
    );
  }
  await requireFreePort(config.host, config.port, 'PORT');
  const { accounts, store } = await openAccounts(config);
  const callbackTokens = loadCallbackTokens(config.callbackKeys, config.dataDir);
  const tls = config.tls && loadTls(config.tls);
  const audit = await auditLogOf(config, logger);
  // Keys are settings, and change with a start.
  const keys = { callbackKeys: callbackTokens.fingerprints, accountsKeys: [...config.accountsKeys.keys()] };
  audit?.write({ event: 'gateway-started', ...keys });
  const journal = await Journal.open(config.journalDir, logger).catch((error: unknown) => {
    throw new Failure(reasonOf(error), { cause: error });
  });
  return { accounts, store, callbackTokens, audit, tls, journal };
}

/** What it needs to deliver events, and to create conferences, itself. */
function deliveriesOf(
  { allowedNetworks, readableNetworks, targetRules, bridge, platform }: Config,
  accounts: Accounts,
): OwnDeliveries {
  return {
    deliverer: createDeliverer(allowedNetworks, {
      rules: targetRules,
      networksOf: (userId) => networksOf(accounts.get(userId)),
      readable: readableNetworks,
    }),
    url: () => bridge.primaryUrl,
    platform: measured(createPlatformClient(platform.url)),
    platformAccount: platform,
    bridgeUrl: (channel) => bridge[`${channel}Url`],
  };
}

function hostsOf({ primaryUrl, fallbackUrl }: Config['bridge']): string[] {
  return [primaryUrl, fallbackUrl].map((url) => new URL(url).hostname);
}

/** What tells this gateway from others, also when it has been started again: its journal, of which it is the only holder. */
function gatewayName({ journalDir }: Config): string {
  const digest = createHash('sha256').update(`${hostname()}\n${journalDir}`).digest('base64url').slice(0, 22);
  return `gateway ${digest}`;
}
