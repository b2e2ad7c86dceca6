import { Client, Connection } from '@temporalio/client';
import { loadAccounts } from './accounts/accounts.ts';
import { loadCallbackTokens } from './accounts/callback-tokens.ts';
import { ConferenceClient, dataConverter, temporalHealth } from './client/index.ts';
import { createGateway } from './gateway/server.ts';
import { listen, type StartPart } from './part.ts';

/** The HTTP API and the bridge: the gateway process. It starts without Temporal and answers 503 until that is there. */
export const startGateway: StartPart = async (config, logger) => {
  const connection = Connection.lazy(config.temporal.connectionOptions);
  const client = new Client({ connection, namespace: config.temporal.namespace, dataConverter });
  const app = createGateway({
    conferences: new ConferenceClient(client),
    accounts: loadAccounts(config.accountsFile),
    callbackTokens: loadCallbackTokens(config.callbackKeys, config.dataDir),
    health: () => temporalHealth(client),
    logger,
    publicUrl: config.publicUrl,
  });
  const address = await listen(app, config.host, config.port, 'PORT');
  const stop = async () => {
    await app.close();
    await connection.close();
  };
  return { address, stop };
};
