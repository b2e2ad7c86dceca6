// `node scripts/convoke.mjs worker` is `convoke worker`, run from the sources in this one process.
import { ensureDependencies } from './setup.mjs';

try {
  await ensureDependencies();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
// Loaded only now: before the install there is no tsx.
const { register } = await import('tsx/esm/api');
register();
await import('../src/main.ts');
