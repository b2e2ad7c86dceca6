/**
 * A signal that is aborted when the process is asked to stop (SIGINT, SIGTERM, or the parent that started it is gone),
 * for what a part does before it is up: `convoke` itself acts on them only afterwards. `forget` ends the watching.
 */
export function watchForStop(): { signal: AbortSignal; forget: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const events = ['SIGINT', 'SIGTERM', 'disconnect'] as const;
  for (const event of events) process.once(event, abort);
  const forget = () => events.forEach((event) => process.off(event, abort));
  return { signal: controller.signal, forget };
}
