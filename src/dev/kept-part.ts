import { setTimeout as sleep } from 'node:timers/promises';
import { DEATHS_WITHIN_MS, MAX_DEATHS, START_AGAIN_AFTER_MS } from './budget.ts';
import type { ChildPart } from './child-part.ts';
import { reasonOf } from '../failure.ts';

/** Hears that a part has died and why, and that it is back after so long. */
export interface Listener {
  died(reason: string): void;
  back(milliseconds: number): void;
}

/**
 * A part that is started again, a second later, when it dies. `died` rejects when that does not help: when it does not
 * come up, or dies for the third time within a minute.
 */
export function keepRunning(start: () => ChildPart, listener: Listener): ChildPart {
  let part = start();
  let stopping = false;
  const deaths: number[] = [];
  const diesTooOften = () => {
    deaths.push(performance.now());
    const first = deaths.at(-MAX_DEATHS);
    return first !== undefined && performance.now() - first < DEATHS_WITHIN_MS;
  };

  async function supervise(): Promise<never> {
    for (;;) {
      const life = { isUp: false };
      void part.ready.then(() => (life.isUp = true));
      try {
        await part.died;
      } catch (error) {
        if (!life.isUp || diesTooOften()) throw error;
        listener.died(reasonOf(error));
      }
      await sleep(START_AGAIN_AFTER_MS);
      if (stopping) return new Promise<never>(() => undefined);
      const began = performance.now();
      part = start();
      void part.ready.then(() => listener.back(performance.now() - began));
    }
  }

  const { ready } = part;
  const died = supervise();
  // It may die when nobody listens: while it is being stopped.
  died.catch(() => undefined);
  return {
    get pid() {
      return part.pid;
    },
    ready,
    died,
    stop: () => {
      stopping = true;
      return part.stop();
    },
    kill: () => {
      stopping = true;
      part.kill();
    },
  };
}
