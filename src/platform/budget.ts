/* The limits and times of a request to the platform, and of the pace at which it is asked. */

/** How long the platform may take to answer; then the answer counts as lost. */
export const ANSWER_WITHIN_MS = 10_000;

/** The caller of a change is answered after 10 s; where it does no harm, a second try shall fit into that. */
export const CHANGE_WITHIN_MS = 5_000;
export const SENT_ONCE_WITHIN_MS = 8_000;

/** More than any error answer of the wire holds; the rest of a longer body is not read. */
export const MAX_ANSWER_BYTES = 64 * 1024;

/** What a list of members may take, and those of it that are kept, the latest ones: a conference knows no more either. */
export const MAX_READING_BYTES = 4 * 1024 * 1024;
export const MAX_READ_MEMBERS = 500;

/** A Date header is in whole seconds, and on its way for a while: what differs by less shows no other clock. */
export const SAME_CLOCK_MS = 2_000;

// — The pace, where the platform limits us —

/** The slowest we go by what was learnt, and where we begin when no reset tells: between calls. */
export const SLOWEST_EVERY_MS = 20_000;
export const FIRST_EVERY_MS = 500;

/** The documented limit; a reset that is further away is the end of a window, and no pace. */
export const DOCUMENTED_EVERY_MS = 1_000;

/** Faster than that is as fast as they come. */
export const FASTEST_EVERY_MS = 20;

/** A reset that is further away is not believed: we find out by asking, ever more slowly. */
export const RESET_BELIEVED_MS = 60_000;

/** With nobody waiting for so long, the limit is over. */
export const LIMIT_FORGOTTEN_AFTER_MS = 10_000;

/** Who does not come again in time is counted no longer. */
export const LATE_FOR_TURN_MS = 5_000;

/** A turn that is further away is looked at anew half way: the pace may have changed, others may have gone. */
export const NEAR_TURN_MS = 2_000;
export const MAX_AWAY_MS = 20_000;

// — Whether the settings fit —

/** How long the platform may take to show whether it takes the credentials. */
export const CHECK_WITHIN_MS = 10_000;

/** The pauses before a platform that has no word yet is asked again; the last one holds from there on. */
export const CHECK_PAUSES_MS = [500, 1_000, 2_000, 5_000, 10_000, 60_000];

/** It may start beside us; after so many questions it is logged that it does not answer. */
export const CHECKS_UNTIL_WARNED = 5;
