/* The limits and times of the processes: how they start, watch, and stop. Those of what they run are each room's. */

/** How long a worker's deliveries get to end: longer than an attempt at both URLs of a customer takes at most. */
export const DELIVERIES_END_WITHIN_MS = 22_000;

/** How long a part may take to stop in order. */
export const STOP_WITHIN_MS = 24_000;

/** What still goes in a part that has died may take so long; it is to be started again soon. */
export const STOP_DEAD_WITHIN_MS = 5_000;

/** npm passes on the Ctrl-C that the terminal has sent us as well; what follows that closely is no second one. */
export const SAME_KEYPRESS_MS = 500;

/** How often it is looked whether the workers run. */
export const WORKERS_WATCHED_EVERY_MS = 1_000;

/** How long Temporal may take to say whether it has what conferences need. */
export const CHECK_WITHIN_MS = 10_000;

/** How long the namespace keeps closed runs at least. */
export const RETENTION_DAYS = 30;

/** A server takes a few seconds to know its new namespace everywhere. */
export const NAMESPACE_KNOWN_WITHIN_MS = 30_000;
export const NAMESPACE_ASKED_AGAIN_AFTER_MS = 500;

/** Temporal lists workers for minutes after they are gone; one that runs asks for work at least as often. */
export const WORKER_POLLS_WITHIN_SECONDS = 90;

/** However many descriptors there are: each connection takes memory too. */
export const MAX_CONNECTIONS = 4_096;

/** How often it is looked whether a certificate has been renewed. */
export const TLS_LOOKED_AT_EVERY_MS = 2_000;

/** How often a command prints its progress. */
export const TELL_EVERY_MS = 2_000;

/** What one request to the codec endpoint may bring: a page of a history, as the UI has it opened. */
export const CODEC_BODY_BYTES = 32 * 1024 * 1024;

/** How often `convoke listen` looks for new conferences, and how far back: the index lags. */
export const LISTEN_LOOKS_EVERY_MS = 1_000;
export const LISTEN_LOOKS_BACK_MS = 60_000;

/** How many conferences it follows at a time; the others wait. */
export const MAX_LISTENED_CONFERENCES = 100;

/** How long it waits until it sends an event again that was not taken; doubles up to the limit. */
export const MIN_LISTEN_PAUSE_MS = 1_000;
export const MAX_LISTEN_PAUSE_MS = 30_000;

/** How long `convoke doctor` waits for one answer, and how long a check may take in all. */
export const LOOK_WITHIN_MS = 5_000;
export const CHECKED_WITHIN_MS = 20_000;

/** `convoke doctor` tells of what ends so soon: certificates and tokens. */
export const ENDS_SOON_MS = 14 * 24 * 3_600_000;

/** How long a start looks for keys that open conferences hold, and how long whoever runs looks where that was not enough. */
export const KEYS_LOOKED_FOR_WITHIN_MS = 2_000;
export const KEYS_LOOKED_FOR_AGAIN_WITHIN_MS = 10_000;

/** How long `convoke callbacks` waits at most before it asks a limited platform again. */
export const MAX_PLATFORM_PAUSE_MS = 60_000;

/** What of a worker's heap is for each conference that it keeps in memory, beside what it takes with none (MiB). */
export const HEAP_MIB_OF_CONFERENCE = 3;
export const HEAP_MIB_OF_WORKER = 200;
