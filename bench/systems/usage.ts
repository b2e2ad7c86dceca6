import { readdirSync, readFileSync } from 'node:fs';

/* What processes use, read from /proc. Each root stands for its whole tree: what it started, and what those did. */

/** Linux counts processor time in these. */
const TICK_MS = 10;

/** Processes by what they are: the id of each one's root. */
export type Roots = Record<string, number>;

export interface Usage {
  /** `performance.now()` when it was read. */
  at: number;
  /** Processor time that each tree has used so far (ms), and that this process has. */
  cpuMs: Record<string, number>;
  benchCpuMs: number;
  /** That of the whole machine, all that runs on it included. */
  machineCpuMs: number;
}

export function readUsage(roots: Roots): Usage {
  const processes = readProcesses();
  const { user, system } = process.cpuUsage();
  const cpuOf = (root: number) => sum(treeOf(root, processes).map((pid) => processes.get(pid)?.cpuMs ?? 0));
  return {
    at: performance.now(),
    cpuMs: Object.fromEntries(Object.entries(roots).map(([name, root]) => [name, cpuOf(root)])),
    benchCpuMs: (user + system) / 1_000,
    machineCpuMs: machineCpuMs(),
  };
}

/** Memory that each tree has of its own, with the files that it maps counted once (MiB). */
export function readMemory(roots: Roots): Record<string, number> {
  const processes = readProcesses();
  return Object.fromEntries(
    Object.entries(roots).map(([name, root]) => {
      const parts = treeOf(root, processes).map(memoryOf);
      const shared = Math.max(0, ...parts.map((part) => part.file)) + Math.max(0, ...parts.map((part) => part.shared));
      return [name, sum(parts.map((part) => part.own)) + shared];
    }),
  );
}

/** Reads memory now and then, and keeps the most. */
export class PeakMemory {
  readonly mib: Record<string, number> = {};
  private readonly timer: NodeJS.Timeout;
  private readonly roots: () => Roots;

  constructor(roots: () => Roots, everyMs = 1_000) {
    this.roots = roots;
    this.timer = setInterval(() => this.look(), everyMs);
    this.look();
  }

  stop(): Record<string, number> {
    clearInterval(this.timer);
    this.look();
    return this.mib;
  }

  private look(): void {
    for (const [name, mib] of Object.entries(readMemory(this.roots())))
      this.mib[name] = Math.round(Math.max(this.mib[name] ?? 0, mib));
  }
}

interface Process {
  parent: number;
  cpuMs: number;
}

function readProcesses(): Map<number, Process> {
  const processes = new Map<number, Process>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const text = readProc(`${name}/stat`);
    // The name of the program, in brackets, may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    if (text === '') continue;
    // User and system time, its own and that of children which have ended.
    processes.set(Number(name), { parent: Number(fields[1]), cpuMs: sum(fields.slice(11, 15).map(Number)) * TICK_MS });
  }
  return processes;
}

function treeOf(root: number, processes: ReadonlyMap<number, Process>): number[] {
  const children = [...processes].filter(([, { parent }]) => parent === root).map(([pid]) => pid);
  return processes.has(root) ? [root, ...children.flatMap((child) => treeOf(child, processes))] : [];
}

function memoryOf(pid: number): { own: number; file: number; shared: number } {
  const text = readProc(`${pid}/status`);
  const mib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) / 1_024;
  return { own: mib('RssAnon'), file: mib('RssFile'), shared: mib('RssShmem') };
}

function machineCpuMs(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (readProc('stat').split('\n')[0] ?? '')
    .split(/\s+/)
    .map(Number);
  return (user + nice + system + irq + softirq) * TICK_MS;
}

/** Empty for a process that has ended meanwhile. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return '';
  }
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
