import { setTimeout as sleep } from 'node:timers/promises';
import { rounded, spreadOf } from '../figures.ts';
import type { Found, LoadFigures } from '../results.ts';
import type { Meter } from '../town/meter.ts';
import type { Pace } from '../town/platform.ts';
import { LIFECYCLE } from '../town/story.ts';
import { countsOf, perEach, Window, type Stage } from './stage.ts';

/** Lifecycles at the same time, each followed by the next. */
export interface Load {
  atOnce: number;
  pace: Pace;
  /** How long it is measured. */
  seconds: number;
  /** Before that: for one at a time some quick lifecycles; for many the time over which they begin. */
  warmUpSeconds: number;
}

const QUICK_LIFECYCLES = 3;
const AFTER_A_FAILURE_MS = 200;
/** What comes twice comes within this time after the last. */
const LATE_MS = 1_000;

/** Runs a load, and waits until all that was begun is over. */
export async function runLoad(stage: Stage, load: Load): Promise<Found> {
  const { town, running } = stage;
  const since = new Date();
  town.clear();
  const measured = await (load.atOnce === 1 ? oneAtATime(stage, load) : manyAtOnce(stage, load));
  await sleep(LATE_MS);
  const history = await running.histories?.(since);
  return { counts: countsOf(stage), load: { ...figuresOf(town.meter, measured), history } };
}

type Measured = ReturnType<Window['close']>;

/** Whole lifecycles, so that each costs what one costs. */
async function oneAtATime(stage: Stage, { pace, seconds }: Load): Promise<Measured> {
  tellStories(stage, { gapMs: 0 });
  for (let one = 0; one < QUICK_LIFECYCLES; one++) await live(stage);
  tellStories(stage, pace);
  const window = new Window(stage);
  const begun = performance.now();
  do await live(stage);
  while (performance.now() - begun < seconds * 1_000);
  return window.close();
}

/** A window in the midst of it: what was begun before it and ends after it counts with the events that came in it. */
async function manyAtOnce(stage: Stage, { atOnce, pace, seconds, warmUpSeconds }: Load): Promise<Measured> {
  tellStories(stage, pace);
  let isOver = false;
  const loops = Array.from({ length: atOnce }, async (_, index) => {
    await sleep((warmUpSeconds * 1_000 * index) / atOnce);
    while (!isOver) await live(stage);
  });
  await sleep(warmUpSeconds * 1_000);
  const window = new Window(stage);
  await sleep(seconds * 1_000);
  isOver = true;
  const measured = window.close();
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

function figuresOf(meter: Meter, { seconds, cpuMs, peakMemoryMib, cores }: Measured): LoadFigures {
  const lifecycles = meter.events / LIFECYCLE.length;
  return {
    seconds: rounded(seconds),
    lifecyclesPerSecond: rounded(lifecycles / seconds, 2),
    createMs: spreadOf(meter.createMs),
    acknowledgementMs: spreadOf(meter.acknowledgementMs),
    relayMs: spreadOf(meter.relayMs),
    accepted202: meter.accepted202,
    cpuMsPerLifecycle: perEach(cpuMs, lifecycles),
    peakMemoryMib,
    cores,
  };
}
