/* What the rooms above need: `ConferenceClient` for whoever asks for conferences, `Conferences` for the bridge and the tools. */
export type { CallOptions, RequestOptions } from './call.ts';
export { OutcomeUnknown, type ChangeResult } from './changes.ts';
export { ConferenceClient, type ClientOptions } from './conference-client.ts';
export { Conferences, type MemberIds } from './conferences.ts';
export type { Creator, FirstAttempt } from './creation.ts';
export { connectToTemporal } from './connect.ts';
export { dataConverter } from './data-converter.ts';
export { shortDigestOf } from './digest.ts';
export type { Period, RedeliveryProgress } from './dead-letters.ts';
export type { EventsWanted } from './events.ts';
export type { FollowedEvent, FollowOptions } from './follow.ts';
export { healthCheck, type TemporalHealth } from './health.ts';
export type { ConferencesPage, PageWanted } from './list.ts';
export type { CreatedConference, Done } from './refusals.ts';
export { Usage } from './usage.ts';
export type { CallbackBatch, DeliveryOutcome, Receipt } from '../conference/state/inputs.ts';
export { isConferenceId, type ConferenceIds } from '../conference/state/ids.ts';
export type { EndReason, Phase } from '../conference/state/state.ts';
