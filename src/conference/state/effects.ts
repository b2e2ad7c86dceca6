/* What a conference asks to be done, and the step in which it asks. */

export type Effect =
  | { type: 'create' }
  | { type: 'stop-creating' }
  | { type: 'complete'; platformId: string }
  | { type: 'run-change'; id: number }
  | { type: 'read-platform'; platformId: string; isUrgent: boolean }
  | { type: 'restart-delivery' }
  | { type: 'log'; message: string };

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
