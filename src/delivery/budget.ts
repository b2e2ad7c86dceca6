/* The limits and times of deliveries: those of an attempt at a customer, and what all that wait may take of a worker. */

/** Requests under way at a time, and those that wait for their turn, each for so long. */
export const REQUEST_SLOTS = { slots: 1_024, slotsPerOrigin: 16, waiting: 2_048, waitMs: 20_000 };

/** The deliveries that a worker may have in hand: each waits, or sends, or is sent away at once with a time to come back. */
export const MAX_DELIVERIES_IN_HAND = REQUEST_SLOTS.slots + REQUEST_SLOTS.waiting + 64;

/** How soon whoever found no place, or got no slot, comes back. */
export const BUSY_FOR_MS = 1_000;

/**
 * How many deliveries of an account come back in a second, each of which costs a workflow some ten events of its history: those of
 * one origin, those of all, and of an origin in any case, so that none waits for what many others have before it.
 */
export const TURNS_OF_ORIGIN_PER_SECOND = 20;
export const TURNS_OF_ACCOUNT_PER_SECOND = 40;
export const TURNS_IN_ANY_CASE_PER_SECOND = 5;

/** Nobody is sent away for longer than this beyond what was to be: who finds no free second shares the last one. */
export const MAX_SENT_AWAY_SECONDS = 300;

/** Who gives a host less time than this learns nothing of it that others should suffer from: it takes no slot for long. */
export const TIME_TO_ANSWER_MS = 1_000;

/** How long a customer may have us wait at most. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

// — Hosts that do not answer —

/** So many rounds in a row that got no answer at all, and a host counts as dead. */
export const DEAD_AFTER_ROUNDS = 5;

/** What fails within this time is one round: a host that is started again refuses many in a second. */
export const ROUND_MS = 1_000;

/** For how long a dead host is spared before one request looks whether it is back; doubles each time it is not, up to the limit. */
export const FIRST_SPARED_MS = 10_000;
export const MAX_SPARED_MS = 5 * 60_000;

/** A request that looks has found nothing after this time, which is longer than any may take: another one looks. */
export const PROBE_WITHIN_MS = 30_000;

/** Hosts are named by customers: what is kept of them is bounded. */
export const MAX_HOSTS = 10_000;

/** How long a host counts in the metrics that nobody sends to. */
export const HOSTS_COUNTED_FOR_MS = 5 * 60_000;

// — Answers —

/** What is kept of a failed answer's body, and how long it is waited for once its head is there. */
export const MAX_ANSWER_BYTES = 512;
export const ANSWER_BODY_WITHIN_MS = 250;

// — Names —

/** How long a look-up may take, and its questions to the name servers before they are asked again, so often. */
export const LOOKUP_WITHIN_MS = 5_000;
export const NAME_ASKED_AGAIN_AFTER_MS = 1_000;
export const MAX_NAME_QUESTIONS = 4;

/** When a name has an address of one family, that of the other is waited for so long: RFC 8305, 3. */
export const OTHER_FAMILY_WITHIN_MS = 50;

/** How long an answer is remembered: an address for as long as its name server says, within these, and that there is none. */
export const MIN_NAME_REMEMBERED_MS = 5_000;
export const MAX_NAME_REMEMBERED_MS = 60_000;
export const NAME_FAILURE_REMEMBERED_MS = 10_000;

/** Names are the customers': what is remembered is bounded. */
export const MAX_NAMES = 10_000;

/** Look-ups at a time, and those that wait for their turn: of an account never more than its share. */
export const LOOKUP_SLOTS = { slots: 256, slotsPerOrigin: 1, waiting: 1_024, waitMs: LOOKUP_WITHIN_MS };

/** So many addresses of a name are tried. */
export const MAX_ADDRESSES = 8;

/** How often it is looked whether the hosts file has changed, at most. */
export const HOSTS_FILE_LOOKED_AT_EVERY_MS = 1_000;
