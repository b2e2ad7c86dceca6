import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildPart } from './child-part.ts';
import { reasonOf } from '../failure.ts';

const PAUSE_MS = 1_000;
/** A part that dies this often within this time would only go on dying. */
const DEATHS = 3;
const WITHIN_MS = 60_000;

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
    const first = deaths.at(-DEATHS);
    return first !== undefined && performance.now() - first < WITHIN_MS;
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
      await sleep(PAUSE_MS);
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
