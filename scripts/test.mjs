// `npm test`: what must hold before a change lands. `npm run test:all`: that, and all other tests. With arguments of one's own,
// jest alone: `npm test -- test/unit`.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './setup.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const given = process.argv.slice(2);

/** The projects of jest.config.js that `npm test` runs: the core, each part alone, and one real pass of every promise. */
const QUICK = ['unit', 'parts', 'workflow', 'promises'];

const CHECKS = [
  ['format', 'prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
  ['lint', 'eslint/bin/eslint.js', '.'],
  ['types', 'typescript/bin/tsc', '-p', '.'],
];

await ensureDependencies();
const isAll = given.length === 1 && given[0] === '--all';
if (given.length === 0 || isAll) {
  // Each is one thread: beside each other they take as long as the longest.
  const passed = await Promise.all(CHECKS.map((check) => step(...check)));
  if (passed.includes(false)) process.exit(1);
}
const which = isAll ? [] : given.length > 0 ? given : ['--selectProjects', ...QUICK];
if (!(await step('tests', 'jest/bin/jest.js', ...which))) process.exit(1);

/** Runs a program; says whether it went well, and how long it took. */
async function step(name, program, ...parameters) {
  const started = Date.now();
  const code = await run(program, parameters);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  return code === 0;
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
