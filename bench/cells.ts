import { changes } from './cells/changes.ts';
import { eventsInOne } from './cells/events.ts';
import { kill } from './cells/kill.ts';
import { manyOpen } from './cells/open.ts';
import { scheduled } from './cells/scheduled.ts';
import { runLoad, type Load } from './cells/load.ts';
import type { Stage } from './cells/stage.ts';
import type { Found } from './results.ts';
import type { Running } from './systems/system.ts';

export interface CellOptions {
  /** How long a load is measured, where its own time does not suit. */
  seconds?: number | undefined;
  /** How many conferences `open` opens and `scheduled` schedules. */
  conferences?: number | undefined;
  /** How many events the longest conference of `events` has. */
  events: number;
}

/** One measurement of one system. */
export interface Cell {
  name: string;
  summary: string;
  /** Whether it can be measured with this system; absent: with every one. */
  suits?: (running: Running) => boolean;
  run(stage: Stage, options: CellOptions): Promise<Found>;
}

const ACKNOWLEDGED = { gapMs: 0 };

/** Every measurement, by the name that the command line gives it. */
export const cells: readonly Cell[] = [
  load('50ms', 'one lifecycle at a time, 50 ms between events', one({ gapMs: 50 }, 10)),
  load('2s', 'one lifecycle at a time, 2 s between events', one({ gapMs: 2_000 }, 40)),
  load('20', '20 at once, the next event as soon as the last is acknowledged', many(20, ACKNOWLEDGED, 5)),
  load('100', '100 at once, the same', many(100, ACKNOWLEDGED, 8)),
  load('500', '500 open, one second between events', many(500, { gapMs: 1_000 }, 15)),
  load('burst', '20 at once, all events of a lifecycle written at once', many(20, 'burst', 5)),
  {
    name: 'events',
    summary: 'what an event costs in conferences of 10, 100, ... events',
    run: (stage, { events }) => eventsInOne(stage, events),
  },
  {
    name: 'open',
    summary: 'many open conferences: memory, and an event in one that has waited',
    // It leaves them open: the server must be ours.
    suits: ({ histories, programs }) => histories === undefined || 'temporal' in programs,
    run: (stage, { conferences = 10_000 }) => manyOpen(stage, conferences),
  },
  killOf('worker'),
  killOf('gateway'),
  killOf('app'),
  { name: 'changes', summary: 'putting on hold and ending, over the API', suits: isConvoke, run: changes },
  {
    name: 'scheduled',
    summary: 'how late conferences start that are due within one minute',
    suits: isConvoke,
    run: (stage, { conferences = 1_000 }) => scheduled(stage, conferences),
  },
];

function load(name: string, summary: string, usual: Load): Cell {
  const run = (stage: Stage, { seconds = usual.seconds }: CellOptions) => runLoad(stage, { ...usual, seconds });
  return { name, summary, run };
}

function killOf(name: string): Cell {
  return {
    name: `kill-${name}`,
    summary: `kill -9 of the ${name}, started again at once`,
    suits: ({ programs }) => name in programs,
    run: (stage) => kill(stage, name),
  };
}

function isConvoke({ programs }: Running): boolean {
  return 'gateway' in programs;
}

function one(pace: Load['pace'], seconds: number): Load {
  return { atOnce: 1, pace, seconds, warmUpSeconds: 0 };
}

function many(atOnce: number, pace: Load['pace'], warmUpSeconds: number): Load {
  return { atOnce, pace, seconds: 20, warmUpSeconds };
}
