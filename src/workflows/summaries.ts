/* Timers of a conference that are not its alarm, by the words that the Temporal UI shows with them. */

export const CALLBACKS_WAIT = 'batches of callbacks wait';
export const NEXT_ATTEMPT = 'the next attempt to create the conference';
