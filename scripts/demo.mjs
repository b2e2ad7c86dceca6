// `npm run demo`: the product told as a story; scripts/demo/ tells it.
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
await import('./demo/main.ts');
