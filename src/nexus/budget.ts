/* The limits and times of the service for workflows of others. */

/** How long its caller waits for an answer: Temporal gives up a Nexus request after 10 s, and sends it again. */
export const ANSWER_WITHIN_MS = 7_000;

/** What of that a creation waits for the platform's word: afterwards it is still looked how the conference stands. */
export const CREATED_WITHIN_MS = 5_500;

/** What of it a call or an end waits for its outcome: who asks again when it is over joins what is under way. */
export const CHANGED_WITHIN_MS = 6_500;

/** What an input holds at most, as JSON: as much as the body of a request. */
export const MAX_INPUT_BYTES = 64 * 1024;

/** Members that can be waited for: as many as a conference remembers. */
export const MAX_AWAITED_MEMBERS = 500;
