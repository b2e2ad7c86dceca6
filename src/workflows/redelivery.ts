/**
 * Does nothing: that it was started remembers when all dead letters of an account were asked for under a key, and its memo for what
 * request, as long as Temporal keeps it.
 */
export function redelivery(): Promise<void> {
  return Promise.resolve();
}
