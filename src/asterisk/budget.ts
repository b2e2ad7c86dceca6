/* The limits and times of the adapter to Asterisk. */

/** How long Asterisk may take for one request. */
export const ARI_WITHIN_MS = 5_000;

/** The longest answer that is read of it: a list of all channels. */
export const MAX_ARI_BYTES = 64 * 1024 * 1024;

/** How soon its events are asked for again when their connection ends, and how often it is looked whether that still lives. */
export const LISTEN_AGAIN_AFTER_MS = 200;
export const LISTENING_CHECKED_EVERY_MS = 5_000;

/** How soon a callback that failed at both URLs is tried again: each time twice as long, up to the last. */
export const FIRST_CALLBACK_PAUSE_MS = 500;
export const LAST_CALLBACK_PAUSE_MS = 16_000;

/** How long a completed conference can still be read, and how often it is looked for what is to be cleared away. */
export const COMPLETED_KEPT_MS = 10 * 60_000;
export const SWEPT_EVERY_MS = 60_000;

/** How long a call from outside may wait for a conference. */
export const WAITS_FOR_MS = 10 * 60_000;

/** How long a caller who is sent away is told why, at most. */
export const PROMPT_WITHIN_MS = 10_000;

/**
 * Wrong PINs count for an hour. After so many of one caller, or for one number, each further one waits for its turn: one of a caller in
 * 30 s, one for a number in 5 s. So many are kept: no variable may become too long.
 */
export const GUESSES_COUNT_FOR_MS = 3_600_000;
export const GUESSES_OF_CALLER = 6;
export const NEXT_GUESS_OF_CALLER_MS = 30_000;
export const GUESSES_OF_NUMBER = 30;
export const NEXT_GUESS_OF_NUMBER_MS = 5_000;
export const MAX_KEPT_GUESSES = 100;

/** The largest audio file that is fetched, within which time, and the longest sound that becomes of it. */
export const MAX_AUDIO_BYTES = 20 * 1024 * 1024;
export const AUDIO_WITHIN_MS = 30_000;
export const MAX_SOUND_SECONDS = 3_600;

/** How long the speech program may take for a sentence. */
export const SPEECH_WITHIN_MS = 30_000;

/** Files of sounds that are older belong to nobody any more. */
export const SOUNDS_KEPT_MS = 24 * 3_600_000;
