import { setImmediate } from 'node:timers/promises';

/** How long a process works on a history before others get their turn. */
const PIECE_MS = 10;

/** All of them, with pauses for others: a long history takes a second or two. */
export async function* inPieces<Item>(all: Iterable<Item>): AsyncGenerator<Item, void> {
  let since = performance.now();
  for (const one of all) {
    yield one;
    if (performance.now() - since < PIECE_MS) continue;
    await setImmediate();
    since = performance.now();
  }
}
