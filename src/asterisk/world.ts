import type { Logger } from '../telemetry/log.ts';
import type { Ari } from './ari/ari.ts';
import type { Callbacks } from './callbacks.ts';
import type { Sounds } from './sounds/sounds.ts';
import type { Turns } from './turns.ts';

/** What conferences and calls need of the adapter that they are in. */
export interface World {
  ari: Ari;
  callbacks: Callbacks;
  sounds: Sounds;
  /** What changes a conference is done one after the other. */
  turns: Turns;
  /** Resolves while the events of Asterisk are heard; it ends calls that are answered while they are not. @throws CatapultError 503 after a while */
  hearing: () => Promise<void>;
  /** Which events of a status are on their way. */
  telling: Set<string>;
  logger: Logger;
}
