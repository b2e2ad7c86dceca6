/* What a backend service that has a connection to Temporal needs: the gateway uses nothing else either. */
export type { ChangeResult } from './changes.ts';
export { ConferenceClient } from './conference-client.ts';
export { Conferences } from './conferences.ts';
export type { CreateResult, LeaseTaker } from './creation.ts';
export { connectToTemporal } from './connect.ts';
export { dataConverter } from './data-converter.ts';
export { shortDigestOf } from './digest.ts';
export type { Period, RedeliveryProgress } from './dead-letters.ts';
export type { EventsWanted } from './events.ts';
export { healthCheck, type TemporalHealth } from './health.ts';
export { unknownMember } from '../conference/facts/refusals.ts';
export type { CallbackBatch, DeliveryOutcome, Receipt } from '../conference/state/inputs.ts';
export { isConferenceId, type ConferenceIds } from '../conference/state/ids.ts';
