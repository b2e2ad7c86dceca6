import { median, rounded, type Spread } from './figures.ts';
import { faultsInWords, type LoadFigures, type Result } from './results.ts';

/* What was measured, for a person: a table for each cell. */

/** A cell’s result in one line, as it comes. */
export function summaryOf(result: Result): string {
  const faults = faultsInWords(result.counts);
  const end = faults === '' ? '' : `; FAULTS: ${faults}`;
  if (!('load' in result)) return `${figuresInWords(result.figures)}${end}`;
  const { lifecyclesPerSecond, relayMs, createMs, cpuMsPerLifecycle, cores } = result.load;
  const others = cores.others >= 0.2 ? ` (others used ${cores.others} cores: not a fair figure)` : '';
  const spreads = `create ${spread(createMs)} ms, relay ${spread(relayMs)} ms`;
  return `${lifecyclesPerSecond}/s, ${spreads}, ${cpuMsPerLifecycle['total']} CPU ms${others}${end}`;
}

/** All results, a table for each cell: every round of every system, and the medians of more than one. */
export function tables(results: readonly Result[], summaries: ReadonlyMap<string, string>): string {
  const names = [...new Set(results.map(({ cell }) => cell))];
  return names
    .map((name) => {
      const ofCell = results.filter(({ cell }) => cell === name);
      return `\n${name}: ${summaries.get(name) ?? ''}\n\n${aligned(rowsOf(ofCell))}`;
    })
    .join('\n');
}

const LOAD_HEAD = [
  ...['system', 'round', 'per s', 'create ms', 'ack ms', 'relay ms', 'CPU ms', 'of which', 'MiB at most'],
  ...['events', 'transitions', '202', 'lost', 'twice', 'order'],
];

function rowsOf(results: readonly Result[]): string[][] {
  const loads = results.filter((result) => 'load' in result);
  if (loads.length < results.length) return otherRows(results);
  const bySystem = [...new Set(loads.map(({ system }) => system))].map((system) =>
    loads.filter((result) => result.system === system),
  );
  return [LOAD_HEAD, ...bySystem.flatMap((rounds) => [...rounds.map(loadRow), ...medianRow(rounds)])];
}

type LoadResult = Extract<Result, { load: LoadFigures }>;

function loadRow({ system, round, load, counts }: LoadResult): string[] {
  const { createMs, acknowledgementMs, relayMs, cpuMsPerLifecycle, peakMemoryMib, history } = load;
  const { total = 0, ...each } = cpuMsPerLifecycle;
  return [
    ...[system, String(round), load.lifecyclesPerSecond.toFixed(1)],
    ...[createMs, acknowledgementMs, relayMs].map(spread),
    ...[String(total), byName(each), byName(peakMemoryMib)],
    ...[String(history?.events ?? '–'), String(history?.stateTransitions ?? '–')],
    ...[load.accepted202, counts.lost, counts.doubled, counts.outOfOrder].map(String),
  ];
}

/** The medians of a system’s rounds, where there are more than one. */
function medianRow(rounds: readonly LoadResult[]): string[][] {
  const [first] = rounds;
  if (first === undefined || rounds.length < 2) return [];
  const of = (value: (load: LoadFigures) => number | null | undefined, digits = 1) => {
    const values = rounds.map(({ load }) => value(load)).filter((one) => one !== null && one !== undefined);
    return values.length === 0 ? '–' : String(rounded(median(values), digits));
  };
  const spreads = (['createMs', 'acknowledgementMs', 'relayMs'] as const).map((name) =>
    (['p50', 'p95', 'p99'] as const).map((share) => of((load) => load[name][share])).join('/'),
  );
  const rest = [of(({ history }) => history?.events), of(({ history }) => history?.stateTransitions)];
  return [
    [first.system, 'median', of((load) => load.lifecyclesPerSecond), ...spreads].concat(
      [of((load) => load.cpuMsPerLifecycle['total']), '', ''],
      rest,
    ),
  ];
}

/** Measurements of other kinds: a row for each figure, a column for each system and round. */
function otherRows(results: readonly Result[]): string[][] {
  const all = results.map((result) => ('figures' in result ? result.figures : {}));
  const names = [...new Set(all.flatMap((figures) => Object.keys(figures)))];
  const faults = results.map(({ counts }) => faultsInWords(counts) || 'none');
  return [
    ['', ...results.map(({ system, round }) => `${system}, ${round}`)],
    ...names.map((name) => [name, ...all.map((figures) => String(figures[name] ?? '–'))]),
    ['faults', ...faults],
  ];
}

function figuresInWords(figures: Record<string, number>): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function spread({ p50, p95, p99 }: Spread): string {
  return [p50, p95, p99].map((value) => value ?? '–').join('/');
}

function byName(values: Record<string, number>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(' ');
}

function aligned(rows: readonly string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
