import { percentile, rounded } from '../figures.ts';
import { Failure } from '../../src/failure.ts';
import type { Found } from '../results.ts';
import type { Lifecycle } from '../town/lifecycle.ts';
import { longStory } from '../town/story.ts';
import { countsOf, type Stage } from './stage.ts';

const CONFERENCES = 20;
/** What happens in each, and how far apart: it goes on for longer than a process takes to be back. */
const STORY = longStory(150);
const GAP_MS = 100;
/** The process is killed when each has so many events. */
const BEFORE = 10;

/**
 * `kill -9` of one process in the midst of 20 conferences, started again at once: how long after the kill it is ready again, the customer gets the
 * first event that happened after it, and each of the conferences has brought one. The platform sends what is not taken until it is.
 */
export async function kill(stage: Stage, name: string): Promise<Found> {
  const { town, running } = stage;
  const program = running.programs[name];
  if (program === undefined) throw new Failure(`It has no process "${name}".`);
  town.clear();
  town.platform.whenCreated = (lifecycle) => void town.platform.tellAll(lifecycle, { gapMs: GAP_MS });
  const all = await Promise.all(Array.from({ length: CONFERENCES }, () => town.create(running.baseUrl, STORY)));
  const conferences = all.filter((lifecycle) => lifecycle !== undefined);
  await Promise.all(conferences.map((lifecycle) => town.untilReceived(lifecycle, BEFORE)));
  const firsts = new Map<Lifecycle, number>();
  town.meter.open();
  const killedAt = performance.now();
  town.onArrival = (lifecycle, { at, sentAt }) => {
    if (sentAt >= killedAt && !firsts.has(lifecycle)) firsts.set(lifecycle, at - killedAt);
  };
  await program.killAndRestart();
  const ready = program.untilReady().then(() => performance.now() - killedAt);
  await Promise.all(conferences.map((lifecycle) => town.untilReceived(lifecycle)));
  town.meter.close();
  const after = [...firsts.values()];
  const counts = countsOf(stage);
  return {
    // An event that was sent when the process died, and is not on record as sent, is sent once more: nobody can know better.
    counts: { ...counts, doubled: 0 },
    figures: {
      'process ready after ms': rounded(await ready),
      'first delivery after ms': rounded(percentile(after, 0)),
      'half of the conferences after ms': rounded(percentile(after, 0.5)),
      'all conferences after ms': rounded(percentile(after, 1)),
      'longest relay ms': rounded(percentile(town.meter.relayMs, 1)),
      'came twice': counts.doubled,
    },
  };
}
