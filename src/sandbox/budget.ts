/* The limits and times of the sandbox, unless its settings, phones and faults say otherwise. */

/** The platform's default rate limits, as far as the settings switch them on. */
export const CONFERENCE_EVERY_MS = 1_000;
export const MAX_CALLS_IN_A_ROW = 10;
export const CALLS_IN_A_ROW_MS = 10_000;

/** How long a phone rings until it answers. */
export const RINGS_FOR_MS = 300;

/** How long a callback is held back by a fault. */
export const HELD_BACK_MS = 1_000;

/** The longest time that a setting, a phone or a fault may name. */
export const MAX_SETTING_MS = 86_400_000;

/** The longest that a timer of Node waits, almost 25 days; it would not wait at all for anything longer. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** Of completed conferences so many are kept on disk, the latest ones. */
export const MAX_KEPT_CONFERENCES = 1_000;

/** After a change it is written this soon; the more it takes, the more seldom (in times of what the last one took). */
export const WRITTEN_AFTER_MS = 50;
export const WRITTEN_AFTER_TIMES = 20;

/** How many requests an inbox keeps, and how many inboxes there are; the oldest go first. */
export const MAX_INBOX_REQUESTS = 1_000;
export const MAX_INBOXES = 1_000;
