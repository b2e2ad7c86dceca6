import type { Callbacks } from './callbacks.ts';
import type { Clock } from './clock.ts';
import type { Settings } from './settings.ts';

/** What conferences and calls need of the platform that they are on. */
export interface World {
  clock: Clock;
  settings: Settings;
  callbacks: Callbacks;
  /** Takes the keys of calls that are in no conference. */
  reception: { pressed(callId: string, key: string): void };
}
