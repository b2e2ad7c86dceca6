/* `npm run bench`: Convoke and others, the same lifecycles, side by side. docs/performance.md says how to read what comes out. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { requireFreePort } from '../src/dev/ports.ts';
import { Failure } from '../src/failure.ts';
import { printError } from '../src/run-part.ts';
import { cells } from './cells.ts';
import { tables } from './report.ts';
import { faultsInWords } from './results.ts';
import { machine, runPlan, say, serverName, stopOnSignals, type Plan } from './run.ts';
import { lackOfSystem, root, systems } from './systems.ts';
import { installPeers } from './systems/peers.ts';
import type { Ports, System, TemporalServer } from './systems/system.ts';

const USUAL_SYSTEMS = ['convoke', 'temporal', 'memory'];
const USUAL_CELLS = ['50ms', '20', '100'];
const ALL_ROUNDS = 2;
/** Below those that the system gives to whoever connects (from 32768 on). */
const FIRST_PORT = 20_800;

interface Options {
  load: string[];
  seconds?: number;
  rounds?: number;
  conferences?: number;
  events: number;
  server: 'file' | 'memory';
  baseline?: string;
  out: string;
  all?: true;
  peers?: true;
}

function list(entries: readonly { name: string; summary: string }[]): string {
  return entries.map(({ name, summary }) => `  ${name.padEnd(16)}${summary}`).join('\n');
}

const command = new Command('npm run bench --')
  .description('Measures conferences from the create call to the last event, in Convoke and in other systems.')
  .argument('[systems...]', `which systems (default: ${USUAL_SYSTEMS.join(' ')})`)
  .addOption(
    new Option('--load <names...>', 'which loads and other measurements')
      .choices(cells.map(({ name }) => name))
      .default(USUAL_CELLS, USUAL_CELLS.join(' ')),
  )
  .option('--seconds <number>', 'how long each load is measured (default: 10 to 40, by the load)', positive)
  .option('--rounds <number>', 'how often all of it is measured, in turn (default: 1)', positive)
  .option('--conferences <number>', 'how many "open" opens (default: 10000), "scheduled" schedules (1000)', positive)
  .option('--events <number>', 'how many events the longest conference of "events" has', positive, 10_000)
  .addOption(
    new Option('--server <kind>', 'Temporal’s development server keeps its data in a file or in memory')
      .choices(['file', 'memory'])
      .default('file'),
  )
  .option('--baseline <folder>', 'adds the system "baseline": the Convoke of another checkout, built')
  .option('--out <file>', 'where each result is added, as a line of JSON', '.convoke/bench.jsonl')
  .option('--all', `everything that can run here, ${ALL_ROUNDS} rounds: takes an hour or more`)
  .option('--peers', 'only installs what restate and dbos need, from npm, into bench/peers')
  .addHelpText(
    'after',
    () => `\nSystems:\n${list(systems('--baseline'))}\n\nLoads and other measurements:\n${list(cells)}`,
  )
  .addHelpText(
    'after',
    '\nConvoke takes its settings from the environment. TEMPORAL_ADDRESS names a Temporal server to use instead of one of our own;\n' +
      'BENCH_PORT the first of the ports. The exit code is 1 when an event was lost, came twice or out of order.',
  )
  .action((names: string[], options: Options) => main(names, options));

function positive(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) < 1) throw new InvalidArgumentError('It wants a whole number from 1 on.');
  return Number(text);
}

async function main(names: string[], options: Options): Promise<void> {
  try {
    if (options.peers) return installPeers();
    const plan = planOf(names, options);
    for (const port of Object.values<number>({ ...plan.ports })) await requireFreePort('127.0.0.1', port, 'BENCH_PORT');
    buildIfChanged();
    stopOnSignals();
    say(`${new Date().toISOString()}, ${machine()}, Temporal: ${serverName(plan.server)}`);
    const { results, failures } = await runPlan(plan);
    say(tables(results, new Map(cells.map(({ name, summary }) => [name, summary]))));
    say(`\nEach line in JSON: ${plan.outFile}`);
    for (const failure of failures) say(`FAILED: ${failure}`);
    const isGood = failures.length === 0 && results.every(({ counts }) => faultsInWords(counts) === '');
    process.exit(isGood ? 0 : 1);
  } catch (error) {
    printError(error);
    process.exit(1);
  }
}

function planOf(names: readonly string[], options: Options): Plan {
  const { seconds, conferences, events, server, out, all } = options;
  return {
    systems: chosenSystems(names, options),
    cells: cells.filter(({ name }) => all ?? options.load.includes(name)),
    rounds: options.rounds ?? (all ? ALL_ROUNDS : 1),
    server: temporalServer(server),
    cellOptions: { seconds, conferences, events },
    ports: portsFrom(Number(process.env['BENCH_PORT'] ?? FIRST_PORT)),
    outFile: resolve(out),
  };
}

/** @throws Failure for a name that there is not, and for a system that cannot run here. */
function chosenSystems(names: readonly string[], { baseline, all }: Options): System[] {
  const known = systems(baseline === undefined ? undefined : resolve(baseline));
  if (all && names.length === 0) {
    for (const lack of known.map(lackOfSystem)) if (lack !== undefined) say(lack);
    return known.filter((system) => lackOfSystem(system) === undefined);
  }
  const wanted = names.length > 0 ? names : [...USUAL_SYSTEMS, ...(baseline === undefined ? [] : ['baseline'])];
  return wanted.map((name) => {
    const found = known.find((system) => system.name === name);
    if (found === undefined) throw new Failure(`There is no system "${name}": npm run bench -- --help lists them.`);
    const lack = lackOfSystem(found);
    if (lack !== undefined) throw new Failure(lack);
    return found;
  });
}

function temporalServer(kind: Options['server']): TemporalServer {
  const address = process.env['TEMPORAL_ADDRESS'] ?? '';
  return address === '' ? { kind } : { kind: 'address', address };
}

function portsFrom(first: number): Ports {
  return {
    ...{ platform: first, customer: first + 1, gateway: first + 2, temporal: first + 3, temporalUi: first + 4 },
    ...{ restateAdmin: first + 5, restateIngress: first + 6, restateNode: first + 7, restateService: first + 8 },
    postgres: first + 9,
  };
}

/** Convoke runs as it is built; what was changed since must not be measured as it was before. */
function buildIfChanged(): void {
  const built = join(root, 'dist/workflow-bundle.js');
  const builtAt = existsSync(built) ? statSync(built).mtimeMs : 0;
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  if (sources.every((path) => statSync(join(root, 'src', path)).mtimeMs < builtAt)) return;
  say('building ...');
  const { status } = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' });
  if (status !== 0) throw new Failure('The build has failed.');
}

await command.parseAsync();
