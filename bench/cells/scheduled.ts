import { setTimeout as sleep } from 'node:timers/promises';
import { percentile, rounded } from '../figures.ts';
import type { Found } from '../results.ts';
import type { Lifecycle } from '../town/lifecycle.ts';
import { instant, type Step } from '../town/story.ts';
import { atOnce } from './at-once.ts';
import { countsOf, type Stage } from './stage.ts';

const AT_ONCE = 50;
/** All are due within this time (s). */
const WITHIN_SECONDS = 60;
/** So many are created first, to guess how long all will take. */
const TRIAL = 50;
/** How long none may start until those that are missing are given up (ms). */
const GIVEN_UP_MS = 120_000;
const LOOK_EVERY_MS = 1_000;
const STORY: readonly Step[] = [{ kind: 'created' }, { kind: 'completed' }];

/** How late conferences come to the platform that are all due within one minute. */
export async function scheduled(stage: Stage, conferences: number): Promise<Found> {
  const { town, running, say } = stage;
  town.clear();
  town.platform.whenCreated = (lifecycle) => void town.platform.tell(lifecycle, 0);
  const create = (due: number) => town.create(running.baseUrl, STORY, { startAt: instant(due) });
  const begun = Date.now();
  await atOnce(AT_ONCE, Array<number>(TRIAL).fill(begun), create);
  // The wire's instants are whole seconds.
  const firstDue = Math.ceil((Date.now() + 10_000 + (2 * conferences * (Date.now() - begun)) / TRIAL) / 1_000) * 1_000;
  say(`${conferences} for the minute after ${instant(firstDue)}`);
  const dueOf = new Map<Lifecycle, number>();
  const dues = Array.from({ length: conferences }, (_, index) => Math.floor((index * WITHIN_SECONDS) / conferences));
  await atOnce(AT_ONCE, dues, async (second) => {
    const lifecycle = await create(firstDue + second * 1_000);
    if (lifecycle !== undefined) dueOf.set(lifecycle, firstDue + second * 1_000);
  });
  if (Date.now() > firstDue) say('That took longer than expected: some were due before all were scheduled.');
  await untilAllHaveStarted([...dueOf.keys()], firstDue);
  const started = [...dueOf].filter(([{ platformId }]) => platformId !== undefined);
  const late = started.map(([{ createdAtPlatform }, due]) => (createdAtPlatform - due) / 1_000);
  const at = started.map(([{ createdAtPlatform }]) => createdAtPlatform / 1_000);
  await end(stage);
  const share = (part: number) => rounded(percentile(late, part), 2);
  return {
    counts: countsOf(stage),
    figures: {
      scheduled: dueOf.size,
      started: started.length,
      'started per s': rounded(started.length / (percentile(at, 1) - percentile(at, 0))),
      'before their time': late.filter((by) => by < 0).length,
      ...{
        'late, p50 s': share(0.5),
        'late, p90 s': share(0.9),
        'late, p99 s': share(0.99),
        'late, at most s': share(1),
      },
    },
  };
}

async function untilAllHaveStarted(conferences: readonly Lifecycle[], firstDue: number): Promise<void> {
  let lastAt = firstDue + WITHIN_SECONDS * 1_000;
  for (let before = 0; before < conferences.length && Date.now() < lastAt + GIVEN_UP_MS;) {
    await sleep(LOOK_EVERY_MS);
    const now = conferences.filter(({ platformId }) => platformId !== undefined).length;
    if (now > before) lastAt = Math.max(lastAt, Date.now());
    before = now;
  }
}

async function end({ town }: Stage): Promise<void> {
  await atOnce(AT_ONCE, [...town.lifecycles.values()], async (lifecycle) => {
    if (lifecycle.platformId === undefined) return;
    await town.platform.tell(lifecycle, 1);
    await town.untilReceived(lifecycle);
  });
}
