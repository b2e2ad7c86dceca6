import { loadAccounts } from './accounts/accounts.ts';
import { loadCallbackTokens } from './accounts/callback-tokens.ts';
import { ConferenceClient, connectToTemporal, healthCheck } from './client/index.ts';
import { Failure, reasonOf } from './failure.ts';
import { Journal } from './gateway/journal.ts';
import { createGateway } from './gateway/server.ts';
import { listen, type StartPart } from './part.ts';

/** The HTTP API and the bridge: the gateway process. It starts without Temporal and answers 503 until that is there. */
export const startGateway: StartPart = async (config, logger) => {
  if (config.accountsFile === undefined && !config.isLoopback) {
    throw new Failure(`HOST is ${config.host}, where others reach it: set ACCOUNTS_FILE, or HOST to 127.0.0.1.`);
  }
  const journal = await Journal.open(config.journalDir, logger).catch((error: unknown) => {
    throw new Failure(reasonOf(error), { cause: error });
  });
  const { client, close } = connectToTemporal(config.temporal.connectionOptions, config.temporal.namespace);
  const app = createGateway({
    conferences: new ConferenceClient(client, { retryWindow: config.retryWindow }),
    accounts: loadAccounts(config.accountsFile),
    callbackTokens: loadCallbackTokens(config.callbackKeys, config.dataDir),
    health: healthCheck(client),
    journal,
    ackAfter: config.ackAfter,
    hasSecond: config.bridge.fallbackUrl !== config.bridge.primaryUrl,
    logger,
    publicUrl: config.publicUrl,
  });
  const address = await listen(app, config.host, config.port, 'PORT');
  const stop = async () => {
    // Requests get the time an answer may take; a client that never ends its request does not keep us.
    const tooSlow = setTimeout(() => app.server.closeAllConnections(), 12_000);
    await app.close();
    clearTimeout(tooSlow);
    await close();
  };
  return { address, stop };
};
