import { setImmediate as others } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import {
  GUESSES_COUNT_FOR_MS,
  GUESSES_OF_CALLER,
  GUESSES_OF_NUMBER,
  MAX_KEPT_GUESSES,
  NEXT_GUESS_OF_CALLER_MS,
  NEXT_GUESS_OF_NUMBER_MS,
} from '../../src/asterisk/budget.ts';
import { GuessPace, withOneMore, type Guesses } from '../../src/asterisk/guesses.ts';
import { fakeClock } from '../../src/sandbox/clock.ts';

const TO = '+19195551234';

/** A number with a PIN, and those who call it; its time passes only when it is told to. */
function openLine() {
  const clock = fakeClock();
  const pause = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      clock.after(milliseconds, async () => {
        resolve();
        await others();
      });
    });
  const pace = new GuessPace({ now: () => clock.now(), pause });
  const line = {
    guesses: [] as Guesses,
    judged: 0,
    /** Has the callers do what comes of what has been asked for, while so much time passes. */
    async pass(milliseconds: number) {
      await others();
      await clock.advance(milliseconds);
    },
    /** Enters a wrong PIN. */
    guess: (from: string, isThere = () => true, to = TO) =>
      pace.take({
        ...{ from, to, isThere, guesses: async () => line.guesses, waits: async () => undefined },
        judge: async () => {
          line.judged += 1;
          line.guesses = withOneMore(line.guesses, from, clock.now());
        },
      }),
    /** Enters the right one; answers how long that took to be seen (ms), once it has been. */
    async knows(from: string): Promise<number> {
      const since = clock.now();
      let seenAt = NaN;
      const judge = async () => void (seenAt = clock.now());
      await pace.take({
        ...{ from, to: TO, isThere: () => true, guesses: async () => line.guesses, waits: async () => undefined },
        judge,
      });
      return seenAt - since;
    },
  };
  return line;
}

test('who is wrong a few times does not wait', async () => {
  const line = openLine();
  for (let times = 0; times < GUESSES_OF_CALLER; times++) await line.guess('+19195550001');
  expect(line.judged).toBe(GUESSES_OF_CALLER);
});

test('one number can try a PIN twice a minute at most, however many calls it makes at once', async () => {
  const line = openLine();
  for (let calls = 0; calls < 500; calls++) void line.guess('+19195550001');
  await line.pass(GUESSES_COUNT_FOR_MS);
  const atMost = GUESSES_OF_CALLER + GUESSES_COUNT_FOR_MS / NEXT_GUESS_OF_CALLER_MS;
  expect(line.judged).toBeLessThanOrEqual(atMost);
  expect(line.judged).toBeGreaterThan(atMost / 2);
});

test('all numbers together can try a PIN 12 times a minute at most', async () => {
  const line = openLine();
  for (let caller = 0; caller < 300; caller++)
    for (let calls = 0; calls < 5; calls++) void line.guess(`+1919${1_000_000 + caller}`);
  await line.pass(GUESSES_COUNT_FOR_MS);
  const atMost = GUESSES_OF_NUMBER + GUESSES_COUNT_FOR_MS / NEXT_GUESS_OF_NUMBER_MS;
  expect(line.judged).toBeLessThanOrEqual(atMost);
  expect(line.judged).toBeGreaterThan(atMost / 2);
});

test('a number that is written otherwise is the same: dialplans hand on what the caller has called', async () => {
  const line = openLine();
  for (let calls = 0; calls < 500; calls++)
    void line.guess('+19195550001', () => true, `+1${'-'.repeat(calls)}9195551234`);
  await line.pass(GUESSES_COUNT_FOR_MS);
  expect(line.judged).toBeLessThanOrEqual(GUESSES_OF_CALLER + GUESSES_COUNT_FOR_MS / NEXT_GUESS_OF_CALLER_MS);
});

test('while a neighbour guesses without end, who knows the PIN is let in within two turns', async () => {
  const line = openLine();
  for (let calls = 0; calls < 500; calls++) void line.guess('+19195550001');
  await line.pass(GUESSES_COUNT_FOR_MS / 2);
  const another = line.knows('+19195550002');
  await line.pass(2 * NEXT_GUESS_OF_NUMBER_MS);
  expect(await another).toBeLessThanOrEqual(2 * NEXT_GUESS_OF_NUMBER_MS);
});

test('who guessed from a number locks out nobody who shares it: a withheld number is one too', async () => {
  const line = openLine();
  for (let times = 0; times < GUESSES_OF_CALLER; times++) await line.guess('');
  const another = line.knows('');
  await line.pass(NEXT_GUESS_OF_CALLER_MS);
  expect(await another).toBe(NEXT_GUESS_OF_CALLER_MS);
});

test('who hangs up waits no more, and costs those behind nothing', async () => {
  const line = openLine();
  for (let times = 0; times < GUESSES_OF_CALLER; times++) await line.guess('+19195550001');
  for (let calls = 0; calls < 50; calls++) void line.guess('+19195550001', () => false);
  const patient = line.knows('+19195550001');
  await line.pass(NEXT_GUESS_OF_CALLER_MS);
  expect(await patient).toBe(NEXT_GUESS_OF_CALLER_MS);
});

test('after an hour nothing is remembered, and what is kept is bounded', async () => {
  const line = openLine();
  for (let times = 0; times < GUESSES_OF_CALLER; times++) await line.guess('+19195550001');
  await line.pass(GUESSES_COUNT_FOR_MS + 1_000);
  expect(await line.knows('+19195550001')).toBe(0);
  let kept: Guesses = [];
  for (let times = 0; times < 1_000; times++) kept = withOneMore(kept, `+1919555${times}`.repeat(9), 1_700_000_000_000);
  expect(kept).toHaveLength(MAX_KEPT_GUESSES);
  // What Asterisk takes as one variable.
  expect(JSON.stringify(kept).length).toBeLessThan(4_000);
});
