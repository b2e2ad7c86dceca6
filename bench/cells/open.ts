import { setTimeout as sleep } from 'node:timers/promises';
import { spreadOf } from '../figures.ts';
import type { Found } from '../results.ts';
import { rootsOf } from '../systems/system.ts';
import { PeakMemory, readMemory } from '../systems/usage.ts';
import type { Lifecycle } from '../town/lifecycle.ts';
import { LIFECYCLE } from '../town/story.ts';
import { countsOf, type Stage } from './stage.ts';
import { atOnce } from './at-once.ts';

const CREATES_AT_ONCE = 20;
/** So many of the oldest, and of the newest, are asked how soon something happens in them. */
const TRIED = 20;
/** A lease, or whatever else is kept for a while after the last event, is over (ms). */
const LONG_AGO_MS = 35_000;

/** Many conferences that are open: what they take in memory, and how soon an event reaches the customer in one that is in nobody's. */
export async function manyOpen(stage: Stage, conferences: number): Promise<Found> {
  const { town, running, say } = stage;
  town.clear();
  const memory = new PeakMemory(() => rootsOf(running));
  const open: Lifecycle[] = [];
  const begun = performance.now();
  await atOnce(CREATES_AT_ONCE, Array.from({ length: conferences }), async () => {
    open.push(await town.createAndBegin(running.baseUrl, LIFECYCLE));
    if (open.length % 500 === 0) say(`${open.length} are open`);
  });
  const createdPerSecond = open.length / ((performance.now() - begun) / 1_000);
  await sleep(LONG_AGO_MS);
  const settled = readMemory(rootsOf(running));
  const oldest = await reactions(stage, open.slice(0, TRIED));
  const newest = await reactions(stage, open.slice(-TRIED));
  const peak = memory.stop();
  const named = Object.entries(settled).flatMap(([name, mib]) => [
    [`${name}: MiB`, Math.round(mib)] as const,
    [`${name}: MiB at most`, peak[name] ?? NaN] as const,
  ]);
  return {
    counts: countsOf(stage),
    figures: {
      'open conferences': open.length,
      'created per s': Number(createdPerSecond.toFixed(1)),
      ...Object.fromEntries(named),
      'relay in the oldest, p50 ms': oldest.p50 ?? NaN,
      'relay in the oldest, p99 ms': oldest.p99 ?? NaN,
      'relay in the newest, p50 ms': newest.p50 ?? NaN,
      'relay in the newest, p99 ms': newest.p99 ?? NaN,
    },
  };
}

/** Tells the next event in one after the other. */
async function reactions({ town }: Stage, conferences: readonly Lifecycle[]) {
  town.meter.relayMs.length = 0;
  town.meter.open();
  for (const lifecycle of conferences) {
    await town.platform.tell(lifecycle, 1);
    await town.untilReceived(lifecycle, 2);
  }
  town.meter.close();
  return spreadOf(town.meter.relayMs);
}
