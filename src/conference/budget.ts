/*
 * Every limit and every time of the core, its unit in its name: `Bytes` are those of JSON, `Characters` those of a string. What must hold
 * between them, and between them and those of the other rooms (their `budget.ts`), is in test/unit/times-and-limits-fit-together.
 */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const KILOBYTE = 1024;

// — Callbacks from the platform —

/** How long the platform waits for our answer to a callback, at each of the two URLs; the longest that the wire knows. */
export const CALLBACK_TIMEOUT_MS = 10 * SECOND_MS;

/** How long after an arrival on one channel its copy on the other counts as a repetition. */
export const PAIRING_WINDOW_MS = MINUTE_MS;

/** How long bodies are remembered to know repetitions by. */
export const DEDUPE_WINDOW_MS = 10 * MINUTE_MS;

/** Arrivals remembered however old they are, as a copy may wait long in a gateway that is down; and at most, however young. */
export const MIN_ARRIVALS = 200;
export const MAX_ARRIVALS = 1_000;

/** Members remembered, and what they take at most; those that left first are forgotten first. */
export const MAX_MEMBERS = 500;
export const MAX_MEMBERS_BYTES = 256 * KILOBYTE;

/** How often what they take is measured: each time there are so many more, and with each that takes more than usual. */
export const MEMBERS_MEASURED_EVERY = 16;
export const USUAL_MEMBER_BYTES = 640;

/** Where fewer are remembered, none was forgotten for their number. */
export const FEWEST_WHERE_FORGOTTEN = MAX_MEMBERS - MEMBERS_MEASURED_EVERY;

/** So few members take less than that in any case, and are not measured. */
export const UNMEASURED_MEMBERS = 40;

/** Events remembered that a call sends once, and what they take at most. */
export const MAX_CALL_EVENTS = 300;
export const MAX_CALL_EVENTS_BYTES = 96 * KILOBYTE;

/** Statuses remembered: the wire has two, and one beyond so many others is judged as events without state are. */
export const MAX_STATUSES = 20;

/** What is remembered of a mute or hold that is neither true nor false. */
export const MAX_SWITCH_CHARACTERS = 100;

/** Openings of journals remembered; those that were not heard of for longest are forgotten first. */
export const MAX_OPENINGS = 100;

/** Calls remembered that have no events waiting, and what all take at most; those that have ended are forgotten first. */
export const MAX_CALLS = 100;
export const MAX_CALLS_BYTES = 256 * KILOBYTE;

/** What is kept of the platform's word for why a call ended. */
export const MAX_CAUSE_CHARACTERS = 100;

// — Creating and ending —

/** How long an attempt whose answer was lost may still show its conference, once creating has ended without one. */
export const LATE_CREATED_MS = 10 * SECOND_MS;

/** How long the `completed` event may take after the platform's confirmation: both our URLs may be tried. */
export const LATE_COMPLETED_MS = 30 * SECOND_MS;

/** How long the calls of a conference that is over may take to show that they have ended too. */
export const LATE_HANGUPS_MS = 30 * SECOND_MS;

/** A refusal after this time is a callback too: by then the caller of the create may have gone with a 202. */
export const FAILED_BY_ANSWER_MS = 8 * SECOND_MS;

/** The longest that the platform may put us off: creating is not tried for longer, and an ending or a call must not be forgotten. */
export const MAX_RETRY_AFTER_MS = 5 * MINUTE_MS;

// — Participants —

/** How long its events may take after a call has rung out; before that nobody is dialled again whose call is not known to have ended. */
export const CALL_EVENTS_WITHIN_MS = 10 * SECOND_MS;

/** The pause after the platform's refusal to dial so many at a time: doubles up to the limit, half of it jitter. */
export const DIAL_PAUSE_MS = SECOND_MS;
export const MAX_DIAL_PAUSE_MS = 30 * SECOND_MS;

// — Changes —

/** By how much the clocks of a change's caller and of Temporal may differ: a change begins so long before its caller gives up, or not at all. */
export const CLOCKS_DIFFER_MS = SECOND_MS;

/** How long a change waits for those before it; then it is answered 503, and has not been done. */
export const TURN_WITHIN_MS = 5 * SECOND_MS;

/** How long a change whose answer was lost waits for its confirmation; and since its acceptance at most. */
export const CONFIRMED_WITHIN_MS = 5 * SECOND_MS;
export const CHANGE_ANSWERED_WITHIN_MS = 14_500;

/** How long the event of audio that was played may take to come. */
export const AUDIO_CONFIRMED_WITHIN_MS = 10 * SECOND_MS;

/** How long the caller of `state: completed` waits for the end at most; the ending itself goes on. */
export const ENDED_WITHIN_MS = 8 * SECOND_MS;

/** Changes that are open at a time, and what they take at most. */
export const MAX_OPEN_CHANGES = 200;
export const MAX_OPEN_CHANGES_CHARACTERS = 256 * KILOBYTE;

/** Answers kept by their Idempotency-Key. */
export const MAX_KEPT_ANSWERS = 200;

/** Answers held for those who have not come for them yet, or may come again, and what they take at most. */
export const MAX_ANSWERS = 500;
export const MAX_ANSWERS_BYTES = 128 * KILOBYTE;

/** What is shown of an id that somebody has sent. */
export const MAX_SHOWN_ID_CHARACTERS = 100;

// — Those who wait from outside —

/** Watchers of one conference; and how many more can be refused at a time. */
export const MAX_WATCHERS = 100;
export const MAX_REFUSED_WATCHERS = 100;

// — Reconciling —

/** How long nothing may be heard of a conference that somebody is in, and of one that nobody has joined; doubles while readings bring no news. */
export const SILENCE_MS = { active: 10 * MINUTE_MS, created: 6 * HOUR_MS };

/** How long what is missing or contradicts may still come right by itself; doubles while readings change nothing. */
export const RECONCILE_AFTER_MS = 15 * SECOND_MS;

/** How often those two double at most. */
export const MAX_DOUBLINGS = 6;

/** When a platform that does not know the conference is asked once more. */
export const MISSING_AGAIN_AFTER_MS = 30 * SECOND_MS;

// — Deliveries to the customer —

/** How long after its acceptance an event is tried, unless the conference was started with another window. */
export const RETRY_WINDOW_MS = 24 * HOUR_MS;

/** The pauses of a lane, or of one event, that the workflow's alarm keeps; shorter ones are the delivery activity's own. */
export const BACK_OFFS_MS = [1, 2, 5, 10, 30, 60, 120, 240].map((minutes) => minutes * MINUTE_MS);

/** After failing for so long a lane tries another event each time: one poisonous event must not hold up the rest. */
export const ROTATE_AFTER_MS = 5 * MINUTE_MS;

/** The pause after a batch that was delivered in part, or a gateway's one attempt: the event has the short retries still before it. */
export const HALF_WAY_PAUSE_MS = SECOND_MS;

/** What one delivery holds at most. */
export const MAX_BATCH_EVENTS = 100;
export const MAX_BATCH_BYTES = 256 * KILOBYTE;

/** What the fields beside an event's body take, about. */
export const ENVELOPE_BYTES = 300;

/** Attempts remembered of an event: with a day of retries at two URLs, all but the middle ones. */
export const MAX_LOGGED_ATTEMPTS = 20;

/** What is shown in the Temporal UI of why the last delivery failed. */
export const MAX_SHOWN_ERROR_CHARACTERS = 300;

/** And of people, of lanes that fail, and of changes under way. */
export const MAX_SHOWN_PEOPLE = 30;
export const MAX_SHOWN_DELIVERIES = 5;

// — Leases: deliveries from the gateway —

/** How long a lease holds unless it is renewed: longer than an attempt at a customer's two URLs, so that none outlasts it. */
export const LEASE_MS = 30 * SECOND_MS;

/** How long a gateway that asks for a lease is let wait for the events before it to be delivered: an API request may wait behind it. */
export const LEASE_WAIT_MS = SECOND_MS;

/** How long the workflow waits with its own attempt where the gateway's may have made a conference. */
export const SECOND_ATTEMPT_AFTER_MS = SECOND_MS / 2;

/** How long the gateway that has started a conference may keep silent about its attempt to create it; then its lease is recalled. */
export const FIRST_ATTEMPT_MS = 7 * SECOND_MS;

/** What its holder may have numbered and not reported at most. */
export const LEASE_NUMBERS = 1_000;

/** What is lent at most, of what events are judged by: it is the answer to an update. */
export const MAX_LEASE_TERMS_BYTES = 256 * KILOBYTE;

/** How long a holder gets to give back what has run out, for nobody has needed it till then. */
export const RECALLED_WITHIN_MS = 3 * SECOND_MS;

// — What is carried to the next run, left at the end, and read —

/** What the next run is handed at most: Temporal takes 2 MB. */
export const MAX_CARRIED_BYTES = 1024 * KILOBYTE;

/** What of it is for events that wait; of more than that the oldest may become dead letters. */
export const CARRIED_EVENTS_BYTES = 600 * KILOBYTE;

/** Attempts that are carried with an event that waits. */
export const MAX_CARRIED_ATTEMPTS = 1;

/** Dead letters carried; older ones are on record all the same. */
export const MAX_DEAD_LETTERS = 2_000;

/** Earlier runs remembered, and events whose last word is with another run than the one that accepted them; the oldest are forgotten first. */
export const MAX_EARLIER_RUNS = 500;
export const MAX_MOVED_EVENTS = 2_000;

/** What a workflow leaves as its result at most: Temporal takes 2 MB. */
export const MAX_CLOSED_BYTES = 1024 * KILOBYTE;

/** What the answer to a query for event records holds at most: Temporal takes 2 MB. */
export const MAX_RECORDS_BYTES = 1024 * KILOBYTE;

/** A request, or a change, that comes past the gateway: what it lets in has 64 KiB at most, and the defaults beside that. */
export const MAX_INPUT_BYTES = 128 * KILOBYTE;

/** How far ahead a conference may begin: a year, as the gateway says, and a day for clocks that differ. */
export const MAX_START_AHEAD_MS = 367 * 24 * HOUR_MS;

/** How long anything may be put off, or lasts, as whoever starts or signals a conference may say. */
export const MAX_WAIT_MS = 366 * 24 * HOUR_MS;

/** Callbacks in one signal; a gateway sends fewer. */
export const MAX_RECEIPTS_AT_ONCE = 1_000;
