import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Program } from './program.ts';
import type { Roots } from './usage.ts';

/** Where things run: all on this machine, below the ports that the system gives to whoever connects. */
export interface Ports {
  platform: number;
  customer: number;
  gateway: number;
  temporal: number;
  temporalUi: number;
  restateAdmin: number;
  restateIngress: number;
  restateNode: number;
  restateService: number;
  postgres: number;
}

/** What a system gets to run in. */
export interface Site {
  ports: Ports;
  /** An empty folder of its own for its data. */
  folder: string;
  /** Where the platform is. */
  platformUrl: string;
  /** Which Temporal server the systems on Temporal get: the development server on its file or in memory, or one that runs. */
  server: TemporalServer;
}

export type TemporalServer = { kind: 'file' } | { kind: 'memory' } | { kind: 'address'; address: string };

/** What a conference leaves in Temporal, on average over those that were looked at. */
export interface HistorySize {
  conferences: number;
  events: number;
  stateTransitions: number;
}

/** A system under test that runs. */
export interface Running {
  /** Where conferences are asked for. */
  baseUrl: string;
  /** Its processes, by what they are. */
  programs: Record<string, Program>;
  /** What conferences that have been completed since then have left in Temporal; absent where there is none. */
  histories?: (since: Date) => Promise<HistorySize | undefined>;
  /** How many conferences are not over in it: their workflows, or what stands for them, are there. Absent where nothing is. */
  open?: () => Promise<number>;
  stop(): Promise<void>;
}

export interface System {
  name: string;
  summary: string;
  start(site: Site): Promise<Running>;
}

export function rootsOf({ programs }: Running): Roots {
  return Object.fromEntries(Object.entries(programs).map(([name, { pid }]) => [name, pid]));
}

/** Stops one after the other, the last started first. */
export async function stopAll(programs: Record<string, Program>): Promise<void> {
  for (const program of Object.values(programs).reverse()) await program.stop();
}

/** How Node runs one of the programs beside us, which are TypeScript. */
export function nodeProgram(path: string): { file: string; parameters: string[] } {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  return { file: process.execPath, parameters: ['--import', 'tsx', file] };
}

export function logFile({ folder }: Site, name: string): string {
  return join(folder, `${name}.log`);
}
