import { defaultMaxDurationIn, type Accounts } from './accounts/accounts.ts';
import { accountsNow } from './accounts/open.ts';
import { CatapultError } from './catapult/errors.ts';
import { ConferenceClient, Conferences, connectToTemporal, consoleAt } from './client/index.ts';
import { FAILED_HERE } from './client/unavailable.ts';
import { temporalInWords, type Config } from './config.ts';
import { Failure, reasonOf } from './failure.ts';
import type { Printer } from './print.ts';

/** What a tool works with. */
export interface Tools {
  conferences: ConferenceClient;
  /** For what an operator does, and no account. */
  all: Conferences;
  accounts: Accounts;
  config: Config;
  printer: Printer;
}

export type Task = (tools: Tools) => Promise<void>;

/** A request that was refused as it is: sending it again does not help. */
export class Refused extends Error {}

/**
 * Does something as a backend service would, for the accounts that are known.
 * @throws Refused with the words of the wire; Failure when Temporal does not answer.
 */
export async function asClient(config: Config, printer: Printer, task: Task): Promise<void> {
  const { temporal, retryWindowMs, defaultMaxDuration, bridge } = config;
  const accounts = await accountsNow(config);
  const { client, close } = connectToTemporal(temporal.connectionOptions, temporal.namespace, temporal.payloadKeys);
  const conferences = new ConferenceClient(client, {
    ...{ accounts, retryWindowMs, consoleUrl: consoleAt(bridge.primaryUrl) },
    defaultMaxDurationOf: defaultMaxDurationIn(accounts, defaultMaxDuration),
  });
  try {
    await task({ conferences, all: new Conferences(client), accounts, config, printer });
  } catch (error) {
    if (error instanceof Refused || error instanceof Failure) throw error;
    if (!(error instanceof CatapultError)) throw new Failure(`${temporalInWords(config)}: ${reasonOf(error)}`);
    if (error.status < 500) throw new Refused(`${error.message} ${error.advice}`);
    // No gateway has it in its log.
    const why = reasonOf(error.cause).replace('Unknown encoding: binary/encrypted', 'It is sealed: set PAYLOAD_KEYS.');
    throw new Failure(error.message.replace(FAILED_HERE, why));
  } finally {
    await close();
  }
}
