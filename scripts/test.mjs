// `npm test`: everything that must hold before a change lands. With arguments, jest alone: `npm test -- test/unit`.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './setup.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const given = process.argv.slice(2);

const checks = [
  ['format', 'prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
  ['lint', 'eslint/bin/eslint.js', '.'],
  ['types', 'typescript/bin/tsc', '-p', '.'],
];
const tests = ['tests', 'jest/bin/jest.js', ...given];

await ensureDependencies();
const steps = given.length > 0 ? [tests] : [...checks, tests];
for (const [name, program, ...parameters] of steps) {
  const started = Date.now();
  const code = await run(program, parameters);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (code !== 0) process.exit(code ?? 1);
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
