// `npm test`: what must hold before a change lands. `npm run test:all`: that, and all other tests. With arguments of one's own,
// jest alone: `npm test -- test/unit`.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './setup.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const given = process.argv.slice(2);

/**
 * The projects of jest.config.js, one run after the other: what is broken in the core shows first. A third worker uses the time
 * in which two wait; a fault test has whole towns for that.
 */
const QUICK = [['unit'], ['parts', 'workflow', 'promises', '--maxWorkers', '3']];
const REST = [['integration', 'no-cache', '--maxWorkers', '3'], ['asterisk'], ['faults']];

const CHECKS = [
  ['format', 'prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
  ['lint', 'eslint/bin/eslint.js', '.'],
  ['types', 'typescript/bin/tsc', '-p', '.'],
  ['types of the console', 'typescript/bin/tsc', '-p', 'src/console/page'],
];

await ensureDependencies();
const isAll = given.length === 1 && given[0] === '--all';
if (given.length > 0 && !isAll) {
  await jest('tests', ...given);
} else {
  // Each is one thread: beside each other they take as long as the longest.
  await Promise.all(CHECKS.map((check) => step(...check)));
  // Random histories are many where there is time for them.
  if (isAll) process.env.WORLDS ??= '1000';
  if (isAll) process.env.REACTIONS ??= '1000';
  for (const run of isAll ? [...QUICK, ...REST] : QUICK) await jest(run.join(' '), '--selectProjects', ...run);
}

function jest(name, ...parameters) {
  return step(name, 'jest/bin/jest.js', ...parameters);
}

/** Runs a program, and says how long it took; when it fails, all that is left is given up. */
async function step(name, program, ...parameters) {
  const started = Date.now();
  const code = await run(program, parameters);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (code !== 0) process.exit(1);
}

function run(program, parameters) {
  const options = [process.env.NODE_OPTIONS, '--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [`node_modules/${program}`, ...parameters], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NODE_OPTIONS: options.filter(Boolean).join(' ') },
  });
  return new Promise((resolve) => child.on('close', resolve));
}
