import { z } from 'zod';
import { MAX_SETTING_MS } from './budget.ts';
import { flag } from '../catapult/fields.ts';

/** Whole milliseconds, up to a day. */
export const milliseconds = z.custom<number>(
  (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_SETTING_MS,
  `a whole number of milliseconds from 0 to ${MAX_SETTING_MS}`,
);

/** An object of these fields and no others: a fault whose `on` or `times` is misspelled would strike everything. */
export function only<Shape extends z.ZodRawShape>(shape: Shape, wanted = 'a JSON object') {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? `no field ${issue.keys.join(', ')}` : wanted),
  });
}

/** How often something holds. */
export const count = z.custom<number>(
  (value) => Number.isInteger(value) && Number(value) >= 1,
  'a whole number from 1',
);

/** What the sandbox does unless it is told otherwise. */
export interface Settings {
  /** Refuses POST /conferences within 1000 ms of the one before (429). */
  conferenceRateLimit: boolean;
  /** Refuses POST /calls beyond 10 in 10 s (403). */
  callRateLimit: boolean;
  /** How long an audio file plays (ms): nobody fetches it. */
  fileDuration: number;
  /** How long a character takes to speak (ms). */
  characterDuration: number;
}

export function defaultSettings(): Settings {
  return { conferenceRateLimit: false, callRateLimit: false, fileDuration: 2_000, characterDuration: 60 };
}

/** POST /sandbox/settings: what is absent stays as it is. */
export const settingsRequest = only({
  conferenceRateLimit: flag.optional(),
  callRateLimit: flag.optional(),
  fileDuration: milliseconds.optional(),
  characterDuration: milliseconds.optional(),
});
