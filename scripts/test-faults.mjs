// `npm run test:faults`: the fault tests in their long form. It prints what each fault cost, and writes that into
// docs/reliability.md. `npm run test:faults -- deliveries` (or `parts`, `leases`) runs one part and writes its table; with other arguments
// (`npm run test:faults -- -t callbacks`) it runs some of them and writes nothing. Everything runs twice, as DELIVER_FROM may be set,
// unless it is set; the tables are of the default.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DELIVERIES = 'test/faults/deliveries-';
const LEASES = 'test/faults/a-lease-';

/** The tables, each between markers of its own; `tests` says to jest which tests they are of. */
const TABLES = {
  parts: {
    begin: '<!-- npm run test:faults writes from here -->\n',
    columns: [
      ['fault', ({ fault }) => fault],
      ['conferences', ({ conferences }) => conferences],
      ['events sent', ({ sent }) => sent],
      ['taken in', ({ takenIn }) => takenIn],
      ['made up', ({ madeUp }) => madeUp],
      ['lost', ({ lost }) => lost],
      ['orphans', ({ orphans }) => orphans],
      ['twice', ({ twice }) => twice],
      ['repeated', ({ repeated }) => repeated],
      ['no trace', ({ apart }) => apart],
      ['longest pause', ({ longestPause }) => `${(longestPause / 1000).toFixed(1)} s`],
    ],
    // A few towns at a time only: what a fault costs is to be that of the fault, and not of a machine that has too much to do.
    tests: ['--testPathIgnorePatterns', DELIVERIES, LEASES, '--maxConcurrency', '2'],
  },
  leases: {
    begin: '<!-- npm run test:faults writes leases from here -->\n',
    columns: [
      ['fault', ({ fault }) => fault],
      ['conferences', ({ conferences }) => conferences],
      ['events sent', ({ sent }) => sent],
      ['taken in', ({ takenIn }) => takenIn],
      ['lost', ({ lost }) => lost],
      ['twice', ({ twice }) => twice],
      ['repeated', ({ repeated }) => repeated],
      ['order violations', ({ outOfOrder }) => outOfOrder],
      ['longest pause', ({ longestPause }) => `${(longestPause / 1000).toFixed(1)} s`],
    ],
    // These say themselves who delivers.
    onlyIn: 'gateway',
    tests: ['--testPathPatterns', LEASES, '--maxConcurrency', '2'],
  },
  deliveries: {
    begin: '<!-- npm run test:faults writes deliveries from here -->\n',
    columns: [
      ['fault', ({ fault }) => fault],
      ['conferences', ({ conferences }) => conferences],
      ['accepted', ({ accepted }) => accepted],
      ['delivered', ({ delivered }) => delivered],
      ['dead', ({ dead }) => dead],
      ['duplicates', ({ duplicates }) => duplicates],
      ['order violations', ({ outOfOrder }) => outOfOrder],
    ],
    tests: ['--testPathPatterns', DELIVERIES],
  },
};
const END = '<!-- to here -->\n';

const page = fileURLToPath(new URL('../docs/reliability.md', import.meta.url));
const tests = fileURLToPath(new URL('test.mjs', import.meta.url));
const given = process.argv.slice(2);
const form = process.env.FAULTS ?? 'long';
const modes = process.env.DELIVER_FROM === undefined ? ['gateway', 'worker'] : [process.env.DELIVER_FROM];
const folder = mkdtempSync(join(tmpdir(), 'convoke-faults-'));

try {
  const isOne = given.length === 1 && given[0] in TABLES;
  if (given.length === 0 || isOne) {
    for (const mode of modes) for (const name of isOne ? given : Object.keys(TABLES)) await part(name, mode);
  } else {
    for (const mode of modes) await some(mode);
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Runs the tests of one table, and writes it if it is of the default. */
async function part(name, mode) {
  const { tests: which, onlyIn = mode } = TABLES[name];
  if (onlyIn !== mode) return;
  const { code, rows } = await run(which, mode);
  const table = tableOf(TABLES[name], rows);
  process.stdout.write(`\nDELIVER_FROM=${mode}\n${table}`);
  if (code !== 0) throw new Error(`A promise was broken; ${page} stays as it is.`);
  if (form === 'long' && mode === 'gateway') writeTable(TABLES[name], table);
}

async function some(mode) {
  const { code, rows } = await run(['--maxConcurrency', '2', ...given], mode);
  const [parts, deliveries] = [false, true].map((wanted) => rows.filter((row) => 'accepted' in row === wanted));
  if (parts.length > 0) process.stdout.write(`\n${tableOf(TABLES.parts, parts)}`);
  if (deliveries.length > 0) process.stdout.write(`\n${tableOf(TABLES.deliveries, deliveries)}`);
  if (code !== 0) throw new Error('A promise was broken.');
}

/** Runs some of the tests in one mode; answers their exit code, and the rows that they left. */
async function run(which, mode) {
  const report = join(folder, 'report.jsonl');
  writeFileSync(report, '');
  const parameters = ['--selectProjects', 'faults', '--maxWorkers', '1', ...which];
  const env = { ...process.env, FAULTS: form, FAULTS_REPORT: report, DELIVER_FROM: mode };
  const child = spawn(process.execPath, [tests, ...parameters], { stdio: 'inherit', env });
  const code = await new Promise((resolve) => child.on('close', resolve));
  const lines = readFileSync(report, 'utf8').split('\n').filter(Boolean);
  const rows = lines.map((line) => JSON.parse(line)).sort((a, b) => a.fault.localeCompare(b.fault));
  return { code, rows };
}

function tableOf({ columns }, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |\n`;
  const head = line(columns.map(([name]) => name)) + line(columns.map((_, index) => (index === 0 ? '---' : '--:')));
  return head + rows.map((row) => line(columns.map(([, cell]) => cell(row)))).join('');
}

function writeTable({ begin }, table) {
  const text = readFileSync(page, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(END, from);
  if (from < 0 || to < from) throw new Error(`${page} lacks the markers ${begin.trim()} and ${END.trim()}.`);
  writeFileSync(page, `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`);
}
