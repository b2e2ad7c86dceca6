import { setTimeout as sleep } from 'node:timers/promises';
import { rounded } from '../figures.ts';
import type { Counts, LoadFigures } from '../results.ts';
import { rootsOf, type Running } from '../systems/system.ts';
import { PeakMemory, readUsage, sum, type Usage } from '../systems/usage.ts';
import { faultsOf } from '../town/lifecycle.ts';
import type { Town } from '../town/town.ts';

/** So long is waited for the workflows of conferences that are over for the customer, and so often is looked. */
const OVER_WITHIN_SECONDS = 120;
const LOOK_EVERY_MS = 200;

/** Where a cell plays: a system that runs, with everybody around it. */
export interface Stage {
  town: Town;
  running: Running;
  /** Tells a person how far it is. */
  say: (line: string) => void;
}

export function countsOf({ town }: Stage): Counts {
  return {
    ...faultsOf(town.lifecycles.values()),
    lifecycles: town.lifecycles.size,
    createsFailed: sum([...town.failures.values()]),
    createdTwice: town.platform.createdTwice,
    resent: town.platform.resent,
  };
}

/** What was used between two readings, in ms of processor time. */
export function cpuMsBetween(before: Usage, after: Usage): Record<string, number> {
  const each = Object.keys(after.cpuMs).map(
    (name) => [name, (after.cpuMs[name] ?? 0) - (before.cpuMs[name] ?? 0)] as const,
  );
  return { total: sum(each.map(([, ms]) => ms)), ...Object.fromEntries(each) };
}

/** The same for each of so many. */
export function perEach(ms: Record<string, number>, count: number): Record<string, number> {
  return Object.fromEntries(Object.entries(ms).map(([name, value]) => [name, rounded(value / count)]));
}

/** What a window has found. */
export interface Measured {
  seconds: number;
  /** Lifecycles that came to their end in it. */
  closed: number;
  cpuMs: Record<string, number>;
  peakMemoryMib: Record<string, number>;
  cores: LoadFigures['cores'];
}

/** The time in which a cell counts, and what was used in it. */
export class Window {
  private readonly before: Usage;
  private overBefore = 0;
  private readonly memory: PeakMemory;
  private readonly stage: Stage;

  private constructor(stage: Stage) {
    this.stage = stage;
    const roots = () => rootsOf(stage.running);
    this.memory = new PeakMemory(roots);
    this.before = readUsage(roots());
    stage.town.meter.open();
  }

  static async open(stage: Stage): Promise<Window> {
    const window = new Window(stage);
    // Here as at its end: first what is used, then what that has brought.
    window.overBefore = await countOver(stage);
    return window;
  }

  async close(): Promise<Measured> {
    this.stage.town.meter.close();
    const after = readUsage(rootsOf(this.stage.running));
    const closed = (await countOver(this.stage)) - this.overBefore;
    const seconds = (after.at - this.before.at) / 1_000;
    const cpuMs = cpuMsBetween(this.before, after);
    const ofBench = after.benchCpuMs - this.before.benchCpuMs;
    const ofMachine = after.machineCpuMs - this.before.machineCpuMs;
    const cores = (ms: number) => rounded(Math.max(0, ms) / 1_000 / seconds, 2);
    const ofSystem = cpuMs['total'] ?? 0;
    return {
      seconds,
      closed,
      cpuMs,
      peakMemoryMib: this.memory.stop(),
      cores: { system: cores(ofSystem), bench: cores(ofBench), others: cores(ofMachine - ofBench - ofSystem) },
    };
  }
}

/** How many lifecycles are over: the customer has all their events, and nothing of them is open in the system any more. */
async function countOver({ town, running }: Stage): Promise<number> {
  const begun = [...town.lifecycles.values()].filter(({ platformId }) => platformId !== undefined);
  const untold = begun.filter(({ count, story }) => count < story.length).length;
  return begun.length - Math.max(untold, (await running.open?.()) ?? 0);
}

/** Waits until nothing is open in the system; answers how long that took (s), or undefined if it takes too long. */
export async function untilNoneOpen({ running: { open } }: Stage): Promise<number | undefined> {
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1_000;
  while (open !== undefined && (await open()) > 0) {
    if (seconds() > OVER_WITHIN_SECONDS) return undefined;
    await sleep(LOOK_EVERY_MS);
  }
  return seconds();
}
