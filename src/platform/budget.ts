/* The limits and times of a request to the platform; those of the pace at which it is asked are in pace.ts. */

/** How long the platform may take to answer; then the answer counts as lost. */
export const ANSWER_WITHIN_MS = 10_000;

/** The caller of a change is told something after 10 s; where it does no harm, a second try shall fit into that. */
export const CHANGE_WITHIN_MS = 5_000;
export const SENT_ONCE_WITHIN_MS = 8_000;

/** More than any error answer of the wire holds; the rest of a longer body is not read. */
export const MAX_ANSWER_BYTES = 64 * 1024;

/** What a list of members may take, and those of it that are kept, the latest ones: a conference knows no more either. */
export const MAX_READING_BYTES = 4 * 1024 * 1024;
export const MAX_READ_MEMBERS = 500;

/** A Date header is in whole seconds, and on its way for a while: what differs by less shows no other clock. */
export const SAME_CLOCK_MS = 2_000;
