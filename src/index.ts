/* What the package `convoke` gives a backend service. Workflow code imports `convoke/workflow` instead. */
import { ConferenceClient, connectToTemporal } from './client/index.ts';
import { readClientConfig } from './config.ts';

export { CatapultError, errorTable, type ErrorCode, type ErrorDetail, type WireError } from './catapult/errors.ts';
export type { EventBody as ToldEvent } from './catapult/events.ts';
export type { ConferenceFilterFields } from './catapult/queries.ts';
export type {
  AddMemberFields,
  AudioFields,
  CallFields,
  CreateConferenceFields,
  UpdateConferenceFields,
  UpdateMemberFields,
} from './catapult/requests.ts';
export type {
  BackfillRequest,
  CreateScheduleFields,
  NoteRequest,
  SkipRequest,
  UpdateScheduleFields,
} from './catapult/schedule-requests.ts';
export type {
  Backfill,
  Conference,
  EventResource,
  ListedConference,
  ListedSchedule,
  Member,
  Schedule,
} from './catapult/resources.ts';
export {
  ConferenceClient,
  type CallOptions,
  type ClientOptions,
  type ConferenceIds,
  type ConferencesPage,
  type CreatedConference,
  type Done,
  type EndReason,
  type EventsWanted,
  type FollowedEvent,
  type FollowOptions,
  type MemberIds,
  type PageWanted,
  type Period,
  type Phase,
  type RedeliveryProgress,
  type RequestOptions,
  type ScheduleClient,
  type ScheduleIds,
} from './client/index.ts';

/** For a Temporal `Client` of one's own where `PAYLOAD_KEYS` is set: by the ids, and the 32 bytes, of these keys. */
export { dataConverterFor } from './client/index.ts';

/** A client with a connection of its own, which is to be closed with it. */
export interface ConnectedClient {
  conferences: ConferenceClient;
  close(): Promise<void>;
}

/**
 * A client by the settings of the environment: `TEMPORAL_ADDRESS` and the other `TEMPORAL_*` (without them: the Temporal server of
 * `convoke start` on this machine), `CONVOKE_ACCOUNTS` (user ids, comma-separated; `u-local` unless given) and `RETRY_HOURS`. It
 * connects with its first call.
 * @throws Error that names each of these settings that is wrong.
 */
export function connectConferences(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ConnectedClient {
  const { temporal, accounts, retryWindowMs } = readClientConfig(environment);
  const { client, close } = connectToTemporal(temporal.connectionOptions, temporal.namespace, temporal.payloadKeys);
  return { conferences: new ConferenceClient(client, { accounts, retryWindowMs }), close };
}
