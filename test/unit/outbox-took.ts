import type { LoggedAttempt } from '../../src/conference/state/event-log.ts';

/** The requests with which a customer took these events (sequences). */
export function took(sequences: number[], at: number): LoggedAttempt[] {
  return sequences.map((sequence) => ({ sequence, at, url: 'callbackUrl', ok: true, result: '200', milliseconds: 5 }));
}
