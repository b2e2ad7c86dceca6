// `npm run build`: the program in dist/, with the workflows and the console bundled, so that nothing does that when it starts.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './setup.mjs';

const root = new URL('..', import.meta.url);
const path = (relative) => fileURLToPath(new URL(relative, root));

await ensureDependencies();
// What an older build left there must not be run.
rmSync(path('dist'), { recursive: true, force: true });
const compiler = [path('node_modules/typescript/bin/tsc'), '-p', path('tsconfig.build.json')];
const { status } = spawnSync(process.execPath, compiler, { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

// The compiler leaves out what is no TypeScript.
copyFileSync(path('src/client/sealed-failures.cjs'), path('dist/client/sealed-failures.cjs'));
// Loaded only now: before the install there is none.
const { bundleFile, bundleWorkflows } = await import('../dist/workflow-bundle.js');
for (const isSealed of [false, true]) {
  const { code } = await bundleWorkflows({ isSealed });
  writeFileSync(path(`dist/${bundleFile({ isSealed })}`), code);
}
const { bundleConsole } = await import('../dist/console/bundle.js');
const { html, script, style } = await bundleConsole(new URL('src/console/', root));
writeFileSync(path('dist/console/page.html'), html);
writeFileSync(path('dist/console/console.js'), script);
writeFileSync(path('dist/console/console.css'), style);
chmodSync(path('dist/main.js'), 0o755);
