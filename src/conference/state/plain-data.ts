/* Small matters of plain data. */

/** What a value takes as JSON. */
export function bytesOf(value: object): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** The latest of a list, as many as there may be and as take so many bytes. */
export function latestOf<Item>(items: readonly Item[], most: number, mostBytes: number): Item[] {
  let room = mostBytes;
  const dropped = items.findLastIndex((item) => (room -= bytesOf([item])) < 0);
  return items.slice(Math.max(dropped + 1, items.length - most));
}

/** Assigns what is given; `undefined` means that nothing is said about it. */
export function assignGiven<Target extends object>(
  target: Target,
  values: { [Key in keyof Target]?: Target[Key] | undefined },
) {
  Object.assign(target, Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)));
}
