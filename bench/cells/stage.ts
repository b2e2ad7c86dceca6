import { rounded } from '../figures.ts';
import type { Counts, LoadFigures } from '../results.ts';
import { rootsOf, type Running } from '../systems/system.ts';
import { PeakMemory, readUsage, sum, type Usage } from '../systems/usage.ts';
import { faultsOf } from '../town/lifecycle.ts';
import type { Town } from '../town/town.ts';

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

/** The time in which a cell counts, and what was used in it. */
export class Window {
  private readonly before: Usage;
  private readonly memory: PeakMemory;
  private readonly stage: Stage;

  /** Opens it. */
  constructor(stage: Stage) {
    this.stage = stage;
    const roots = () => rootsOf(stage.running);
    this.memory = new PeakMemory(roots);
    this.before = readUsage(roots());
    stage.town.meter.open();
  }

  close(): { seconds: number; cpuMs: Record<string, number>; peakMemoryMib: Record<string, number>; cores: Cores } {
    this.stage.town.meter.close();
    const after = readUsage(rootsOf(this.stage.running));
    const seconds = (after.at - this.before.at) / 1_000;
    const cpuMs = cpuMsBetween(this.before, after);
    const ofBench = after.benchCpuMs - this.before.benchCpuMs;
    const ofMachine = after.machineCpuMs - this.before.machineCpuMs;
    const cores = (ms: number) => rounded(Math.max(0, ms) / 1_000 / seconds, 2);
    const ofSystem = cpuMs['total'] ?? 0;
    return {
      seconds,
      cpuMs,
      peakMemoryMib: this.memory.stop(),
      cores: { system: cores(ofSystem), bench: cores(ofBench), others: cores(ofMachine - ofBench - ofSystem) },
    };
  }
}

type Cores = LoadFigures['cores'];
