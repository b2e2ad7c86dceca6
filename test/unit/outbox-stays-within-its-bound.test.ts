import { describe, expect, test } from '@jest/globals';
import { carriedLog, logTried } from '../../src/workflows/event-log.ts';
import { MAX_WAITING_SIZE } from '../../src/workflows/outbox.ts';
import { dead, dueNow, LANE, now, outbox, put, settled, waiting } from './outbox-world.ts';

describe('the bound on what waits', () => {
  const big = 'x'.repeat(64 * 1024);

  test('buries the oldest events of all lanes, and never the newest', () => {
    for (let event = 0; event < 20; event += 1) put(event % 2 === 0 ? 'a' : 'b', big);
    expect(outbox.waitingSize).toBeLessThanOrEqual(MAX_WAITING_SIZE);
    expect(outbox.waitingSize).toBeGreaterThan(MAX_WAITING_SIZE - 2 * big.length);
    const kept = [...waiting('a'), ...waiting('b')].sort((a, b) => a - b);
    expect([...dead(), ...kept]).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  test('buries as many as it takes', () => {
    for (let event = 0; event < 13; event += 1) put('a', big);
    const before = dead().length;
    put('b', 'x'.repeat(4 * 64 * 1024));
    expect(outbox.waitingSize).toBeLessThanOrEqual(MAX_WAITING_SIZE);
    expect(dead().length).toBeGreaterThan(before + 1);
    expect(waiting('b')).toEqual([14]);
  });

  test('an event that was on its way when it was buried, and arrives, is no dead letter', () => {
    for (let event = 0; event < 20; event += 1) put(LANE, big);
    const [first, second] = dead();
    settled([first ?? 0]);
    expect(dead()).not.toContain(first);
    expect(dead()).toContain(second);
  });

  // The design: at most 1 MB is carried to the next run. (Temporal refuses more than 2 MB.)
  test.each([
    ['many small events', 20_000, 'digit'],
    ['letters of three bytes', 1_000, '会'.repeat(1_024)],
  ])('keeps what is carried to the next run below 1 MB: %s', (_what, events, note) => {
    for (let event = 0; event < events; event += 1) put(LANE, note);
    const failure = {
      at: now,
      url: 'callbackUrl',
      ok: false,
      result: 'no answer within 10000 ms',
      milliseconds: 10_000,
    };
    for (const sequence of waiting())
      for (let request = 0; request < 20; request += 1)
        logTried(outbox.log, { ...failure, url: 'callbackUrl', sequence });
    const run = { workflowId: 'conference/u-1/conf-abc', runId: 'run-1' };
    const log = carriedLog(outbox.log, run, { sequence: outbox.nextSequence, waiting: waiting() });
    expect(Buffer.byteLength(JSON.stringify({ ...outbox, log }))).toBeLessThanOrEqual(1024 * 1024);
  });

  test('a lane emptied by it does not stay held up', () => {
    put('a', big);
    settled([], 1, 'a');
    for (let event = 0; event < 15; event += 1) put('b', big);
    expect(waiting('a')).toEqual([]);
    put('a');
    expect(dueNow('a')).toEqual([17]);
  });
});
