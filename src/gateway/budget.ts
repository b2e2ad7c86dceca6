import { getHeapStatistics } from 'node:v8';

/* The limits and times of the gateway. */

/** The platform gives up on a callback and turns to its fallback; the bridge's answer must be out before that. */
export const BRIDGE_ANSWERS_WITHIN_MS = 8_000;

/** What one signal carries at most: events, and what they take (a payload must stay under 2 MB). */
export const MAX_FORWARDED_EVENTS = 100;
export const MAX_FORWARDED_BYTES = 512 * 1024;

/** Signals in flight in all: more at once would only wait in Temporal. */
export const MAX_SIGNALS_AT_ONCE = 50;

/** The pauses before a batch is forwarded again; the last one holds from there on. */
export const FORWARD_PAUSES_MS = [500, 1_000, 2_000, 5_000, 10_000];

/** How often it is logged that callbacks cannot be forwarded. */
export const FORWARDER_WARNS_EVERY_MS = 60_000;

/** How long the report of an event that was judged here may wait for others: a customer sees the attempts of all within 2 s. */
export const REPORTED_AFTER_MS = 200;

/**
 * The same for the first of a conference that this gateway has created, whose workflow is left alone by the workers for a while: a short one is
 * told of in one signal. Well within that time (START_DELAY_MS), so that its first task has it.
 */
export const FIRST_REPORTED_AFTER_MS = 1_000;

/** What is kept back of a lease's time, for the way to the conference and clocks that do not run alike. */
export const LEASE_MARGIN_MS = 2_000;

/** A lease is renewed when it covers no more than the attempt to come and this. */
export const RENEWED_BEFORE_MS = 4_000;

/** How soon after its request a conference's workflow must stand for the platform to be asked from here; and how long that may take. */
export const FIRST_ATTEMPT_BEGUN_WITHIN_MS = 8_000;
export const FIRST_ATTEMPT_WITHIN_MS = 5_000;

/** How long the platform is left to the workflows after it has not answered a create: they ask it again at its own pace. */
export const PLATFORM_SPARED_MS = 5_000;

/** A conference of which no callback has come by then has its callbacks go elsewhere; or it failed. */
export const CALLBACK_EXPECTED_WITHIN_MS = 15_000;

/** After so many in a row whose callbacks came here, those of the next one are expected here too. */
export const SURE_AFTER_CREATES = 20;

/** Events that may wait at the gateway to be sent: of a customer who is slower than they come, the conference keeps them. */
export const MAX_OUTGOING_EVENTS = 200;

/** A lease that was refused is asked for again after such a pause; doubles up to the limit while it is refused. */
export const MIN_LEASE_PAUSE_MS = 500;
export const MAX_LEASE_PAUSE_MS = 60_000;

/**
 * How long callbacks wait for a lease where only events before them speak against it, which are on their way; and the longest pause after that.
 * Without it, a conference whose events come faster than its worker delivers them would never have a lease.
 */
export const LEASE_AWAITED_FOR_MS = 5_000;

/** How long an event waits that could not be sent, as the account was not known. */
export const TRIED_AGAIN_AFTER_MS = 1_000;

/** How long an API request waits until its conference has heard of what came before. */
export const FLUSHED_WITHIN_MS = 3_000;

/** How often leases that have run out are forgotten. */
export const LEASES_SWEPT_EVERY_MS = 10_000;

/** Conferences remembered of which callbacks were refused; beyond it all open ones are reconciled. */
export const MAX_REFUSED_CONFERENCES = 1_000;

/** How long to wait before conferences are asked again to reconcile. */
export const RECONCILE_AGAIN_AFTER_MS = 5_000;

/** How long after the last callback that was turned away the rush is taken to be over. */
export const LULL_MS = 5_000;

// — The journal —

/** What one callback that waits takes of the process's memory, as measured: its body is on disk, where it is from is not. */
export const RECORD_HEAP_BYTES = 768;

/** What a gateway takes of its memory before anything waits, as measured. */
export const GATEWAY_HEAP_BYTES = 52 * 1024 * 1024;

/** What may wait in all. Full means full before the process dies of it: those that wait get a quarter of the memory that is left to it. */
export const JOURNAL_ROOM = {
  bytes: 1024 * 1024 * 1024,
  records: Math.floor(Math.max(getHeapStatistics().heap_size_limit - GATEWAY_HEAP_BYTES, 0) / 4 / RECORD_HEAP_BYTES),
};

/** What of it is kept in memory as well, the latest: more than a gateway takes within the time in which it is forwarded. */
export const FRESH_RECEIPTS_BYTES = 4 * 1024 * 1024;

/** Below which part of that a journal that was full counts as having room again. */
export const ROOM_AGAIN_SHARE = 0.9;

/** Openings before the present one that a journal remembers, and that it names to conferences: a lease that an older one had is recalled. */
export const MAX_OPENINGS_KEPT = 20;
export const MAX_OPENINGS_SENT = 3;

/** How soon it is tried to open a journal anew that has failed. */
export const REOPEN_AFTER_MS = 2_000;

// — What is logged for operators —

/** How often it is logged that signatures of callbacks do not fit. */
export const MISFITS_LOGGED_EVERY_MS = 60_000;

/** How often it is looked whether Temporal has what conferences need, until all is well, and from then on. */
export const NAMESPACE_LOOKED_AT_EVERY_MS = 5_000;
export const NAMESPACE_LOOKED_AT_AGAIN_EVERY_MS = 60_000;

/** How long `/readyz` says the same of Temporal. */
export const READYZ_HOLDS_FOR_MS = 1_000;

/** How often the platform is looked at for who wants to know how all is, and how long its answer is waited for. */
export const PLATFORM_LOOKED_AT_EVERY_MS = 10_000;
export const PLATFORM_WITHIN_MS = 3_000;

// — The limits of accounts —

/** How long a count of an account's conferences holds at most, how soon they are counted again, and how long that may take. */
export const COUNT_HOLDS_FOR_MS = 60_000;
export const COUNTED_AGAIN_AFTER_MS = 1_000;
export const COUNTED_WITHIN_MS = 500;

/** When who has as much in flight as it may, or a redelivery that goes on, is to come again. */
export const IN_FLIGHT_AGAIN_AFTER_MS = 1_000;
export const REDELIVERY_AGAIN_AFTER_MS = 10_000;

/** Credentials that did not fit: so many in this time for a user from an address, and from an address for all users. */
export const FAILURES_IN_MS = 60_000;
export const MAX_FAILURES_OF_PAIR = 10;
export const MAX_FAILURES_OF_ADDRESS = 100;

/** How often requests that were refused for their credentials, or for a limit, are told in the audit log, however many they are. */
export const REFUSALS_TOLD_EVERY_MS = 60_000;

/** Pairs, addresses, and credentials that did fit, that are remembered. */
export const MAX_FAILURES_REMEMBERED = 10_000;

/** How old the numbers of conferences in the metrics may be: Temporal's index is counted for them. */
export const CONFERENCES_COUNTED_EVERY_MS = 15_000;

/** How long what was found of the deployment holds: each look asks Temporal, the platform and the disk. */
export const EXAMINED_EVERY_MS = 60_000;
