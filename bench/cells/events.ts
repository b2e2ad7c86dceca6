import { rounded, spreadOf } from '../figures.ts';
import type { Found } from '../results.ts';
import { rootsOf } from '../systems/system.ts';
import { readUsage, sum } from '../systems/usage.ts';
import { longStory } from '../town/story.ts';
import { countsOf, cpuMsBetween, type Stage } from './stage.ts';

/** Of short conferences so many that about as many events are measured. */
const EVENTS_AT_LEAST = 1_000;

interface Cost {
  cpuMs: number;
  ms: number;
}

/**
 * What an event costs in conferences of 10, 100, … events, up to the given number: processor time and time, from when the first
 * is told until the customer has the last. The next is told as soon as the last is acknowledged. Creating and ending count for nothing.
 */
export async function eventsInOne(stage: Stage, most: number): Promise<Found> {
  const { town, say } = stage;
  town.clear();
  const figures: Record<string, number> = {};
  for (let events = 10; events <= most; events *= 10) {
    const costs: Cost[] = [];
    let cost: Cost | undefined;
    for (let told = 0; told < EVENTS_AT_LEAST; told += events) {
      cost = await costOf(stage, events);
      if (cost !== undefined) costs.push(cost);
    }
    if (cost === undefined) {
      say(`${events} events: not all were taken`);
      break;
    }
    const perEvent = (of: keyof Cost) => rounded(sum(costs.map((cost) => cost[of])) / (costs.length * events), 2);
    const relay = spreadOf(town.meter.relayMs.splice(0));
    figures[`${events}: CPU ms an event`] = perEvent('cpuMs');
    figures[`${events}: ms an event`] = perEvent('ms');
    figures[`${events}: relay p50 ms`] = relay.p50 ?? NaN;
    figures[`${events}: relay p99 ms`] = relay.p99 ?? NaN;
    say(`${events} events: ${figures[`${events}: CPU ms an event`]} CPU ms each`);
  }
  return { counts: countsOf(stage), figures };
}

/** Undefined if an event was not taken at last. */
async function costOf({ town, running }: Stage, events: number): Promise<Cost | undefined> {
  const story = longStory(events);
  const lifecycle = await town.createAndBegin(running.baseUrl, story);
  const before = readUsage(rootsOf(running));
  town.meter.open();
  for (let index = 1; index <= events; index++) if (!(await town.platform.tell(lifecycle, index))) return undefined;
  await town.untilReceived(lifecycle, events + 1);
  town.meter.close();
  const after = readUsage(rootsOf(running));
  await town.platform.tell(lifecycle, events + 1);
  await town.untilReceived(lifecycle);
  return { cpuMs: cpuMsBetween(before, after)['total'] ?? 0, ms: after.at - before.at };
}
