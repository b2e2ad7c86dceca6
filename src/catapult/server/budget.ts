/* The limits and times of whoever serves the wire: gateway and sandbox. */

/** The largest request body. */
export const MAX_BODY_BYTES = 64 * 1024;

/** The largest head of a request: its line and headers. */
export const MAX_HEAD_BYTES = 16 * 1024;

/** Of all requests that are not answered yet together: 512 of the largest from the platform, and as many from clients of the API. */
export const BODIES_IN_FLIGHT_BYTES = 32 * 1024 * 1024;

/**
 * Within which a request must have come to its end, and the client of an answer must have gone on taking it; the head comes
 * sooner. With the check every second, and the time to read a 408, such a connection is free within 16 s.
 */
export const REQUEST_WITHIN_MS = 14_000;
export const HEAD_WITHIN_MS = 10_000;

/** How long a connection is still there for whoever reads why it is closed. */
export const READ_WITHIN_MS = 500;

/** How often something is sent to who follows while nothing happens, so that no proxy takes the connection for idle. */
export const STREAM_KEPT_OPEN_EVERY_MS = 15_000;

/** How often it is looked whether who follows still may: a token that is revoked is of no use within 10 s. */
export const STREAM_LOOKED_AT_EVERY_MS = 2_000;

/** When a client that was cut off comes again. */
export const STREAM_TAKEN_UP_AFTER_MS = 1_000;
