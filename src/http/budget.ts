/* The limits and times of an HTTP request, to whomever it goes. How long it may take is the caller's. */

/** An answer's head beyond this is refused: proxies and frameworks send heads of 64 KB. */
export const MAX_HEAD_BYTES = 128 * 1024;

/** Of a body that nobody wants so much is read, for so long, to keep the connection; then that ends. */
export const MAX_DROPPED_BYTES = 16 * 1024;
export const MAX_DROPPING_MS = 1_000;

/** Connections that are kept: so many for each origin, of so many origins. */
export const MAX_KEPT_PER_ORIGIN = 16;
export const MAX_KEPT_ORIGINS = 128;

/** For how long one is kept, unless the server says less. Well below what servers keep them for. */
export const KEPT_FOR_MS = 4_000;

/** How long one address of a name is tried before the next one: far longer than the way to it takes. */
export const ADDRESS_TRIED_FOR_MS = 500;
