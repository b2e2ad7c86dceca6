import type { Spread } from './figures.ts';
import type { HistorySize } from './systems/system.ts';
import type { Faults } from './town/lifecycle.ts';

/** What a load has shown of a system, in its window. */
export interface LoadFigures {
  seconds: number;
  /** Those that came to their end in the window, in the system too. */
  lifecyclesPerSecond: number;
  /** How long the system went on with what was over for the customer, after the load; undefined if it did not come to an end. */
  overAfterSeconds: number | undefined;
  createMs: Spread;
  acknowledgementMs: Spread;
  /** From when the platform first sent an event until the customer had it. */
  relayMs: Spread;
  /** Creates in the window that were answered 202. */
  accepted202: number;
  /** Processor time for each lifecycle (ms): of each process with its children, and `total`. */
  cpuMsPerLifecycle: Record<string, number>;
  peakMemoryMib: Record<string, number>;
  /** What a completed conference has left in Temporal. */
  history?: HistorySize | undefined;
  /** How many of the machine's cores the system, this bench, and everything else have used. */
  cores: { system: number; bench: number; others: number };
}

/** Everything that makes the bench fail, and what only comes with it. */
export interface Counts extends Faults {
  lifecycles: number;
  createsFailed: number;
  /** Lifecycles for which a second conference was created on the platform. */
  createdTwice: number;
  /** Events that had to be sent again until they were taken. */
  resent: number;
}

/** What a cell has found: a load's figures, or those of a measurement of its own kind, with the unit in their names. */
export type Found = { counts: Counts } & ({ load: LoadFigures } | { figures: Record<string, number> });

/** One cell of one round, and one line of the file of results. */
export type Result = Found & {
  at: string;
  cell: string;
  system: string;
  round: number;
  /** Which Temporal server it was; it says nothing of systems without one. */
  server: string;
  /** Processor time of the started system in which nothing happens (ms a second), by process. */
  stillCpuMsPerSecond: Record<string, number>;
  machine: string;
};

const FAULTS = ['lost', 'doubled', 'outOfOrder', 'misaddressed', 'createsFailed'] as const;

/** What went wrong, in words; empty if nothing did. */
export function faultsInWords(counts: Counts, allowed: readonly string[] = []): string {
  return FAULTS.filter((fault) => counts[fault] > 0 && !allowed.includes(fault))
    .map((fault) => `${fault} ${counts[fault]}`)
    .join(', ');
}
