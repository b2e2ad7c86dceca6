import type { Row } from './timeline.ts';

/*
 * Members as lines beside the rows: each has a lane from the row in which it joins to the row in which it leaves. A lane that is free is
 * taken by the next one who joins.
 */

export type Look = 'in' | 'muted' | 'held';

/** Part of a member's line, from the middle of one row to the middle of another one. */
export interface Stretch {
  lane: number;
  memberId: string;
  from: number;
  to: number;
  look: Look;
  /** Whether the member comes, or leaves, at its ends. */
  begins: boolean;
  ends: boolean;
}

/** As many lanes are drawn; more members than that have no line. */
export const MAX_LANES = 16;

interface Open {
  lane: number;
  from: number;
  look: Look;
  begins: boolean;
}

/** All stretches of the members' lines, by where they end. */
export function stretchesOf(rows: readonly Row[]): Stretch[] {
  const open = new Map<string, Open>();
  const stretches: Stretch[] = [];
  const close = (memberId: string, { lane, from, look, begins }: Open, to: number, ends: boolean) => {
    if (lane < MAX_LANES) stretches.push({ lane, memberId, from, to, look, begins, ends });
  };
  for (const [index, { event }] of rows.entries()) {
    const told: Record<string, unknown> = event?.body ?? {};
    if (told['eventType'] !== 'conference-member' || typeof told['memberId'] !== 'string') continue;
    const { memberId } = told;
    const known = open.get(memberId);
    const hasLeft = told['state'] === 'completed';
    if (known !== undefined) close(memberId, known, index, hasLeft);
    if (hasLeft) open.delete(memberId);
    else open.set(memberId, { lane: known?.lane ?? freeLane(open), from: index, look: lookOf(told), begins: !known });
  }
  const now = rows.findIndex(({ kind }) => kind === 'now');
  for (const [memberId, one] of open) close(memberId, one, now < 0 ? rows.length - 1 : now, false);
  return stretches;
}

function lookOf(told: Record<string, unknown>): Look {
  if (told['hold'] === true) return 'held';
  return told['mute'] === true ? 'muted' : 'in';
}

function freeLane(open: ReadonlyMap<string, Open>): number {
  const taken = new Set([...open.values()].map(({ lane }) => lane));
  let lane = 0;
  while (taken.has(lane)) lane += 1;
  return lane;
}

/** Those of them that can be seen between two rows. */
export function stretchesIn(stretches: readonly Stretch[], first: number, end: number): Stretch[] {
  return stretches.filter(({ from, to }) => to >= first && from < end);
}

/** How many lanes there are. */
export function lanesOf(stretches: readonly Stretch[]): number {
  return stretches.reduce((most, { lane }) => Math.max(most, lane + 1), 0);
}
