/* The limits and times of what `npm start` adds: getting programs, and keeping the parts running. */

/** How long a part may take to stop before it is ended: more than it takes itself; and one that was still starting. */
export const STOP_CHILD_WITHIN_MS = 25_000;
export const STOP_STARTING_WITHIN_MS = 3_000;

/** How soon a part that has died is started again. */
export const START_AGAIN_AFTER_MS = 1_000;

/** A part that dies this often within this time would only go on dying. */
export const MAX_DEATHS = 3;
export const DEATHS_WITHIN_MS = 60_000;

/** How long Temporal's server may take to come up, and to stop. */
export const TEMPORAL_UP_WITHIN_MS = 30_000;
export const STOP_TEMPORAL_WITHIN_MS = 10_000;

/** How much of a program's last output is shown. */
export const MAX_LAST_LINES = 10;

/** How long a download may bring nothing, and how long it may take in all; and the same for pip. */
export const DOWNLOAD_SILENCE_MS = 5_000;
export const DOWNLOAD_WITHIN_MS = 300_000;
export const PIP_WITHIN_MS = 120_000;

/** How long apt may take to tell of packages, or to bring them. */
export const APT_WITHIN_MS = 300_000;

/** How long Asterisk may take to come up, and to stop. */
export const ASTERISK_UP_WITHIN_MS = 30_000;
export const STOP_ASTERISK_WITHIN_MS = 5_000;
