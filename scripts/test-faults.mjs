// `npm run test:faults`: the fault tests in their long form. It prints what each fault cost, and writes that into
// docs/reliability.md. With arguments (`npm run test:faults -- -t callbacks`) it runs some of them and writes nothing.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BEGIN = '<!-- npm run test:faults writes from here -->\n';
const END = '<!-- to here -->\n';

const COLUMNS = [
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
];

const page = fileURLToPath(new URL('../docs/reliability.md', import.meta.url));
const tests = fileURLToPath(new URL('test.mjs', import.meta.url));
const given = process.argv.slice(2);
const form = process.env.FAULTS ?? 'long';
const folder = mkdtempSync(join(tmpdir(), 'convoke-faults-'));
const report = join(folder, 'report.jsonl');

try {
  writeFileSync(report, '');
  const code = await run();
  const rows = readFileSync(report, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const table = tableOf(rows.sort((a, b) => a.fault.localeCompare(b.fault)));
  process.stdout.write(`\n${table}`);
  if (code !== 0) throw new Error(`A promise was broken; ${page} stays as it is.`);
  if (form === 'long' && given.length === 0) writeTable(table);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A few towns at a time only: what a fault costs is to be that of the fault, and not of a machine that has too much to do. */
function run() {
  const parameters = ['--selectProjects', 'faults', '--maxWorkers', '1', '--maxConcurrency', '2', ...given];
  const env = { ...process.env, FAULTS: form, FAULTS_REPORT: report };
  const child = spawn(process.execPath, [tests, ...parameters], { stdio: 'inherit', env });
  return new Promise((resolve) => child.on('close', resolve));
}

function tableOf(rows) {
  const line = (cells) => `| ${cells.join(' | ')} |\n`;
  const head = line(COLUMNS.map(([name]) => name)) + line(COLUMNS.map((_, index) => (index === 0 ? '---' : '--:')));
  return head + rows.map((row) => line(COLUMNS.map(([, cell]) => cell(row)))).join('');
}

function writeTable(table) {
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${page} lacks the markers ${BEGIN.trim()} and ${END.trim()}.`);
  writeFileSync(page, `${text.slice(0, from + BEGIN.length)}\n${table}\n${text.slice(to)}`);
}
