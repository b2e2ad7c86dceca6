/* The limits and times of the workflows in Temporal. Those of the product itself are in src/conference/budget.ts. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/**
 * What a run may come to before a new one takes over, whatever waits. Temporal suggests a new run at 4,096 events or 4 MB; it takes
 * no signal after 10,000 and no update after 2,000, and terminates a run at 51,200 events or 50 MB.
 */
export const MAX_HISTORY_EVENTS = 20_000;
export const MAX_HISTORY_BYTES = 10 * 1024 * 1024;
export const MAX_SIGNALS_PER_RUN = 8_000;
export const MAX_UPDATES_PER_RUN = 1_500;

/** How many callbacks one workflow task takes, about: what piled up while no worker ran comes in a single task. */
export const MAX_RECEIPTS_PER_TASK = 200;

/** How long to wait for the next task: the shortest timer there is. */
export const NEXT_TASK_MS = 1;

/**
 * A ring that finds nothing due costs more events than arming anew. So where the next thing due is much later than the ring, and the
 * ring is soon, it is put off; else it is left alone, since it may be put off yet again.
 */
export const MUCH_LATER_MS = MINUTE_MS;
export const SOON_MS = MINUTE_MS;

/**
 * How long aftercare stays open at least. Who finds a conference closed reads its state and then signals: an aftercare that had begun and
 * ended between the two would be followed by one that knows nothing of it.
 */
export const AFTERCARE_OPEN_MS = 10 * SECOND_MS;

/** How long creating is tried in all unless the request says otherwise (`creationTimeout`). */
export const CREATION_TIMEOUT_SECONDS = 300;

/** One attempt of a call that creates or completes: what is above the platform client's own patience is a dead worker's share. */
export const PLATFORM_CALL_MS = 15 * SECOND_MS;

/** The first pause between attempts, doubled each time, and the longest one of each kind of call. */
export const FIRST_RETRY_MS = 500;
export const MAX_CREATION_RETRY_MS = 20 * SECOND_MS;
export const MAX_COMPLETION_RETRY_MS = 30 * SECOND_MS;
export const MAX_CHANGE_RETRY_MS = SECOND_MS;

/** How long a change may wait until it is sent, also one for which nobody waits. */
export const CHANGE_BEGUN_WITHIN_MS = 8_500;

/** One attempt of a change that may be sent again; and all there is of one that is sent once. */
export const CHANGE_CALL_MS = 6 * SECOND_MS;
export const SENT_ONCE_CALL_MS = 9 * SECOND_MS;

/** One attempt of a reading, and how long it may wait for its turn in all. */
export const READING_CALL_MS = 30 * SECOND_MS;
export const READING_WITHIN_MS = 60 * MINUTE_MS;

/** The same for one that an end waits for: longer than its two requests take at most, and no longer. */
export const URGENT_READING_CALL_MS = 24 * SECOND_MS;
export const URGENT_READING_WITHIN_MS = MINUTE_MS;

/** The first pause between attempts to read, doubled each time, and the longest one. */
export const FIRST_READING_RETRY_MS = 2 * SECOND_MS;
export const MAX_READING_RETRY_MS = MINUTE_MS;

/** How often an urgent reading is begun at most: one that the workers, and not the platform, were too late for is begun anew. */
export const MAX_READING_STARTS = 10;

/** One attempt to recall a lease: its holder answers when what it sends is over, at both of a customer's URLs. */
export const RECALL_CALL_MS = 25 * SECOND_MS;

/** One attempt of a delivery, and how long a worker that has it may keep silent. */
export const DELIVERY_CALL_MS = 120 * SECOND_MS;
export const DELIVERY_SILENCE_MS = 5 * SECOND_MS;

/** Attempts of a delivery that has its short retries: the pauses between them are the activity's. */
export const SHORT_RETRY_ATTEMPTS = 6;

/**
 * When a watcher without a notification subscribes once more: its signal may not have been taken, or the conference may have been
 * terminated, which notifies nobody. Doubles up to the limit.
 */
export const FIRST_WATCH_AGAIN_MS = MINUTE_MS;
export const MAX_WATCH_AGAIN_MS = 24 * 60 * MINUTE_MS;

/** One attempt to look how a conference stands, and the longest pause before the next one. */
export const LOOK_CALL_MS = 25 * SECOND_MS;
export const MAX_LOOK_RETRY_MS = 30 * SECOND_MS;

/** What of a tag can be searched for in Temporal. */
export const MAX_SEARCHABLE_TAG_CHARACTERS = 255;

/** By how many of its latest calls a conference can be found. */
export const MAX_SEARCHABLE_CALLS = 20;
