import { MAX_SEED } from '../../../src/sandbox/random.ts';

/*
 * How long the fault tests are: short within `npm test`, long with FAULTS=long (`npm run test:faults`). Decided here only.
 */

const setting = process.env['FAULTS'] ?? 'short';
if (setting !== 'short' && setting !== 'long') throw new Error(`FAULTS: got "${setting}", wants short or long`);

export const isLong = setting === 'long';

/** One of two values, by the length of the tests. */
export function longOrShort<Value>(long: Value, short: Value): Value {
  return isLong ? long : short;
}

/** The seed of all that happens at random: FAULTS_SEED, or another one each time. */
export function chosenSeed(): number {
  const given = process.env['FAULTS_SEED'];
  if (given === undefined) return Math.floor(Math.random() * MAX_SEED);
  const seed = Number(given);
  if (Number.isInteger(seed) && seed >= 0 && seed <= MAX_SEED) return seed;
  throw new Error(`FAULTS_SEED: got "${given}", wants a whole number from 0 to ${MAX_SEED}`);
}
