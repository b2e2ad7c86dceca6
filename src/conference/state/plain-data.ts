import { present } from '../../catapult/present.ts';

/* Small matters of plain data. */

/** What a value takes as JSON. */
export function bytesOf(value: object): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** 32 bits drawn from a text, the same wherever it is done (FNV-1a). */
export function hash32Of(text: string): number {
  // Looking up what is global is slow in a workflow.
  const { imul } = Math;
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
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
  Object.assign(target, present(values));
}
