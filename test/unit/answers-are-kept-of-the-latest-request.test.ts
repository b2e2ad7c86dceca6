import { expect, test } from '@jest/globals';
import { carriedRecord, emptyLog, logAttempt, type LoggedEvent } from '../../src/conference/state/event-log.ts';

const record = (): LoggedEvent => ({
  ...{ id: 'evt-1', sequence: 1, acceptedAt: 0, event: { eventType: 'dtmf' }, source: 'platform' },
  ...{ lane: 'conference', status: 'waiting', attempts: [] },
});
const request = (at: number, url: 'callbackUrl' | 'fallbackUrl', answer?: string) => ({
  ...{ sequence: 1, at, url, ok: false, result: '503', milliseconds: 1 },
  ...(answer === undefined ? {} : { answer }),
});

test('of each URL the latest answer is kept, so that an event with many requests stays small; the next run is handed none', () => {
  const log = { ...emptyLog(), accepted: [record()] };
  for (let at = 1; at <= 9; at += 1) {
    logAttempt(log, request(at, 'callbackUrl', `first ${at}`));
    logAttempt(log, request(at, 'fallbackUrl', `second ${at}`));
  }
  const [one] = log.accepted;
  expect(one?.attempts.length).toBe(18);
  expect(one?.attempts.flatMap(({ answer = [] }) => answer)).toEqual(['first 9', 'second 9']);
  // A request without an answer's text has none to show, and the one before is no longer the latest.
  logAttempt(log, request(10, 'callbackUrl'));
  expect(one?.attempts.flatMap(({ answer = [] }) => answer)).toEqual(['second 9']);
  logAttempt(log, request(11, 'callbackUrl', 'the last'));
  expect(JSON.stringify(one)).toContain('"answer":"the last"');
  expect(JSON.stringify(one && carriedRecord(one))).not.toContain('"answer"');
});
