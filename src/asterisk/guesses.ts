import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { digitsOf } from '../catapult/dial-in.ts';
import {
  GUESSES_COUNT_FOR_MS,
  GUESSES_OF_CALLER,
  GUESSES_OF_NUMBER,
  MAX_KEPT_GUESSES,
  NEXT_GUESS_OF_CALLER_MS,
  NEXT_GUESS_OF_NUMBER_MS,
} from './budget.ts';
import { Turns } from './turns.ts';

/* Wrong PINs, of which each conference keeps the latest: who entered it, and when (epoch seconds). */
export const keptGuesses = z.array(z.tuple([z.string(), z.number()]));
export type Guesses = z.output<typeof keptGuesses>;

/** What is kept when one more was wrong. */
export function withOneMore(guesses: Guesses, from: string, now: number): Guesses {
  return [...guesses, [callerOf(from), Math.floor(now / 1_000)] satisfies Guesses[number]].slice(-MAX_KEPT_GUESSES);
}

/** How long a caller's next PIN waits, and then any next one for the same number (ms): 0 as long as few were wrong. */
export function pausesAfter(guesses: Guesses, from: string, now: number): { ofCaller: number; ofNumber: number } {
  const recent = guesses.filter(([, at]) => at * 1_000 > now - GUESSES_COUNT_FOR_MS);
  const own = recent.filter(([caller]) => caller === callerOf(from));
  return {
    ofCaller: own.length < GUESSES_OF_CALLER ? 0 : NEXT_GUESS_OF_CALLER_MS,
    ofNumber: recent.length < GUESSES_OF_NUMBER ? 0 : NEXT_GUESS_OF_NUMBER_MS,
  };
}

/** A caller says itself what its number is: any text. */
function callerOf(from: string): string {
  return digitsOf(from).slice(-15);
}

/** One PIN that somebody has entered. */
export interface Entered {
  from: string;
  /** The number that was called. */
  to: string;
  /** What was wrong before, as it is now. */
  guesses: () => Promise<Guesses>;
  /** Whether the caller is still there. */
  isThere: () => boolean;
  /** Looks at the PIN. */
  judge: () => Promise<void>;
  /** Told once if it takes a while. */
  waits: () => Promise<void>;
}

/** The time, and its passing until somebody gives up. */
interface Time {
  now(): number;
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
}

const systemTime: Time = {
  now: () => Date.now(),
  pause: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }).catch(() => undefined),
};

/**
 * Has PINs looked at one after the other, and slowly once many were wrong: those of one caller, and those for one number. So nobody
 * can try them without end, and nobody is locked out: who has guessed much waits long, all others wait for a moment.
 */
export class GuessPace {
  private readonly turns = new Turns();
  private readonly stopping = new AbortController();
  private readonly time: Time;

  constructor(time: Time = systemTime) {
    this.time = time;
  }

  /** Resolves when it has been looked at, or its caller is gone. */
  async take({ from, to, guesses, isThere, judge, waits }: Entered): Promise<void> {
    const pauses = async () => pausesAfter(await guesses(), from, this.time.now());
    const expected = await pauses();
    if (expected.ofCaller + expected.ofNumber > 0) await waits();
    const inTurn = async (which: keyof typeof expected, work: () => Promise<void>) => {
      if (!isThere()) return;
      const milliseconds = (await pauses())[which];
      if (milliseconds > 0) await this.time.pause(milliseconds, this.stopping.signal);
      if (isThere()) await work();
    };
    // However it is written, it is one number: each way to write it would be a line of its own.
    const number = digitsOf(to);
    await this.turns.take(`${callerOf(from)} calls ${number}`, () =>
      inTurn('ofCaller', () => this.turns.take(number, () => inTurn('ofNumber', judge))),
    );
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.turns.quiet();
  }
}
