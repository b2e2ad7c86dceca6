import { MAX_LANES, stretchesIn, type Stretch } from '../model/lanes.ts';
import type { Shown } from '../model/window.ts';

/** How far lanes are from each other (px). */
const APART = 11;

/** How much room so many lanes take (px). */
export function widthOf(lanes: number): number {
  return lanes === 0 ? 0 : lanes * APART + 6;
}

/** The members' lines beside the rows that are drawn. */
export function Lanes({ stretches, shown, lanes, rowHeight }: LanesProps) {
  const height = (shown.end - shown.first) * rowHeight;
  const y = (row: number) => (row - shown.first + 0.5) * rowHeight;
  return (
    <svg class="lanes" width={widthOf(lanes)} height={height} aria-hidden="true">
      {stretchesIn(stretches, shown.first, shown.end).map(({ lane, memberId, from, to, look, begins, ends }) => {
        const x = lane * APART + 8;
        return (
          <g key={`${memberId} ${from}`} class={look}>
            <line x1={x} x2={x} y1={y(from)} y2={y(to)} />
            {begins ? <circle cx={x} cy={y(from)} r="3.5" /> : ''}
            {ends ? <circle cx={x} cy={y(to)} r="3.5" class="end" /> : ''}
          </g>
        );
      })}
    </svg>
  );
}

interface LanesProps {
  stretches: readonly Stretch[];
  shown: Shown;
  lanes: number;
  rowHeight: number;
}

/** What the lines mean. */
export function Legend() {
  const looks = [
    ['in', 'is in'],
    ['muted', 'is muted'],
    ['held', 'is on hold'],
  ] as const;
  return (
    <p class="legend">
      Each line is a member:
      {looks.map(([look, words]) => (
        <span key={look}>
          <svg width="22" height="10" class="lanes" aria-hidden="true">
            <g class={look}>
              <line x1="2" x2="20" y1="5" y2="5" />
            </g>
          </svg>
          {words}
        </span>
      ))}
      <span>{MAX_LANES} lines at most.</span>
    </p>
  );
}
