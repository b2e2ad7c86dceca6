import type { Diagnosis } from '../catapult/watching-resources.ts';
import { EXAMINED_EVERY_MS } from './budget.ts';

/** Looks when somebody wants to know, once a minute at most, and once for all who want to. */
export function onceAMinute(examine: () => Promise<Diagnosis['findings']>): () => Promise<Diagnosis> {
  let latest: { at: number; diagnosis: Promise<Diagnosis> } | undefined;
  const look = async () => ({ time: new Date().toISOString(), findings: await examine() });
  return async () => {
    if (latest === undefined || performance.now() - latest.at > EXAMINED_EVERY_MS) {
      const looking = { at: performance.now(), diagnosis: look() };
      latest = looking;
      // The next one who wants to know tries again.
      looking.diagnosis.catch(() => latest === looking && (latest = undefined));
    }
    return await latest.diagnosis;
  };
}
