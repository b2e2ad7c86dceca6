import { ok, warning, wrong, type Finding } from '../finding.ts';

/** By how much clocks may differ before it shows: platform, Temporal and signatures compare times. */
const SHOWS_FROM_MS = 2_000;
/** Receivers of events refuse signatures that are older or newer by minutes. */
const HARMS_FROM_MS = 30_000;

const ADVICE = 'Let a time service (NTP) set the clocks of all machines.';

/** What another clock says, asked for between two times of ours, and how coarse it is (ms). */
export interface OtherTime {
  theirs: number;
  from: number;
  to: number;
  coarseMs?: number;
}

/** By how much ours is behind at least (ms), or before if negative. */
export function skewOf({ theirs, from, to, coarseMs = 0 }: OtherTime): number {
  if (theirs > to) return theirs - to;
  return Math.min(0, theirs + coarseMs - from);
}

export function skewIn(whose: string, time: OtherTime): Finding {
  const skewMs = skewOf(time);
  const seconds = (Math.abs(skewMs) / 1_000).toFixed(1);
  const found = `The clock here is ${seconds} s ${skewMs > 0 ? 'behind' : 'before'} that of ${whose}.`;
  if (Math.abs(skewMs) >= HARMS_FROM_MS) return wrong(found, ADVICE);
  if (Math.abs(skewMs) >= SHOWS_FROM_MS) return warning(found, ADVICE);
  return ok(`The clock here and that of ${whose} agree.`);
}

/** What an HTTP answer says in its Date header, which has whole seconds; undefined where it has none. */
export function timeIn(date: string | undefined, { from, to }: Pick<OtherTime, 'from' | 'to'>): OtherTime | undefined {
  const theirs = Date.parse(date ?? '');
  return Number.isNaN(theirs) ? undefined : { theirs, from, to, coarseMs: 1_000 };
}
