import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cell, CellOptions } from './cells.ts';
import { cpuMsBetween, perEach, type Stage } from './cells/stage.ts';
import { summaryOf } from './report.ts';
import { faultsInWords, type Found, type Result } from './results.ts';
import { rootsOf, type Ports, type Running, type System, type TemporalServer } from './systems/system.ts';
import { readUsage } from './systems/usage.ts';
import { Town } from './town/town.ts';

/** Starting has its own work, which goes on for a while after it. */
const SETTLE_MS = 2_000;
const STILL_MS = 3_000;
/** Of so many conferences it is told what went wrong in them. */
const SHOWN_FAULTS = 5;

export interface Plan {
  systems: readonly System[];
  cells: readonly Cell[];
  rounds: number;
  server: TemporalServer;
  cellOptions: CellOptions;
  ports: Ports;
  /** Each result is added to this file as one line of JSON. */
  outFile: string;
}

/** Stops what runs at the moment. */
let stopRunning: () => Promise<void> = () => Promise.resolve();

/** Ends the systems under test when the bench is told to end. */
export function stopOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      say(`\n${signal}: stopping what runs ...`);
      void stopRunning().finally(() => process.exit(130));
    });
}

/**
 * Measures every cell of every system, in rounds: all systems once, then all once more, so that what changes on the machine meanwhile
 * strikes all of them.
 */
export async function runPlan(plan: Plan): Promise<Result[]> {
  const results: Result[] = [];
  const town = new Town(plan.ports);
  await town.open();
  mkdirSync(dirname(plan.outFile), { recursive: true });
  try {
    for (let round = 1; round <= plan.rounds; round++)
      for (const system of plan.systems) results.push(...(await runSystem(plan, system, town, round)));
  } finally {
    town.close();
  }
  return results;
}

/** All cells of one system, one after the other, between its start and its end. What it printed is kept where that has failed. */
async function runSystem(plan: Plan, system: System, town: Town, round: number): Promise<Result[]> {
  const { server, ports } = plan;
  const folder = mkdtempSync(join(tmpdir(), `convoke-bench-${system.name}-`));
  const begun = performance.now();
  const tell = (line: string) => say(`round ${round}, ${system.name}${line}`);
  tell(': starting ...');
  const running = await system.start({ ports, folder, platformUrl: town.platform.url, server });
  stopRunning = () => running.stop();
  tell(`: up after ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
  const results: Result[] = [];
  try {
    const stillCpuMsPerSecond = await measureStill(running);
    const common = { system: system.name, round, server: serverName(server), stillCpuMsPerSecond, machine: machine() };
    for (const cell of plan.cells.filter(({ suits }) => suits?.(running) ?? true)) {
      tell(`, ${cell.name}: ${cell.summary} ...`);
      const found = await runCell(plan, cell, { town, running, say: (line) => tell(`, ${cell.name}: ${line}`) });
      const result = { at: new Date().toISOString(), cell: cell.name, ...common, ...found };
      tell(`, ${cell.name}: ${summaryOf(result)}`);
      appendFileSync(plan.outFile, `${JSON.stringify(result)}\n`);
      results.push(result);
    }
    town.clear();
  } finally {
    await running.stop();
    stopRunning = () => Promise.resolve();
  }
  if (results.every(({ counts }) => faultsInWords(counts) === ''))
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  else tell(`: what it printed and its data are kept in ${folder}`);
  return results;
}

async function runCell({ cellOptions }: Plan, cell: Cell, stage: Stage): Promise<Found> {
  const found = await cell.run(stage, cellOptions);
  for (const program of Object.values(stage.running.programs)) program.check();
  const { failures, lifecycles } = stage.town;
  for (const [why, count] of failures) stage.say(`${count} times: ${why}`);
  const faulty = [...lifecycles.values()].filter((lifecycle) => lifecycle.faultsInWords() !== '');
  for (const lifecycle of faulty.slice(0, SHOWN_FAULTS))
    stage.say(`${lifecycle.conferenceId}: ${lifecycle.faultsInWords()}`);
  return found;
}

/** What a system that has nothing to do uses all the same. */
async function measureStill(running: Running): Promise<Record<string, number>> {
  await sleep(SETTLE_MS);
  const before = readUsage(rootsOf(running));
  await sleep(STILL_MS);
  return perEach(cpuMsBetween(before, readUsage(rootsOf(running))), STILL_MS / 1_000);
}

export function serverName(server: TemporalServer): string {
  return server.kind === 'address' ? server.address : server.kind;
}

export function machine(): string {
  const all = cpus();
  return `${all.length} cores (${all[0]?.model.trim() ?? 'unknown'}), Node ${process.versions.node}`;
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
