/** The largest seed. */
export const MAX_SEED = 2 ** 32 - 1;

/** Numbers from 0 to 1 (exclusive), always the same ones for a seed (the mulberry32 generator). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A seed for a generator of its own, drawn from another one. */
export function seedFrom(random: () => number): number {
  return Math.floor(random() * 2 ** 32);
}
