/*
 * How long the fault tests are: short, or long with FAULTS=long (`npm run test:faults`). Decided here only.
 */

const setting = process.env['FAULTS'] ?? 'short';
if (setting !== 'short' && setting !== 'long') throw new Error(`FAULTS: got "${setting}", wants short or long`);

export const isLong = setting === 'long';

/** One of two values, by the length of the tests. */
export function longOrShort<Value>(long: Value, short: Value): Value {
  return isLong ? long : short;
}
