/* Figures made of many measurements. */

/** The median, and what 95 and 99 of 100 stay under; null where nothing was measured. */
export interface Spread {
  p50: number | null;
  p95: number | null;
  p99: number | null;
  count: number;
}

/** The value that this share of them stays under or is (nearest rank); NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

export function spreadOf(values: readonly number[]): Spread {
  const at = (share: number) => (values.length === 0 ? null : rounded(percentile(values, share)));
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), count: values.length };
}

/** The middle one; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  return (
    (percentile(values, 0.5) +
      -percentile(
        values.map((value) => -value),
        0.5,
      )) /
    2
  );
}

export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
