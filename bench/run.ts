import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../src/failure.ts';
import type { Cell, CellOptions } from './cells.ts';
import { cpuMsBetween, perEach, type Stage } from './cells/stage.ts';
import { summaryOf } from './report.ts';
import { faultsInWords, type Found, type Result } from './results.ts';
import { rootsOf, type Ports, type Running, type System, type TemporalServer } from './systems/system.ts';
import { killPrograms } from './systems/program.ts';
import { readUsage } from './systems/usage.ts';
import { Town } from './town/town.ts';

/** Starting has its own work, which goes on for a while after it. */
const SETTLE_MS = 2_000;
const STILL_MS = 3_000;
/** What was killed while it started is gone then, with what it had started. */
const GONE_AFTER_MS = 500;
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

export interface Measured {
  results: Result[];
  /** What could not be measured to its end. */
  failures: string[];
}

/**
 * Measures every cell of every system, in rounds: all systems once, then all once more, so that what changes on the machine meanwhile
 * strikes all of them.
 */
export async function runPlan(plan: Plan): Promise<Measured> {
  const measured: Measured = { results: [], failures: [] };
  const town = new Town(plan.ports);
  await town.open();
  mkdirSync(dirname(plan.outFile), { recursive: true });
  for (let round = 1; round <= plan.rounds; round++)
    for (const system of plan.systems) await runSystem(plan, system, town, { round, ...measured });
  town.close();
  return measured;
}

/** All cells of one system, one after the other, between its start and its end. What it printed is kept where something went wrong. */
async function runSystem(plan: Plan, system: System, town: Town, { round, results, failures }: Round): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), `convoke-bench-${system.name}-`));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  const tell = (line: string) => say(`round ${round}, ${system.name}${line}`);
  stopRunning = async () => {
    killPrograms();
    await sleep(GONE_AFTER_MS);
    remove();
  };
  let isGood = true;
  try {
    const running = await start(plan, system, { folder, platformUrl: town.platform.url, tell });
    stopRunning = () => running.stop().finally(remove);
    try {
      const stillCpuMsPerSecond = await measureStill(running);
      for (const cell of plan.cells.filter(({ suits }) => suits?.(running) ?? true)) {
        tell(`, ${cell.name}: ${cell.summary} ...`);
        const found = await runCell(plan, cell, { town, running, say: (line) => tell(`, ${cell.name}: ${line}`) });
        const which = { at: new Date().toISOString(), cell: cell.name, system: system.name, round };
        const result = { ...which, server: serverName(plan.server), machine: machine(), stillCpuMsPerSecond, ...found };
        tell(`, ${cell.name}: ${summaryOf(result)}`);
        appendFileSync(plan.outFile, `${JSON.stringify(result)}\n`);
        results.push(result);
        isGood &&= faultsInWords(found.counts) === '';
      }
      town.clear();
    } finally {
      await running.stop();
      stopRunning = () => Promise.resolve();
    }
  } catch (error) {
    isGood = false;
    failures.push(`round ${round}, ${system.name}: ${reasonOf(error)}`);
    tell(`: FAILED: ${reasonOf(error)}`);
  }
  if (isGood) remove();
  else tell(`: its data and what it printed are kept in ${folder}`);
}

type Round = Measured & { round: number };

async function start(
  { ports, server }: Plan,
  system: System,
  { tell, ...site }: { folder: string; platformUrl: string; tell: (line: string) => void },
): Promise<Running> {
  tell(': starting ...');
  const begun = performance.now();
  const running = await system.start({ ...site, ports, server });
  tell(`: up after ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
  return running;
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
