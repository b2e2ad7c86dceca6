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
      const loads = ofCell.filter((result) => 'load' in result);
      const shown = loads.length > 0 ? [loadRows(loads), processRows(loads)] : [otherRows(ofCell)];
      return `\n${name}: ${summaries.get(name) ?? ''}\n\n${shown.map(aligned).join('\n\n')}`;
    })
    .join('\n');
}

type LoadResult = Extract<Result, { load: LoadFigures }>;

const LOAD_HEAD = [
  ...['system', 'round', 'per s', 'create ms', 'ack ms', 'relay ms', 'CPU ms', 'over s'],
  ...['events', 'transitions', '202', 'lost', 'twice', 'order'],
];

/** The rounds of each system under each other. */
function bySystem(results: readonly LoadResult[]): LoadResult[][] {
  const names = [...new Set(results.map(({ system }) => system))];
  return names.map((name) => results.filter(({ system }) => system === name));
}

function loadRows(results: readonly LoadResult[]): string[][] {
  return [LOAD_HEAD, ...bySystem(results).flatMap((rounds) => [...rounds.map(loadRow), ...medianRow(rounds)])];
}

function loadRow({ system, round, load, counts }: LoadResult): string[] {
  const { createMs, acknowledgementMs, relayMs, cpuMsPerLifecycle, overAfterSeconds, history } = load;
  return [
    ...[system, String(round), shortly(load.lifecyclesPerSecond)],
    ...[createMs, acknowledgementMs, relayMs].map(spread),
    ...[cpuMsPerLifecycle['total'], overAfterSeconds, history?.events, history?.stateTransitions].map(shortly),
    ...[load.accepted202, counts.lost, counts.doubled, counts.outOfOrder].map(String),
  ];
}

/** The medians of a system’s rounds, where there are more than one. */
function medianRow(rounds: readonly LoadResult[]): string[][] {
  const [first] = rounds;
  if (first === undefined || rounds.length < 2) return [];
  const of = (value: (load: LoadFigures) => number | null | undefined) => {
    const values = rounds.map(({ load }) => value(load)).filter((one) => one !== null && one !== undefined);
    return values.length === 0 ? null : median(values);
  };
  const spreads = (['createMs', 'acknowledgementMs', 'relayMs'] as const).map((name) => {
    const share = (which: 'p50' | 'p95' | 'p99') => of((load) => load[name][which]);
    return spread({ p50: share('p50'), p95: share('p95'), p99: share('p99') });
  });
  const rest = [
    of((load) => load.cpuMsPerLifecycle['total']),
    of(({ overAfterSeconds }) => overAfterSeconds),
    of(({ history }) => history?.events),
    of(({ history }) => history?.stateTransitions),
  ];
  return [[first.system, 'median', shortly(of((load) => load.lifecyclesPerSecond)), ...spreads, ...rest.map(shortly)]];
}

/** What each process of a system has used. */
function processRows(results: readonly LoadResult[]): string[][] {
  const rows = bySystem(results)
    .flat()
    .map(({ system, round, load: { cpuMsPerLifecycle, peakMemoryMib, cores } }) => {
      const { total: _total, ...each } = cpuMsPerLifecycle;
      const used = [cores.system, cores.bench, cores.others].map((value) => value.toFixed(1));
      return [system, String(round), byName(each), byName(peakMemoryMib), used.join('/')];
    });
  return [['system', 'round', 'CPU ms', 'MiB at most', 'cores: system/bench/others'], ...rows];
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

function spread({ p50, p95, p99 }: Pick<Spread, 'p50' | 'p95' | 'p99'>): string {
  return [p50, p95, p99].map(shortly).join('/');
}

/** Three digits say enough. */
function shortly(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return value >= 100 ? String(Math.round(value)) : String(rounded(value));
}

function byName(values: Record<string, number>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${shortly(value)}`)
    .join(', ');
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
