import { setTimeout as sleep } from 'node:timers/promises';
import { rounded, spreadOf } from '../figures.ts';
import type { Found, LoadFigures } from '../results.ts';
import type { Meter } from '../town/meter.ts';
import type { Pace } from '../town/platform.ts';
import { LIFECYCLE } from '../town/story.ts';
import { countsOf, perEach, untilNoneOpen, Window, type Measured, type Stage } from './stage.ts';

/** Lifecycles at the same time, each followed by the next. */
export interface Load {
  atOnce: number;
  pace: Pace;
  /** How long it is measured. */
  seconds: number;
  /** Before that: for one at a time some quick lifecycles; for many the time over which they begin. */
  warmUpSeconds: number;
}

/** Enough for a system to know its business: a gateway of Convoke holds the first lease of a conference once 20 before it have shown where callbacks come. */
const QUICK_LIFECYCLES = 25;
const AFTER_A_FAILURE_MS = 200;
/** What comes twice comes within this time after the last. */
const LATE_MS = 1_000;

/** Runs a load, and waits until all that was begun is over. */
export async function runLoad(stage: Stage, load: Load): Promise<Found> {
  const { town, running } = stage;
  const since = new Date();
  town.clear();
  const measured = await (load.atOnce === 1 ? oneAtATime(stage, load) : manyAtOnce(stage, load));
  const overAfterSeconds = await untilNoneOpen(stage);
  if (overAfterSeconds === undefined)
    stage.say('what was begun is not over in the system, though the customer has all');
  await sleep(LATE_MS);
  const history = await running.histories?.(since);
  return { counts: countsOf(stage), load: { ...figuresOf(town.meter, measured), overAfterSeconds, history } };
}

/** Whole lifecycles, with all that the system does for them, so that each costs what one costs. */
async function oneAtATime(stage: Stage, { pace, seconds }: Load): Promise<Measured> {
  tellStories(stage, { gapMs: 0 });
  for (let one = 0; one < QUICK_LIFECYCLES; one++) await live(stage);
  await untilNoneOpen(stage);
  tellStories(stage, pace);
  const window = await Window.open(stage);
  const begun = performance.now();
  do await live(stage);
  while (performance.now() - begun < seconds * 1_000);
  await untilNoneOpen(stage);
  return await window.close();
}

/** A window in the midst of it: what comes to its end in it counts, whenever it was begun. */
async function manyAtOnce(stage: Stage, { atOnce, pace, seconds, warmUpSeconds }: Load): Promise<Measured> {
  tellStories(stage, pace);
  let isOver = false;
  const loops = Array.from({ length: atOnce }, async (_, index) => {
    await sleep((warmUpSeconds * 1_000 * index) / atOnce);
    while (!isOver) await live(stage);
  });
  await sleep(warmUpSeconds * 1_000);
  const window = await Window.open(stage);
  await sleep(seconds * 1_000);
  const measured = await window.close();
  isOver = true;
  await Promise.all(loops);
  return measured;
}

function tellStories({ town: { platform } }: Stage, pace: Pace): void {
  platform.whenCreated = (lifecycle) => void platform.tellAll(lifecycle, pace);
}

async function live({ town, running }: Stage): Promise<void> {
  const lifecycle = await town.create(running.baseUrl, LIFECYCLE);
  if (lifecycle === undefined) await sleep(AFTER_A_FAILURE_MS);
  else await town.untilReceived(lifecycle);
}

function figuresOf(
  meter: Meter,
  { seconds, closed, cpuMs, peakMemoryMib, cores }: Measured,
): Omit<LoadFigures, 'overAfterSeconds'> {
  return {
    seconds: rounded(seconds),
    lifecyclesPerSecond: rounded(closed / seconds, 2),
    createMs: spreadOf(meter.createMs),
    acknowledgementMs: spreadOf(meter.acknowledgementMs),
    relayMs: spreadOf(meter.relayMs),
    accepted202: meter.accepted202,
    cpuMsPerLifecycle: perEach(cpuMs, closed),
    peakMemoryMib,
    cores,
  };
}
