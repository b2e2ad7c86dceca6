/* The limits and times of the client: how long its callers wait, and how much it sends at a time. */

/** How long a caller waits for any answer at most. */
export const ANSWER_WITHIN_MS = 10_000;

/** How long the call that starts a new conference waits for its creation; then it is looked, for so long, whether it has begun at all. */
export const START_WITHIN_MS = 5_000;
export const START_KNOWN_WITHIN_MS = 2_000;

/** How long a conference that its gateway creates is left alone by the workers: what happens meanwhile takes one workflow task. */
export const START_DELAY_MS = 2_000;

/** Such conferences that are started at a time, one account's half of them: more would only wait in Temporal, and keep the workers from theirs. */
export const MAX_STARTS_AT_ONCE = 16;

/** Workflow tasks that wait for the workers, and for how long the oldest, from which on no more such conferences are started. */
export const BEHIND_FROM_TASKS = 50;
export const BEHIND_AFTER_MS = 3_000;

/** How often is looked how many wait while conferences are made, from how many on, and how long Temporal may take to say so. */
export const LOOKED_AT_FROM_CONFERENCES = 10;
export const BACKLOG_LOOKED_AT_EVERY_MS = 1_000;
export const BEHIND_KNOWN_WITHIN_MS = 1_000;

/** What of the caller's time is kept for handing on an ending that nobody has confirmed. */
export const END_SIGNALLED_WITHIN_MS = 1_500;

/** How long a signal may take until it counts as failed: the bridge, whose answer waits for it, must answer the platform in time. */
export const SIGNAL_WITHIN_MS = 7_000;

/** A query of a closed workflow can get lost while a worker drops it from its cache: then it is sent again, each time later. */
export const QUERY_AGAIN_AFTER_MS = 1_500;

/** Temporal takes 10 updates in flight per run from all its clients together: two from each leave room for five. */
export const MAX_UPDATES_AT_ONCE = 2;

/** What one update holds at most: Temporal takes 2 MB, and a workflow handles it in one go. */
export const MAX_REQUESTS_PER_UPDATE = 100;
export const MAX_UPDATE_CHARACTERS = 256 * 1024;

/** How long changes that were put off wait before they are sent again; doubles each time, up to the limit. */
export const MIN_PAUSE_MS = 100;
export const MAX_PAUSE_MS = 800;

/** The longest pause between two tries of a call to Temporal. */
export const MAX_CONNECTION_PAUSE_MS = 500;

/** How long after the last such try a connection is closed: a try on a closed one fails the process. */
export const AFTER_LAST_TRY_MS = 50;

/** How long is looked whether it is Temporal or a worker that did not answer in time. */
export const LOOK_WITHIN_MS = 500;

/** Events, and conferences, that a page holds at most. */
export const MAX_PAGE_EVENTS = 100;
export const MAX_PAGE_CONFERENCES = 100;

/** Events that a follower is told at a time: a run that has closed is replayed for each of its answers. */
export const MAX_NEWS_EVENTS = 1_000;

/** How long Temporal may take to remember under which key dead letters were asked for. */
export const KEY_REMEMBERED_WITHIN_MS = 5_000;

/** How long the redelivery of one conference's dead letters may take. */
export const ONE_CONFERENCE_WITHIN_MS = 30_000;

/** Events that one signal holds: of the largest, as many as Temporal takes (2 MB). */
export const MAX_SIGNALLED_EVENTS = 10;

/** How long whoever asks for the health waits at most. */
export const HEALTH_WITHIN_MS = 2_000;

/** How long the canary may take: with much to do for the workers, it waits as everything does. */
export const CANARY_WITHIN_MS = 10_000;

/** How long an answer holds before the canary is asked again. */
export const HEALTH_FRESH_MS = 5_000;

/** For so long after its last answer the workers are not said to be away. */
export const HEALTH_PATIENCE_MS = 20_000;

/** How long a gateway waits for a lease, and how late it may be granted: sooner than that by what two clocks may differ. */
export const LEASE_ANSWERED_WITHIN_MS = 4_000;
export const LEASE_GRANTED_WITHIN_MS = 3_000;

/** Characters of a value that lists are searched for; what is longer is none of ours. */
export const MAX_SEARCHED_CHARACTERS = 1_024;

/**
 * Lists that one process asks for at a time, one account half of them, and runs that one of them looks at beside each other: Temporal
 * allows few lists in a second, and needs its other calls for conferences.
 */
export const MAX_LISTS_AT_ONCE = 8;
export const MAX_LOOKS_AT_ONCE = 10;

/** How long Temporal may take to say that nothing is new in a history: it does so after 20 s. */
export const LONG_POLL_WITHIN_MS = 60_000;

/** Conferences that one process follows at most, one account half of them: Temporal takes 1,200 requests of that kind at a time. */
export const MAX_WATCHED = 1_000;

/** Followers at a time: each of a gateway's holds a connection, of which callbacks and requests need some. */
export const MAX_FOLLOWERS = 1_800;

/** What comes in this time is read together, and how soon after that it is read again. */
export const TICK_GATHERS_MS = 50;
export const MIN_TICK_PAUSE_MS = 250;

/** How often is looked for attempts of deliveries that are under way: they are in no history until the delivery ends. */
export const RETRIES_LOOKED_AT_EVERY_MS = 2_000;

/** When Temporal is asked again that did not answer. */
export const WATCH_AGAIN_AFTER_MS = 1_000;

/** Numbers behind the latest one in which is looked for events that come late: those of a lease that has run out. */
export const MAX_LEFT_NUMBERS = 200;

/** Keys of changes that a schedule remembers, and dates that it skips. */
export const MAX_SCHEDULE_KEYS = 50;
export const MAX_SKIPPED_DATES = 100;

/** How many conferences one request has a schedule start, and so many at a time; how far back: as long as it is known which there are. */
export const MAX_STARTED_AT_ONCE = 100;
export const STARTED_IN_A_ROW = 10;
export const MAX_BACKFILL_DAYS = 30;

/** Runs of a schedule that a calendar holds. */
export const MAX_CALENDAR_EVENTS = 500;

/** By how much earlier than their first reminder a schedule starts its conferences (seconds): so long a start may take. */
export const STARTED_BEFORE_SECONDS = 30;

// — Who else is there —

/** How long a gateway, and who delivers all dead letters again, waits at its queue at a time: it is still counted for 2.5 times as long. */
export const GATEWAY_SHOWN_FOR_MS = 10_000;
export const REDELIVERY_SHOWN_FOR_MS = 3_000;

/** How often a gateway looks for others, and how soon one shows itself again at the earliest. */
export const OTHERS_LOOKED_FOR_EVERY_MS = 5_000;
export const SHOWN_AGAIN_AFTER_MS = 1_000;

/** How long Temporal may take to count an account's conferences, and to say who is there. */
export const COUNTED_WITHIN_MS = 2_000;
export const OTHERS_KNOWN_WITHIN_MS = 2_000;

/** How soon one looks again whether Temporal has seen it come. */
export const LOOKED_AGAIN_AFTER_MS = 20;

// — Who watches —

/** How often a list is looked at that somebody follows, and counts that somebody wants: times the number of different ones. */
export const LISTS_LOOKED_AT_EVERY_MS = 1_500;
export const COUNTED_ANEW_AFTER_MS = 4_000;

/** How long the steps of a conference that somebody has read are shown to others. */
export const STEPS_HOLD_FOR_MS = 1_000;

/** Followers of lists at a time: each holds a connection, of which conferences' followers need most. */
export const MAX_LIST_FOLLOWERS = 200;

/** What of a payload is shown of an activity's name or failure. */
export const MAX_STEP_CHARACTERS = 500;

/** How many runs of one conference are gone through once more for what other settings had led to. */
export const MAX_RUNS_OF_WHAT_IF = 20;

/** Who may wait for a conference to be explained, at a time: one after the other, a long one taking a second. */
export const MAX_EXPLAINING = 8;
