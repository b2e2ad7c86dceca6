import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import globalSetup from './global-setup.ts';

/** Once for all fault tests: what the other tests have, and `npm run build`, so that they start what an operator starts. */
export default async function faultsSetup(): Promise<void> {
  await globalSetup();
  const build = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [build], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm run build failed:\n${stdout}`);
}
