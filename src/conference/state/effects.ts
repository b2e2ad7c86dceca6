import type { Measurement } from './measurements.ts';
import type { Word } from './watchers.ts';

/* What a conference asks to be done, and the step in which it asks. */

/**
 * What the workflow must do for a conference (src/workflows/run.ts). Deliveries are no effects: whenever a lane has something to deliver and
 * no delivery under way, the workflow starts one.
 */
export type Effect =
  /**
   * Once, when a conference opens or its time has come, or the gateway that has started it has not created it: create it on the platform, not
   * before a time (epoch milliseconds). `creation-succeeded`, `-failed` or `-stopped` follows.
   */
  | { type: 'create'; notBefore?: number }
  /** It ends, or has been adopted by an event: no further attempt to create it, but the one that runs is waited for. Its outcome follows. */
  | { type: 'stop-creating' }
  /** Complete a conference on the platform, ours or an orphan, however long it takes. `platform-completed` follows. */
  | { type: 'complete'; platformId: string }
  /** The turn of an open change has come: do it on the platform. `change-settled` follows. */
  | { type: 'run-change'; id: number }
  /** Ask the platform what it knows; an urgent one takes the place of one under way. `platform-read` follows. */
  | { type: 'read-platform'; platformId: string; isUrgent: boolean }
  /** The customer's URLs have changed: stop what is being delivered, so that it begins anew at the new ones. `delivery-settled` follows for each. */
  | { type: 'restart-delivery' }
  /** The gateway that holds the lease is to give it back. It reports, and returns it, by `callbacks`; `lease-recalled` follows. */
  | { type: 'recall-lease'; epoch: number; opening: string; url: string; until: number }
  /** Notify a watcher; one that has gone is forgotten. `watcher-notified` follows. */
  | { type: 'notify-watcher'; id: string; word: Word }
  /** Tell the log; nothing follows. */
  | { type: 'log'; message: string }
  /** Count it, for whoever watches many conferences; nothing follows. */
  | { type: 'measure'; measurement: Measurement };

export interface Context {
  userId: string;
  conferenceId: string;
  /** Epoch milliseconds. */
  now: number;
  /** Drawn for this step: what is named by it is named so once, also when the workflow is reset to an earlier moment. */
  nonce: string;
}

/** Where one step happens: the facts it may use, and the effects it has asked for so far. */
export interface Step extends Context {
  effects: Effect[];
}

export function log(step: Step, message: string): void {
  step.effects.push({ type: 'log', message });
}

export function measure(step: Pick<Step, 'effects'>, measurement: Measurement): void {
  step.effects.push({ type: 'measure', measurement });
}
