import { z } from 'zod';
import { eventName, type CallbackEvent } from '../catapult/events.ts';
import { routes } from '../catapult/routes.ts';
import { MAX_SEED, randomFrom, seedFrom } from './random.ts';
import { count, milliseconds, only } from './settings.ts';

/** The paths of the wire, as a fault names them. */
const ROUTES = new Set(
  Object.values(routes).flatMap(({ documentedBy, path }) => (documentedBy === 'catapult' ? path : [])),
);

const chance = {
  times: count.optional(),
  probability: z.number({ error: 'a number from 0 to 1' }).min(0, 'at least 0').max(1, 'at most 1').optional(),
  /** Of the fault's own draws: the same seed strikes the same requests again. */
  seed: z
    .custom<number>(
      (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_SEED,
      `a whole number from 0 to ${MAX_SEED}`,
    )
    .optional(),
};

/** The requests that a fault is for: all of the wire's, unless it names a method or a route. */
const on = only(
  {
    method: z.enum(['GET', 'POST'], { error: 'the method GET or POST' }).optional(),
    route: z.enum([...ROUTES], { error: `a route of ${[...ROUTES].join(', ')}` }).optional(),
  },
  'a method, a route or both',
);

const status = z.custom<number>(
  (value) => Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599,
  'a status from 200 to 599',
);
const HEADER_VALUES = 'headers whose values are strings of visible ASCII characters';
const answer = only(
  {
    status,
    category: z.string({ error: 'a category that is a string' }).optional(),
    code: z.string({ error: 'a code that is a string' }).optional(),
    message: z.string({ error: 'a message that is a string' }).optional(),
    headers: z
      .record(z.string().regex(/^[\w-]+$/), z.string(HEADER_VALUES).regex(/^[\t\x20-\x7e]*$/, HEADER_VALUES), {
        error: 'headers that are names and strings',
      })
      .optional(),
  },
  'an object with a status',
);

/** What happens to a request: one of the last four. */
export const requestFault = only({
  ...chance,
  on: on.optional(),
  answer: answer.optional(),
  delay: milliseconds.optional(),
  drop: z.enum(['before', 'after'], { error: '"before" or "after" the work' }).optional(),
  rateLimit: milliseconds.optional(),
}).refine(
  ({ answer, delay, drop, rateLimit }) =>
    [answer, delay, drop, rateLimit].filter((effect) => effect !== undefined).length === 1,
  { path: ['answer'], error: 'one effect: answer, delay, drop, rateLimit, callbacks, refuseFor or forget' },
);
export type RequestFault = z.output<typeof requestFault>;

/** What happens to a callback; `event` picks those of a name such as "conference-member" or "conference created". */
export const callbackFault = only({
  ...chance,
  callbacks: z.enum(['lose', 'repeat', 'repeat-on-fallback', 'reorder', 'delay', 'burst'], {
    error: '"lose", "repeat", "repeat-on-fallback", "reorder", "delay" or "burst"',
  }),
  event: z.string({ error: 'the name of an event' }).optional(),
  delay: milliseconds.optional(),
});
export type CallbackFault = z.output<typeof callbackFault>;

/** A fault with the seed of its draws, and how often it has struck. */
export type RunningFault = (RequestFault | CallbackFault) & { seed: number; hits: number };

/** The faults that are on. Each draws from a generator of its own, so that one does not disturb what another does. */
export class Faults {
  readonly seed: number;
  private readonly seeds: () => number;
  private readonly heldUp = new Set<() => void>();
  private running: { fault: RunningFault; random: () => number }[] = [];

  constructor(seed = seedFrom(Math.random)) {
    this.seed = seed;
    this.seeds = randomFrom(seed);
  }

  add(wanted: RequestFault | CallbackFault): RunningFault {
    const fault = { ...wanted, seed: wanted.seed ?? seedFrom(this.seeds), hits: 0 };
    this.running.push({ fault, random: randomFrom(fault.seed) });
    return fault;
  }

  list(): RunningFault[] {
    return this.running.map(({ fault }) => ({ ...fault }));
  }

  /** Ends them all, and what they hold up goes on. */
  endAll(): void {
    this.running = [];
    for (const goOn of [...this.heldUp]) goOn();
  }

  /** Has `goOn` called when all faults are ended; what is returned undoes that. */
  holdUp(goOn: () => void): () => void {
    this.heldUp.add(goOn);
    return () => this.heldUp.delete(goOn);
  }

  /** The fault that strikes a request, if any; the one that was added first comes first. */
  onRequest(method: string, route: string): RequestFault | undefined {
    return this.strike((fault): fault is RequestFault & RunningFault => {
      if ('callbacks' in fault) return false;
      const { on } = fault;
      return (on?.method ?? method) === method && (on?.route ?? route) === route;
    });
  }

  /** The fault that strikes a callback, if any; a lane holds back one at a time. */
  onCallback(event: CallbackEvent, { canHold }: { canHold: boolean }): CallbackFault | undefined {
    return this.strike(
      (fault): fault is CallbackFault & RunningFault =>
        'callbacks' in fault &&
        (fault.event === undefined || [event.eventType, eventName(event)].includes(fault.event)),
      ({ callbacks }) => callbacks !== 'reorder' || canHold,
    );
  }

  /** All that a request or callback concerns draw for it, whichever strikes: so none disturbs what another does. */
  private strike<Kind extends RunningFault>(
    concerns: (fault: RunningFault) => fault is Kind,
    isPossible: (fault: Kind) => boolean = () => true,
  ): Kind | undefined {
    const drawn = this.running.filter(({ fault, random }) => concerns(fault) && random() < (fault.probability ?? 1));
    const fault = drawn
      .map((running) => running.fault)
      .find((drawnFault) => concerns(drawnFault) && isPossible(drawnFault));
    if (fault === undefined || !concerns(fault)) return undefined;
    fault.hits += 1;
    if (fault.hits === fault.times) this.running = this.running.filter((other) => other.fault !== fault);
    return fault;
  }
}
