/* The limits of the wire. Those of whoever serves it are in server/budget.ts. */

/** The longest URL, tag and sentence. */
export const MAX_URL_CHARACTERS = 2_048;
export const MAX_TAG_CHARACTERS = 1_024;
export const MAX_SENTENCE_CHARACTERS = 1_000;

/** The most people in a conference. */
export const MAX_MEMBERS = 20;

/** How long a PIN of a conference may be, and how often a caller is asked for it. */
export const MIN_PIN_DIGITS = 4;
export const MAX_PIN_DIGITS = 12;
export const PIN_TRIES = 3;

/** What has been entered of a PIN counts when no key has been pressed for so long. */
export const PIN_KEY_WITHIN_MS = 10_000;

/** The most SIP headers of a call. */
export const MAX_SIP_HEADERS = 5;

/** The longest that a sender waits for the answer to a callback; also the default. */
export const MAX_CALLBACK_TIMEOUT_MS = 10_000;

/** The longest that a dialled call may ring. */
export const MAX_CALL_TIMEOUT_SECONDS = 300;

/** No id of a platform is longer. */
export const MAX_ID_CHARACTERS = 300;

/** Far more than any body of the wire has; what nests deeper breaks whoever writes it as JSON again. */
export const MAX_NESTING_LEVELS = 20;

/** Unknown fields that a warning names: more is of no use to anybody. */
export const MAX_WARNED_FIELDS = 10;
