import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const running = z.object({ start: z.int(), worker: z.int().optional() });

/** The processes of an `npm start`, by their ids. */
export type Running = z.output<typeof running>;

const fileIn = (dataDir: string) => join(dataDir, 'running.json');

/** Keeps on record which processes run, for whoever must find one of them: the demo kills the worker. */
export function noteRunning(dataDir: string, parts: ReadonlyMap<string, { pid: number | undefined }>): void {
  const pids = Object.fromEntries([...parts].map(([name, { pid }]) => [name, pid]));
  const file = fileIn(dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  // Renamed into its place, so that nobody reads half of it.
  writeFileSync(`${file}.new`, `${JSON.stringify({ start: process.pid, ...pids })}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function forgetRunning(dataDir: string): void {
  rmSync(fileIn(dataDir), { force: true });
}

/** The `npm start` that keeps its data there; undefined if none runs. */
export function readRunning(dataDir: string): Running | undefined {
  let text: string;
  try {
    text = readFileSync(fileIn(dataDir), 'utf8');
  } catch {
    return undefined;
  }
  const parsed = running.safeParse(JSON.parse(text));
  return parsed.success && isAlive(parsed.data.start) ? parsed.data : undefined;
}

/** Whether a process with this id runs. */
export function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}
