/*
 * The SDK notes a stack for each promise of a workflow, for its query `__stack_trace`: a fifth of all that a worker's workflows cost, and it cannot
 * be switched off. It finds what it needs through the promise's constructor, so that one answers with the least. Errors keep their stacks.
 */

/** What the SDK makes an error from to read its stack. */
class NoStack {
  readonly stack = undefined;
}

/** Called with the source of a function, as `Function` is: one that returns a global. */
function globalOf(source: string): () => unknown {
  const isForStack = source === 'return globalThis.Error';
  return () => (isForStack ? NoStack : (Reflect.get(globalThis, '__TEMPORAL_ACTIVATOR__') as unknown));
}

Object.defineProperty(Promise, 'constructor', { value: globalOf });
