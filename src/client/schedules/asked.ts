import type { CreateConferenceRequest } from '../../catapult/requests.ts';
import type { RequestOptions } from '../call.ts';
import type { Creator } from '../creation.ts';

/* How schedules are asked for by a gateway, which holds accounts to their limits before anything is done. */

/** What is about to be made: a schedule or its times, or conferences of one. */
export interface ScheduleAsked {
  /** What each of its conferences is. */
  request: CreateConferenceRequest;
  isNew: boolean;
  /** When the next ten begin (epoch milliseconds). */
  begins: number[];
  /** How many conferences are started at once, to begin later. */
  startedAtOnce: number;
}

/** A gateway holds accounts to their limits by throwing. */
export interface ScheduleOptions extends RequestOptions {
  admit?: ((asked: ScheduleAsked) => Promise<void>) | undefined;
}

/** So many conferences of this kind are to be made; a gateway makes the first attempt of a single one. */
export interface StartOptions extends RequestOptions {
  creator?: Creator | undefined;
  admit?: ((request: CreateConferenceRequest, count: number) => Promise<void>) | undefined;
}
