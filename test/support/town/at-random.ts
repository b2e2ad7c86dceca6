import { randomFrom, seedFrom } from '../../../src/sandbox/random.ts';
import { timePasses } from '../until.ts';
import type { Town } from './town.ts';

/*
 * All faults at random, seeded: the time is cut into slices, and in each some faults are on. One kind of loss cannot be made good
 * by anybody, and is not tried: a create attempt whose answer is lost, and its callback on both URLs too. So in the first half
 * callbacks are lost, and in the second half answers; what comes in between is late, doubled, refused, or a process that dies.
 */

export type Taken = 'answers' | 'callbacks';

export interface Danger {
  name: string;
  /** What nobody gets because of it: answers to create attempts, or callbacks on both our URLs. */
  takes?: Taken;
  /** A fault of the sandbox, for the time of the slice. */
  platform?: object;
  /** What happens to a process, in this time (ms). */
  process?: (town: Town, time: number) => Promise<void>;
}

const POST_CONFERENCES = { method: 'POST', route: '/conferences' };

/** Of two gateways one may be gone: then the platform has its fallback. */
export const dangers: readonly Danger[] = [
  { name: 'callbacks lost', takes: 'callbacks', platform: { callbacks: 'lose', probability: 0.2 } },
  { name: 'answers lost', takes: 'answers', platform: { drop: 'after', probability: 0.4 } },
  { name: 'creates slow', takes: 'answers', platform: { on: POST_CONFERENCES, delay: 11_000, probability: 0.6 } },
  {
    name: 'connections refused',
    takes: 'answers',
    process: ({ controls }, time) => controls.fault({ refuseFor: time }),
  },
  { name: 'worker killed', takes: 'answers', process: ({ worker }) => worker.killAndStart() },
  { name: 'Temporal killed', takes: 'answers', process: ({ temporal }) => temporal.killAndStart() },
  {
    name: 'Temporal away',
    takes: 'answers',
    process: async ({ temporal }, time) => {
      await temporal.kill();
      await timePasses('Temporal is away', time);
      await temporal.start();
    },
  },
  { name: 'requests lost', platform: { drop: 'before', probability: 0.2 } },
  { name: '500s', platform: { answer: { status: 500 }, probability: 0.3 } },
  { name: '429s', platform: { rateLimit: 1_000, probability: 0.5 } },
  { name: 'callbacks repeated', platform: { callbacks: 'repeat', probability: 0.2 } },
  { name: 'callbacks on both URLs', platform: { callbacks: 'repeat-on-fallback', probability: 0.2 } },
  { name: 'callbacks overtaken', platform: { callbacks: 'reorder', probability: 0.5 } },
  { name: 'callbacks late', platform: { callbacks: 'delay', delay: 5_000, probability: 0.3 } },
  { name: 'callbacks at once', platform: { callbacks: 'burst', delay: 2_000, probability: 0.3 } },
  { name: 'gateway killed', process: ({ gateways }) => gateways[0].killAndStart() },
  { name: 'second gateway killed', process: async ({ gateways }) => gateways[1]?.killAndStart() },
];

/** The dangers of each slice: one that takes something away, and two others. */
export function planOf(seed: number, slices: number): Danger[][] {
  const random = randomFrom(seed);
  const draw = (from: readonly Danger[]) => from.slice(Math.floor(random() * from.length)).slice(0, 1);
  return Array.from({ length: slices }, (_, index) => {
    const taken: Taken = index < slices / 2 ? 'callbacks' : 'answers';
    const taking = draw(dangers.filter(({ takes }) => takes === taken));
    const harmless = dangers.filter(({ takes }) => takes === undefined);
    const second = draw(harmless);
    // Both gateways gone would lose callbacks as well.
    const isAnother = ({ name, process }: Danger) =>
      !second.some((other) => other.name === name || (other.process !== undefined && process !== undefined));
    return [...taking, ...second, ...draw(harmless.filter(isAnother))];
  });
}

/** Lets all of it happen. Afterwards no fault is on, and every process runs. */
export async function letHappen(plan: Danger[][], town: Town, seed: number, slice: number): Promise<void> {
  const random = randomFrom(seed);
  const middle = Math.ceil(plan.length / 2);
  for (const [index, dangers] of plan.entries()) {
    if (index === middle) await timePasses('attempts whose callbacks were lost get their answers', 2_000);
    for (const { platform } of dangers)
      if (platform !== undefined) await town.controls.fault({ ...platform, seed: seedFrom(random) });
    await Promise.all([timePasses('the slice', slice), ...dangers.map(({ process }) => process?.(town, slice * 0.7))]);
    await town.controls.endFaults();
  }
}
