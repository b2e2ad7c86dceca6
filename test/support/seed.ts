import { MAX_SEED } from '../../src/sandbox/random.ts';

/** The seed of what happens at random: the one that this setting names, or another one each time. */
export function seedOf(setting: 'RULES_SEED' | 'FAULTS_SEED'): number {
  const given = process.env[setting];
  if (given === undefined) return Math.floor(Math.random() * MAX_SEED);
  const seed = Number(given);
  if (Number.isInteger(seed) && Math.abs(seed) <= MAX_SEED) return seed;
  throw new Error(`${setting}: got "${given}", wants a whole number from -${MAX_SEED} to ${MAX_SEED}`);
}
