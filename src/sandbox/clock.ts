import { MAX_TIMER_MS } from './budget.ts';

/** Time as the sandbox sees it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Does some work after so many milliseconds; calling what it returns cancels it. */
  after(milliseconds: number, work: () => unknown): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, work) {
    const timer = setTimeout(work, Math.min(milliseconds, MAX_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** A clock that stands still until it is moved on. */
export interface FakeClock extends Clock {
  /** Lets time pass: all that is due in it is done in order, each piece of work awaited. */
  advance(milliseconds: number): Promise<void>;
}

export function fakeClock(start = Date.UTC(2026, 0, 1, 12)): FakeClock {
  let now = start;
  let waiting: { due: number; work: () => unknown }[] = [];
  return {
    now: () => now,
    after(milliseconds, work) {
      const entry = { due: now + milliseconds, work };
      waiting.push(entry);
      // The sort is stable: what is due at the same moment is done in the order in which it was asked for.
      waiting.sort((a, b) => a.due - b.due);
      return () => (waiting = waiting.filter((other) => other !== entry));
    },
    async advance(milliseconds) {
      const until = now + milliseconds;
      for (let next = waiting[0]; next !== undefined && next.due <= until; next = waiting[0]) {
        waiting.shift();
        now = next.due;
        await next.work();
      }
      now = until;
    },
  };
}

/** A clock whose waiting work can be given up all at once. */
export interface Timers extends Clock {
  cancelAll(): void;
}

export function timersOn(clock: Clock): Timers {
  const cancels = new Set<() => void>();
  return {
    now: () => clock.now(),
    after(milliseconds, work) {
      const cancelWork = clock.after(milliseconds, () => {
        cancels.delete(cancel);
        return work();
      });
      const cancel = () => {
        cancels.delete(cancel);
        cancelWork();
      };
      cancels.add(cancel);
      return cancel;
    },
    cancelAll() {
      for (const cancel of cancels) cancel();
    },
  };
}
