// `npm run example -- backend`: runs an example of examples/services, which uses the package as it is installed: the built one.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('..', import.meta.url);
const path = (relative) => fileURLToPath(new URL(relative, root));
const [name = ''] = process.argv.slice(2);
const example = path(`examples/services/${name}.mjs`);
if (!['backend', 'nexus', 'on-call'].includes(name)) {
  process.stderr.write('Name one of examples/services: npm run example -- backend, nexus or on-call.\n');
  process.exit(1);
}
if (!existsSync(path('dist/index.js'))) {
  const { status } = spawnSync(process.execPath, [path('scripts/build.mjs')], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
const child = spawn(process.execPath, [example], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('close', (code) => process.exit(code ?? 1));
