/* The limits and times of the activities. Those of their attempts are the workflow's (src/workflows/budget.ts). */

/** The pauses between attempts of a delivery that deliver nothing; longer ones are the workflow's back-off. */
export const MAX_SHORT_PAUSE_MS = 30_000;
export const SHORT_PAUSES_MS = [1_000, 2_000, 5_000, 10_000, MAX_SHORT_PAUSE_MS];

/** A batch ends after this time if it has delivered something: the workflow then knows, and shows, how far it is. */
export const REPORT_AFTER_MS = 30_000;

/** How often a delivery heartbeats: each time costs its server a write, and many may wait for their turn. */
export const DELIVERY_HEARTBEAT_EVERY_MS = 2_000;

/** How often a platform call that waits for its turn looks whether it is cancelled: that comes with the answer to a heartbeat. */
export const PACED_HEARTBEAT_EVERY_MS = 500;

/** How long a gateway may take to give a lease back: what it sends at that moment may take both of a customer's URLs. */
export const RECALL_WITHIN_MS = 24_000;

/** How long a reading of the platform waits for gateways to tell what they have taken. */
export const FLUSH_WITHIN_MS = 2_000;

/** How long a platform call waits for its turn: what fits into its attempt beside the platform's answer. */
export const TURN_WITHIN_MS = {
  ...{ createConference: 2_000, completeConference: 2_000, readConference: 1_000 },
  ...{ updateConference: 300, updateMember: 300, addMember: 300, playAudio: 300, dial: 300 },
};

/** Whoever has just missed its turn does not ask in a rush. */
export const MIN_RETRY_AFTER_MS = 50;

/** How soon events of an unknown account are tried again: at first it may be known in a moment, later it may take somebody's hand. */
export const MIN_UNKNOWN_ACCOUNT_PAUSE_MS = 30_000;
export const MAX_UNKNOWN_ACCOUNT_PAUSE_MS = 10 * 60_000;

/** How often it is logged that an account is not known. */
export const UNKNOWN_ACCOUNT_LOGGED_EVERY_MS = 60_000;

/** More than anybody reads of a failure. */
export const MAX_MESSAGE_CHARACTERS = 2_000;
export const MAX_STACK_CHARACTERS = 10_000;
