import { seedOf } from './seed.ts';

/*
 * Random tests of the rules try something else each time, and a failure prints its seed: `RULES_SEED=<seed> npm test -- <file>` does
 * the same again. Loaded only then, as most files of the core draw nothing.
 */
if (process.env['RULES_SEED'] !== undefined) {
  const { default: fc } = await import('fast-check');
  fc.configureGlobal({ seed: seedOf('RULES_SEED') });
}
