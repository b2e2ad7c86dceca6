import { type z } from 'zod';
import { localTimeIn, LOCAL_TIME } from './local-time.ts';
import { present } from './present.ts';
import { exactTime } from './resources.ts';

/* Fields that hold an instant or a local time, in requests that say the time zone: what is parsed holds instants. */

interface Timed {
  timeZone?: string | undefined;
  startAt?: string | null | undefined;
  endAt?: string | null | undefined;
}

/** The latest instant that each of these fields may hold (epoch milliseconds). */
type Latest = Partial<Record<'startAt' | 'endAt', () => number>>;

/**
 * A check for `z.ZodObject.check`: puts instants in the place of local times. What has none, or one that is left out when the clocks
 * change, is refused.
 */
export function readsLocalTimes<Request extends Timed>(latest: Latest): z.core.CheckFn<Request> {
  return (context) => {
    const { timeZone } = context.value;
    for (const name of ['startAt', 'endAt'] as const) {
      const given = context.value[name];
      if (latest[name] === undefined || !given || !LOCAL_TIME.test(given)) continue;
      const read = instantOfLocal(given, timeZone, latest[name]());
      if ('wanted' in read) context.issues.push({ ...custom, path: [name], message: read.wanted, input: given });
      else context.value = { ...context.value, [name]: exactTime(read.at) };
    }
  };
}

const custom = { code: 'custom' } as const;

function instantOfLocal(
  given: string,
  timeZone: string | undefined,
  latest: number,
): { at: number } | { wanted: string } {
  if (timeZone === undefined)
    return { wanted: 'a timeZone beside it such as "Europe/Berlin", or a time with Z or an offset' };
  const read = localTimeIn(timeZone, given);
  if ('leftOut' in read) {
    return {
      wanted: `a time that there is: the clocks of ${timeZone} leave it out that day; the next one is ${read.leftOut}`,
    };
  }
  return read.at <= latest ? read : { wanted: `a time that is not after ${exactTime(latest)}` };
}

/** A single conference: its time zone says how `startAt` is meant, and nothing more. */
export function readsStartAt<Request extends Timed>(latest: () => number): z.core.CheckFn<Request> {
  const read = readsLocalTimes<Request>({ startAt: latest });
  return (context) => {
    const { timeZone, startAt } = context.value;
    if (timeZone === undefined && startAt === undefined) return;
    if (startAt === undefined) {
      context.issues.push({ ...custom, path: ['timeZone'], message: 'nothing without a startAt', input: timeZone });
    }
    void read(context);
    context.value = present({ ...context.value, timeZone: undefined }) as Request;
  };
}
