/* What the package `convoke` gives a backend service. Workflow code imports `convoke/workflow` instead. */
import { loadAccounts } from './accounts/accounts.ts';
import { ConferenceClient, connectToTemporal } from './client/index.ts';
import { readConfig } from './config.ts';

export { CatapultError, errorTable, type ErrorCode, type ErrorDetail, type WireError } from './catapult/errors.ts';
export type { EventBody as ToldEvent } from './catapult/events.ts';
export type {
  AddMemberFields,
  AudioFields,
  CallFields,
  ConferenceFilterFields,
  CreateConferenceFields,
  UpdateConferenceFields,
  UpdateMemberFields,
} from './catapult/requests.ts';
export type { Conference, EventResource, ListedConference, Member } from './catapult/resources.ts';
export {
  ConferenceClient,
  type CallOptions,
  type ClientOptions,
  type ConferenceIds,
  type CreatedConference,
  type Done,
  type EndReason,
  type FollowedEvent,
  type FollowOptions,
  type MemberIds,
  type Phase,
  type RedeliveryProgress,
  type RequestOptions,
} from './client/index.ts';

/** A client with a connection of its own, which is to be closed with it. */
export interface ConnectedClient {
  conferences: ConferenceClient;
  close(): Promise<void>;
}

/**
 * A client by the settings of the environment, the same as the parts of Convoke have: `TEMPORAL_ADDRESS` and the other `TEMPORAL_*`,
 * `ACCOUNTS_FILE` (without it there is the local account only) and `RETRY_HOURS`. It connects with its first call.
 * @throws Error that names each setting that is wrong.
 */
export function connectConferences(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ConnectedClient {
  const { temporal, accountsFile, retryWindowMs } = readConfig(environment);
  const { client, close } = connectToTemporal(temporal.connectionOptions, temporal.namespace);
  return { conferences: new ConferenceClient(client, { accounts: loadAccounts(accountsFile), retryWindowMs }), close };
}
